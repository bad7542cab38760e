"""Batches of a journal as messages."""

from __future__ import annotations

from typing import Any

from runyard.entities import Batch, DatasetInput, ModelMetric, RunStart, RunUpdate
from runyard.errors import InvalidInput
from runyard.validation import (
    check_dataset_input,
    check_experiment_name,
    check_key,
    check_model_metric,
    check_reference,
    check_run_id,
    check_text,
)
from runyard.wire.messages import BATCH, MAX_MESSAGE, decode, encode, list_of, rows_of
from runyard.wire.plain import from_plain, to_plain

BATCH_TYPE = "application/vnd.runyard.batch"


def encode_batch(batch: Batch, *, compress: bool = False) -> bytes:
    """A batch as bytes; compressing costs some 50 ns a point and pays where a network is slow."""
    head = {
        "journal_id": batch.journal_id,
        "first": batch.first,
        "last": batch.last,
        "starts": [to_plain(start) for start in batch.starts],
        "params": batch.params,
        "tags": batch.tags,
        "inputs": [[run_id, to_plain(item)] for run_id, item in batch.inputs],
        "measurements": [to_plain(point) for point in batch.measurements],
        "updates": [to_plain(update) for update in batch.updates],
    }
    return encode(BATCH, {name: part for name, part in head.items() if part}, batch.points, compress=compress)


def decode_batch(data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE) -> Batch:
    """The batch that bytes hold, with sound ids, keys and texts; how long a value may be is not its business.

    Raises:
        InvalidInput: the bytes are no batch, or longer than `limit` when decompressed.
    """
    head, points = decode(BATCH, data, limit)
    params, tags, inputs = (rows_of(head, name) for name in ("params", "tags", "inputs"))
    if not all(len(row) == 3 for row in (*params, *tags)) or not all(len(row) == 2 for row in inputs):
        raise InvalidInput("a param, tag or input in the batch is not complete")
    batch = Batch(
        journal_id=check_run_id(head.get("journal_id")),
        first=_position(head, "first"),
        last=_position(head, "last"),
        starts=[_start(plain) for plain in list_of(head, "starts")],
        params=[(check_run_id(run), check_key(key, "param"), _value(key, value)) for run, key, value in params],
        tags=[(check_run_id(run), check_key(key, "tag"), _tag_value(key, value)) for run, key, value in tags],
        inputs=[(check_run_id(run), check_dataset_input(from_plain(DatasetInput, plain))) for run, plain in inputs],
        points=points,
        measurements=[_measurement(plain) for plain in list_of(head, "measurements")],
        updates=[_update(plain) for plain in list_of(head, "updates")],
    )
    if batch.last < batch.first:
        raise InvalidInput(f"a batch goes from {batch.first} to {batch.last}")
    for (run_id, key), columns in points.items():
        check_run_id(run_id)
        check_key(key, "metric")
        if columns.timestamps and min(columns.timestamps) < 0:
            raise InvalidInput(f"metric {key!r} of run {run_id} has a point with a negative timestamp")
    return batch


def _position(head: dict[str, Any], name: str) -> int:
    found = head.get(name)
    if type(found) is not int or not 0 < found < 2**63:
        raise InvalidInput(f"{name} of a batch must be a positive whole number, got {found!r:.40}")
    return found


def _value(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"the value of {key!r} must be a string, got {value!r:.60}")
    return check_text(value, f"the value of {key!r}")


def _tag_value(key: str, value: object) -> str | None:
    return None if value is None else _value(key, value)


def _start(plain: object) -> RunStart:
    return checked_start(from_plain(RunStart, plain))


def checked_start(start: RunStart) -> RunStart:
    """A start that came from outside, with every id, key and value checked."""
    check_run_id(start.run_id)
    check_reference(start.experiment_id, "experiment id")
    check_reference(start.user_id, "user id")
    if (start.experiment_id is None) == (start.experiment_name is None):
        raise InvalidInput(f"the start of run {start.run_id} must name its experiment by either id or name")
    if start.experiment_name is not None:
        check_experiment_name(start.experiment_name)
    for key, value in start.tags.items():
        _value(check_key(key, "tag"), value)
    return start


def _measurement(plain: object) -> ModelMetric:
    point = check_model_metric(from_plain(ModelMetric, plain))
    check_run_id(point.run_id)
    return point


def _update(plain: object) -> RunUpdate:
    update = from_plain(RunUpdate, plain)
    check_run_id(update.run_id)
    return update
