"""What crosses the network between Runyard clients and servers: batches and curves in few bytes, entities as JSON.

A message is a header of 8 bytes (magic, version, kind, flags), the length of a JSON head, the head with all that is
small, then packed columns (`runyard.wire_columns`): one block with the short curves, one after the other, and a block
for each long one. With the flag COMPRESSED, all after the header is a zlib stream. Decoding trusts nothing: bytes that
are no such message are `InvalidInput`, whatever they claim.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runyard.entities import Batch, DatasetInput, MetricColumns, ModelMetric, RunStart, RunUpdate
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
from runyard.wire_columns import joined, pack_columns, part, unpack_columns
from runyard.wire_plain import from_plain, plain_float, to_plain

__all__ = [
    "BATCH_TYPE",
    "COLUMNS_TYPE",
    "CURVES_TYPE",
    "MAX_MESSAGE",
    "USER_HEADER",
    "checked_start",
    "decode_batch",
    "decode_columns",
    "decode_curves",
    "encode_batch",
    "encode_columns",
    "encode_curves",
    "from_plain",
    "is_user_name",
    "plain_float",
    "to_plain",
]

BATCH_TYPE = "application/vnd.runyard.batch"
COLUMNS_TYPE = "application/vnd.runyard.columns"
CURVES_TYPE = "application/vnd.runyard.curves"
USER_HEADER = "X-Runyard-User"  # who makes a change, in UTF-8, for servers that ask nobody who they are
MAX_USER = 256
MAX_MESSAGE = 1 << 30  # bytes of a message, after decompression

_MAGIC = b"RYWR"
_VERSION = 1
_HEADER = struct.Struct("<4sBcBx")
_LENGTH = struct.Struct("<I")
_COMPRESSED = 1
_BATCH, _CURVES = b"B", b"C"
_SHORT = 64  # points of a curve that is packed together with others


def is_user_name(name: str) -> bool:
    """Whether a name can stand in the header `USER_HEADER`."""
    return name.isprintable() and name == name.strip() and 0 < len(name) <= MAX_USER


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
    return _encode(_BATCH, {name: part for name, part in head.items() if part}, batch.points, compress=compress)


def decode_batch(data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE) -> Batch:
    """The batch that bytes hold, with sound ids, keys and texts; how long a value may be is not its business.

    Raises:
        InvalidInput: the bytes are no batch, or longer than `limit` when decompressed.
    """
    head, points = _decode(_BATCH, data, limit)
    params, tags, inputs = (_rows(head, name) for name in ("params", "tags", "inputs"))
    if not all(len(row) == 3 for row in (*params, *tags)) or not all(len(row) == 2 for row in inputs):
        raise InvalidInput("a param, tag or input in the batch is not complete")
    batch = Batch(
        journal_id=check_run_id(head.get("journal_id")),
        first=_position(head, "first"),
        last=_position(head, "last"),
        starts=[_start(plain) for plain in _list(head, "starts")],
        params=[(check_run_id(run), check_key(key, "param"), _value(key, value)) for run, key, value in params],
        tags=[(check_run_id(run), check_key(key, "tag"), _tag_value(key, value)) for run, key, value in tags],
        inputs=[(check_run_id(run), check_dataset_input(from_plain(DatasetInput, plain))) for run, plain in inputs],
        points=points,
        measurements=[_measurement(plain) for plain in _list(head, "measurements")],
        updates=[_update(plain) for plain in _list(head, "updates")],
    )
    if batch.last < batch.first:
        raise InvalidInput(f"a batch goes from {batch.first} to {batch.last}")
    for (run_id, key), columns in points.items():
        check_run_id(run_id)
        check_key(key, "metric")
        if columns.timestamps and min(columns.timestamps) < 0:
            raise InvalidInput(f"metric {key!r} of run {run_id} has a point with a negative timestamp")
    return batch


def encode_columns(columns: MetricColumns, *, compress: bool = False) -> bytes:
    """One curve as bytes."""
    return encode_curves({("", ""): columns}, compress=compress)


def decode_columns(data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE) -> MetricColumns:
    """The one curve that bytes hold.

    Raises:
        InvalidInput: the bytes are no curve, or longer than `limit` when decompressed.
    """
    curves = decode_curves(data, limit=limit)
    if list(curves) != [("", "")]:
        raise InvalidInput(f"the message holds {len(curves)} named curves instead of one")
    return curves["", ""]


def encode_curves(curves: Mapping[tuple[str, str], MetricColumns], *, compress: bool = False) -> bytes:
    """Curves by run id and key, as bytes."""
    return _encode(_CURVES, {}, curves, compress=compress)


def decode_curves(
    data: bytes | bytearray | memoryview, *, limit: int = MAX_MESSAGE
) -> dict[tuple[str, str], MetricColumns]:
    """The curves that bytes hold.

    Raises:
        InvalidInput: the bytes are no curves, or longer than `limit` when decompressed.
    """
    return _decode(_CURVES, data, limit)[1]


def _encode(
    kind: bytes, head: dict[str, Any], points: Mapping[tuple[str, str], MetricColumns], *, compress: bool
) -> bytes:
    runs: dict[str, int] = {}
    if points:
        head["curves"] = [
            [runs.setdefault(run_id, len(runs)), key, len(columns)] for (run_id, key), columns in points.items()
        ]
        head["runs"] = list(runs)
    text = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    parts = [_LENGTH.pack(len(text)), text]
    short = joined([columns for columns in points.values() if len(columns) <= _SHORT])
    for columns in (short, *(columns for columns in points.values() if len(columns) > _SHORT)):
        if columns:
            pack_columns(columns, parts)
    header = _HEADER.pack(_MAGIC, _VERSION, kind, _COMPRESSED if compress else 0)
    if compress:
        return header + zlib.compress(b"".join(parts), 1)
    return b"".join((header, *parts))


def _decode(
    kind: bytes, data: bytes | bytearray | memoryview, limit: int
) -> tuple[dict[str, Any], dict[tuple[str, str], MetricColumns]]:
    body = _body(kind, memoryview(data).cast("B"), limit)
    if len(body) < _LENGTH.size:
        raise InvalidInput("the message is cut off")
    (length,) = _LENGTH.unpack_from(body)
    offset = _LENGTH.size + length
    if offset > len(body):
        raise InvalidInput("the message is cut off in its head")
    head = _head(body[_LENGTH.size : offset])
    counts = _counts(head)
    short = sum(count for count in counts.values() if count <= _SHORT)
    block, offset = _block(body, offset, short)
    points: dict[tuple[str, str], MetricColumns] = {}
    taken = 0
    for name, count in counts.items():
        if count <= _SHORT:
            points[name] = part(block, taken, taken + count)
            taken += count
        else:
            points[name], offset = _block(body, offset, count)
    if offset != len(body):
        raise InvalidInput(f"the message goes on for {len(body) - offset} bytes after its end")
    return head, points


def _body(kind: bytes, data: memoryview, limit: int) -> memoryview:
    """What comes after the header, decompressed."""
    if len(data) < _HEADER.size:
        raise InvalidInput("the message is shorter than its header")
    if len(data) > limit:
        raise InvalidInput(f"the message has {len(data)} bytes; at most {limit} are allowed")
    magic, version, found, flags = _HEADER.unpack_from(data)
    if magic != _MAGIC or found != kind or flags not in {0, _COMPRESSED} or data[_HEADER.size - 1]:
        raise InvalidInput("the bytes are not the message that is expected here")
    if version != _VERSION:
        raise InvalidInput(f"the message has version {version}; this Runyard reads {_VERSION}")
    rest = data[_HEADER.size :]
    if not flags:
        return rest
    stream = zlib.decompressobj()
    try:
        body = stream.decompress(rest, limit)
        complete = stream.eof or not stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise InvalidInput(f"the message cannot be decompressed: {error}") from error
    if not complete:
        raise InvalidInput(f"the message has more than {limit} bytes when decompressed")
    if not stream.eof or stream.unused_data:
        raise InvalidInput("the message is cut off or goes on after its end")
    return memoryview(body)


def _head(data: memoryview) -> dict[str, Any]:
    try:
        head = json.loads(str(data, "utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the head of the message cannot be read: {error}") from error
    if not isinstance(head, dict):
        raise InvalidInput("the head of the message is no object")
    return head


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _block(body: memoryview, offset: int, count: int) -> tuple[MetricColumns, int]:
    if not count:
        return MetricColumns.from_points(()), offset
    columns, offset = unpack_columns(body, offset)
    if len(columns) != count:
        raise InvalidInput(f"a curve in the message has {len(columns)} points instead of {count}")
    return columns, offset


def _counts(head: dict[str, Any]) -> dict[tuple[str, str], int]:
    """How many points each curve has, by run id and key."""
    runs = _list(head, "runs")
    counts: dict[tuple[str, str], int] = {}
    for row in _rows(head, "curves"):
        if [type(item) for item in row] != [int, str, int] or not 0 <= row[0] < len(runs) or row[2] < 0:
            raise InvalidInput(f"a curve in the message has no run, key and count: {row!r:.80}")
        run_id = runs[row[0]]
        if not isinstance(run_id, str):
            raise InvalidInput(f"a run in the message has no id, but {run_id!r:.40}")
        if (run_id, row[1]) in counts:
            raise InvalidInput(f"the message holds a curve twice: {row[1]!r} of run {run_id!r}")
        counts[run_id, row[1]] = row[2]
    return counts


def _list(head: dict[str, Any], name: str) -> list[Any]:
    found = head.get(name, [])
    if not isinstance(found, list):
        raise InvalidInput(f"{name} in the message is no list")
    return found


def _rows(head: dict[str, Any], name: str) -> list[Sequence[Any]]:
    rows = _list(head, name)
    if not all(isinstance(row, list) for row in rows):
        raise InvalidInput(f"{name} in the message is no list of lists")
    return rows


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
