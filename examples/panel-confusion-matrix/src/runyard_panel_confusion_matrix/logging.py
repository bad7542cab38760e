"""Counts what a classifier confused, and logs it to a run in the form that the panel reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import runyard as ry

MOST = 20  # examples of one mistake


def log_confusion_matrix(
    true: Iterable[Any],
    predicted: Iterable[Any],
    *,
    ids: Sequence[object] | None = None,
    files: Sequence[str | None] | None = None,
    artifact_file: str = "confusion_matrix.json",
) -> None:
    """Log the confusion matrix of some predictions to the active run.

    Args:
        true: The right classes.
        predicted: What the model said, in the same order.
        ids: What each example is called; of each mistake the first 20 are kept.
        files: Artifacts of the run that show the examples, such as pictures, where there are any.
        artifact_file: Where it is logged; the panel shows what is called `*confusion_matrix*.json`.
    """
    ry.log_dict(matrix_of(list(true), list(predicted), ids, files), artifact_file)


def matrix_of(
    true: Sequence[Any],
    predicted: Sequence[Any],
    ids: Sequence[object] | None = None,
    files: Sequence[str | None] | None = None,
) -> dict[str, Any]:
    """Classes, counts (a row for each true class) and examples of mistakes."""
    pairs = list(zip(map(str, true), map(str, predicted), strict=True))
    counted = Counter(pairs)
    classes = sorted({name for pair in pairs for name in pair}, key=_in_order)
    return {
        "classes": classes,
        "counts": [[counted[row, column] for column in classes] for row in classes],
        "examples": list(_examples(pairs, ids, files)) if ids is not None else [],
    }


def _examples(
    pairs: Sequence[tuple[str, str]], ids: Sequence[object], files: Sequence[str | None] | None
) -> Iterable[dict[str, str]]:
    kept: Counter[tuple[str, str]] = Counter()
    for at, (right, said) in enumerate(pairs):
        kept[right, said] += 1
        if right != said and kept[right, said] <= MOST:
            file = files[at] if files is not None else None
            yield {"true": right, "predicted": said, "id": str(ids[at]), **({"file": file} if file else {})}


def _in_order(name: str) -> tuple[float, str]:
    """Numbers by their value, before all other names."""
    try:
        return float(name), ""
    except ValueError:
        return float("inf"), name
