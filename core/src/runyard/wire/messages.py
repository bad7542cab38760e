"""A message of batches or curves as bytes: its header, its head and the packed columns.

The header has 8 bytes (magic, version, kind, flags). After it come the length of a JSON head, the head with all that
is small, then packed columns (`runyard.wire.columns`): one block with the short curves, one after the other, and a
block for each long one. With the flag COMPRESSED, all after the header is a zlib stream. Decoding trusts nothing: bytes
that are no such message are `InvalidInput`, whatever they claim.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput
from runyard.wire.columns import joined, pack_columns, part, unpack_columns

MAX_MESSAGE = 1 << 30  # bytes of a message, after decompression
BATCH, CURVES = b"B", b"C"  # kinds of messages

_MAGIC = b"RYWR"
_VERSION = 1
_HEADER = struct.Struct("<4sBcBx")
_LENGTH = struct.Struct("<I")
_COMPRESSED = 1
_SHORT = 64  # points of a curve that is packed together with others


def encode(
    kind: bytes, head: dict[str, Any], points: Mapping[tuple[str, str], MetricColumns], *, compress: bool
) -> bytes:
    """A message of this kind; the counts of the points are added to its head."""
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


def decode(
    kind: bytes, data: bytes | bytearray | memoryview, limit: int
) -> tuple[dict[str, Any], dict[tuple[str, str], MetricColumns]]:
    """The head and the curves of a message that must be of this kind."""
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
    runs = list_of(head, "runs")
    counts: dict[tuple[str, str], int] = {}
    for row in rows_of(head, "curves"):
        if [type(item) for item in row] != [int, str, int] or not 0 <= row[0] < len(runs) or row[2] < 0:
            raise InvalidInput(f"a curve in the message has no run, key and count: {row!r:.80}")
        run_id = runs[row[0]]
        if not isinstance(run_id, str):
            raise InvalidInput(f"a run in the message has no id, but {run_id!r:.40}")
        if (run_id, row[1]) in counts:
            raise InvalidInput(f"the message holds a curve twice: {row[1]!r} of run {run_id!r}")
        counts[run_id, row[1]] = row[2]
    return counts


def list_of(head: dict[str, Any], name: str) -> list[Any]:
    """A list in the head, empty where it has none of that name."""
    found = head.get(name, [])
    if not isinstance(found, list):
        raise InvalidInput(f"{name} in the message is no list")
    return found


def rows_of(head: dict[str, Any], name: str) -> list[Sequence[Any]]:
    """A list of lists in the head."""
    rows = list_of(head, name)
    if not all(isinstance(row, list) for row in rows):
        raise InvalidInput(f"{name} in the message is no list of lists")
    return rows
