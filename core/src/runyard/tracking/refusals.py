"""What a store refused and what could not be read: kept beside the journal, so that nothing vanishes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.entities import Batch, Rejection
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.reader import Damage

REJECTED_SUFFIX = ".rejected.jsonl"
DAMAGED_SUFFIX = ".damaged"


def keep_rejections(folder: JournalFolder, batch: Batch, rejections: Sequence[Rejection]) -> None:
    """Append a line per rejection to `<journal>.rejected.jsonl`, with the values that were refused."""
    if not rejections:
        return
    with rejected_file(folder).open("a", encoding="utf-8") as file:
        for rejection in rejections:
            line = {"run_id": rejection.run_id, "what": rejection.what, "reason": rejection.reason}
            file.write(json.dumps(line | _values(batch, rejection), ensure_ascii=False) + "\n")


def keep_damage(folder: JournalFolder, damages: Sequence[Damage]) -> None:
    """Copy unreadable bytes to `<journal>.damaged/<position>`."""
    for damage in damages:
        place = folder.path.with_name(folder.journal_id + DAMAGED_SUFFIX)
        place.mkdir(exist_ok=True)
        (place / str(damage.position)).write_bytes(damage.content())


def rejected_file(folder: JournalFolder) -> Path:
    return folder.path.with_name(folder.journal_id + REJECTED_SUFFIX)


def rejected_files(root: Path) -> list[Path]:
    """The files of refused items in a folder of journals."""
    return sorted(root.glob("*" + REJECTED_SUFFIX))


def read_rejections(path: Path) -> list[Rejection]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [json.loads(line) for line in lines]
    return [Rejection(each["run_id"], each["what"], each["reason"]) for each in found]


def _values(batch: Batch, rejection: Rejection) -> dict[str, Any]:
    """What the batch has of a refused item; of a run as a whole where the rejection names no item."""
    kind, _, name = rejection.what.partition(" ")
    named = name[:1] in {"'", '"'}

    def wanted(run_id: str, key: str, what: str) -> bool:
        return run_id == rejection.run_id and (not named or (kind == what and name == repr(key)))

    values = {
        "params": {key: value for run, key, value in batch.params if wanted(run, key, "param")},
        "tags": {key: value for run, key, value in batch.tags if wanted(run, key, "tag")},
        "inputs": [attrs.asdict(item) for run, item in batch.inputs if wanted(run, item.dataset.name, "input")],
        "measurements": [
            attrs.asdict(point) for point in batch.measurements if wanted(str(point.run_id), point.key, "measurement")
        ],
        "points": {key: list(columns) for (run, key), columns in batch.points.items() if wanted(run, key, "metric")},
    }
    return {what: content for what, content in values.items() if content}
