"""The journal's format, version 1: what a segment's bytes mean.

A journal is a folder that one process writes. Its segments are files named after their *base*, 20 digits and
`.journal`. A *position* is a number of bytes since the journal's beginning: base plus offset in the file; the base of
the next segment is the position at which the one before ends. Positions are the sequence numbers that the store
commits together with the data.

A segment begins with the magic `RUNYARD` and one byte, the version; then come frames, all numbers little-endian:

    length  u32   of the payload
    crc     u32   CRC-32 of the payload
    payload       its first byte is the type, the rest depends on it

    H  header     JSON object: journal, base, destination, host, pid, boot, created; the first frame of every segment
    K  series     u32 number, then JSON [run id, metric key]; stands before the first point of the series in a segment
    M  point      u32 number of the series, i64 step, i64 timestamp, f64 value
    P  param      JSON [time, run id, key, value]
    T  tag        JSON [time, run id, key, value]; the value null deletes the tag
    G  measured   JSON [time, run id, object with the fields of ModelMetric]
    I  input      JSON [time, run id, object with the fields of DatasetInput]
    S  start      JSON [time, object with the fields of RunStart]
    U  update     JSON [time, object with the fields of RunUpdate]

Times are milliseconds since the epoch. JSON is UTF-8. The destination bears no credentials. Further files in the
folder: `lock`, locked by the process that writes or delivers; `open/<run id>`, one per run that the process works on;
`artifacts/<run id>/…`, files of runs whose start is not delivered; `delivered`, JSON [position, destination].
"""

from __future__ import annotations

import json
import struct
from typing import Any, Self
from zlib import crc32

import attrs

from runyard.entities import Dataset, DatasetInput, ModelMetric, RunStart, RunStatus, RunUpdate
from runyard.errors import CorruptData, InvalidInput

VERSION = 1
MAGIC = b"RUNYARD" + bytes([VERSION])
SUFFIX = ".journal"
MAX_RECORD = 1 << 27  # room for the largest data set that validation takes, with every character escaped

HEAD = struct.Struct("<II")
POINT = struct.Struct("<BIqqd")
POINT_FRAME = struct.Struct("<IIBIqqd")
SERIES = struct.Struct("<BI")

TYPE_HEADER, TYPE_SERIES, TYPE_POINT, TYPE_PARAM, TYPE_TAG, TYPE_START, TYPE_UPDATE, TYPE_INPUT, TYPE_MEASURED = (
    b"HKMPTSUIG"
)


@attrs.frozen
class Header:
    """Who wrote a segment, where it begins and where its records go."""

    journal: str
    base: int
    destination: str
    host: str
    pid: int
    boot: str
    created: int

    def encode(self) -> bytes:
        """The first bytes of the segment."""
        return MAGIC + _json_frame(TYPE_HEADER, attrs.asdict(self))

    @classmethod
    def decode(cls, data: bytes) -> tuple[Self, int]:
        """The header that a segment begins with, and its length with the magic.

        Raises:
            CorruptData: these are not the first bytes of a journal segment that this version reads.
        """
        if data[: len(MAGIC) - 1] != MAGIC[:-1]:
            raise CorruptData("not a journal segment")
        if data[len(MAGIC) - 1 : len(MAGIC)] != MAGIC[-1:]:
            raise CorruptData(f"a journal segment of version {data[len(MAGIC) - 1]}; this Runyard reads {VERSION}")
        payload = frame_at(data, len(MAGIC))
        if payload is None or payload[0] != TYPE_HEADER:
            raise CorruptData("a journal segment with a damaged header")
        try:
            return cls(**json.loads(payload[1:])), len(MAGIC) + HEAD.size + len(payload)
        except (TypeError, ValueError) as error:
            raise CorruptData(f"a journal segment with an unreadable header: {error}") from error


def frame(payload: bytes) -> bytes:
    return HEAD.pack(len(payload), crc32(payload)) + payload


def frame_at(data: bytes | memoryview, offset: int) -> bytes | None:
    """The payload of the frame at an offset; None where no whole and sound frame is."""
    if offset + HEAD.size >= len(data):
        return None
    length, crc = HEAD.unpack_from(data, offset)
    start = offset + HEAD.size
    if not 0 < length <= MAX_RECORD or start + length > len(data):
        return None
    payload = bytes(data[start : start + length])
    return payload if crc32(payload) == crc else None


def series_frame(number: int, run_id: str, key: str) -> bytes:
    return frame(SERIES.pack(TYPE_SERIES, number) + _json([run_id, key]))


def point_frame(number: int, step: int, timestamp: int, value: float) -> bytes:
    return frame(POINT.pack(TYPE_POINT, number, step, timestamp, value))


def param_frame(time: int, run_id: str, key: str, value: str) -> bytes:
    return _json_frame(TYPE_PARAM, [time, run_id, key, value])


def tag_frame(time: int, run_id: str, key: str, value: str | None) -> bytes:
    return _json_frame(TYPE_TAG, [time, run_id, key, value])


def input_frame(time: int, run_id: str, item: DatasetInput) -> bytes:
    fields = {"dataset": attrs.asdict(item.dataset), "tags": dict(item.tags)}
    return _json_frame(TYPE_INPUT, [time, run_id, fields])


def measured_frame(time: int, run_id: str, point: ModelMetric) -> bytes:
    fields = {**attrs.asdict(point), "run_id": run_id}
    return _json_frame(TYPE_MEASURED, [time, run_id, fields])


def start_frame(time: int, start: RunStart) -> bytes:
    return _json_frame(TYPE_START, [time, attrs.asdict(start)])


def update_frame(time: int, update: RunUpdate) -> bytes:
    return _json_frame(TYPE_UPDATE, [time, attrs.asdict(update)])


def decode_start(fields: dict[str, Any]) -> RunStart:
    return RunStart(**fields)


def decode_input(fields: dict[str, Any]) -> DatasetInput:
    return DatasetInput(Dataset(**fields["dataset"]), fields["tags"])


def decode_measured(fields: dict[str, Any]) -> ModelMetric:
    return ModelMetric(**fields)


def decode_update(fields: dict[str, Any]) -> RunUpdate:
    status = fields.pop("status")
    return RunUpdate(status=None if status is None else RunStatus(status), **fields)


def _json_frame(kind: int, content: object) -> bytes:
    payload = bytes([kind]) + _json(content)
    if len(payload) > MAX_RECORD:
        raise InvalidInput(f"a record of {len(payload)} bytes; the most is {MAX_RECORD}: log it as an artifact")
    return frame(payload)


def _json(content: object) -> bytes:
    try:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(f"text that is not Unicode (a lone surrogate) cannot be kept: {content!r:.200}") from error
