"""Predictions as columns, and which of the input's columns are written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from runyard.errors import InvalidInput, did_you_mean
from runyard.models.batch_chunks import Chunk, Column
from runyard.types.kinds import is_array, is_frame, is_series, is_sparse

NAME = "prediction"
ALL, NONE = "all", "none"


@attrs.frozen
class Beside:
    """Which columns of the input stand beside the predictions: all, none, or some by name."""

    names: tuple[str, ...] | None = None

    @classmethod
    def of(cls, given: str | Sequence[str]) -> Beside:
        """`all`, `none`, or names: a list, or a text with commas between them."""
        if given == ALL:
            return cls()
        if given == NONE:
            return cls(())
        names = given.split(",") if isinstance(given, str) else given
        return cls(tuple(name.strip() for name in names))

    def chosen(self, chunk: Chunk) -> list[str]:
        """The columns of a chunk that are kept.

        Raises:
            InvalidInput: one that was asked for is not there.
        """
        there = list(chunk.raw)
        if self.names is None:
            return there
        for name in self.names:
            if name not in chunk.raw and there:
                hint = did_you_mean(name, there) or f"; there are {', '.join(map(repr, there))}"
                raise InvalidInput(f"no column {name!r} in the input to write beside the predictions{hint}")
        return list(self.names)


def prediction_columns(answer: Any, chunk: Chunk, kept: Sequence[str]) -> dict[str, Column]:
    """A model's answer as columns, one value for each row; a name that is kept too gets `prediction_` in front.

    Raises:
        InvalidInput: there is not one prediction for each row, and rows are to stand beside them.
    """
    columns = _columns(answer)
    counts = {len(values) for values in columns.values()}
    if len(counts) > 1 or (kept and counts != {chunk.count}):
        got = " and ".join(map(str, sorted(counts)))
        raise InvalidInput(
            f"{chunk.where}: the model gave {got} predictions for {chunk.count} rows; write the predictions alone"
        )
    return {_free(name, kept): values for name, values in columns.items()}


def no_predictions(names: Sequence[Any] | None, kept: Sequence[str]) -> dict[str, Column]:
    """The columns of no predictions at all; `names` are the outputs that the signature names."""
    return {_free(str(name), kept): [] for name in names or [NAME]}


def _columns(answer: Any) -> Mapping[str, Column]:
    if is_frame(answer):
        return {str(name): answer.iloc[:, at] for at, name in enumerate(answer.columns)}
    if is_series(answer):
        return {NAME if answer.name is None else str(answer.name): answer}
    if is_sparse(answer):
        return _columns(answer.toarray())
    if is_array(answer):
        return _of_array(answer)
    if isinstance(answer, dict) and answer and all(_has_rows(values) for values in answer.values()):
        return {str(name): _rows(values) for name, values in answer.items()}
    return {NAME: answer if isinstance(answer, list | tuple) else [answer]}


def _of_array(answer: Any) -> Mapping[str, Column]:
    if answer.ndim == 0:
        return {NAME: [answer.item()]}
    if answer.ndim == 2 and answer.shape[1] > 1:
        return {f"{NAME}_{at}": answer[:, at] for at in range(answer.shape[1])}
    return {NAME: _rows(answer.reshape(len(answer)) if answer.ndim == 2 and answer.shape[1] == 1 else answer)}


def _has_rows(values: Any) -> bool:
    return is_series(values) or isinstance(values, list) or (is_array(values) and values.ndim > 0)


def _rows(values: Any) -> Column:
    return values.tolist() if is_array(values) and values.ndim > 1 else values


def _free(name: str, kept: Sequence[str]) -> str:
    while name in kept:
        name = f"{NAME}_{name}"
    return name
