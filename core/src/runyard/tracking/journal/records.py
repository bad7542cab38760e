"""Reads frames back into what was logged, fast where it counts: long stretches of points."""

from __future__ import annotations

import json
import struct
from array import array
from collections.abc import Callable
from enum import Enum
from itertools import starmap
from zlib import crc32

import attrs

from runyard.entities import Batch, DatasetInput, MetricColumns, ModelMetric, RunStart, RunUpdate
from runyard.tracking.journal import format as layout

_PAYLOAD = struct.Struct(f"<{layout.HEAD.size}x{layout.POINT.size}s")

_Columns = tuple[list[int], list[int], list[float]]
_Adders = tuple[Callable[[int], None], Callable[[int], None], Callable[[float], None]]


class Stop(Enum):
    """Why decoding ended."""

    END = "end"
    CUT = "cut"  # the last frame is not all there
    DAMAGE = "damage"


@attrs.define
class Records:
    """What a stretch of a journal holds."""

    starts: list[RunStart] = attrs.field(factory=list)
    params: list[tuple[str, str, str]] = attrs.field(factory=list)
    tags: list[tuple[str, str, str | None]] = attrs.field(factory=list)
    inputs: list[tuple[str, DatasetInput]] = attrs.field(factory=list)
    measurements: list[ModelMetric] = attrs.field(factory=list)
    updates: list[RunUpdate] = attrs.field(factory=list)
    columns: dict[tuple[str, str], _Columns] = attrs.field(factory=dict)
    count: int = 0
    last_times: dict[str, int] = attrs.field(factory=dict)

    def __bool__(self) -> bool:
        logged = self.params or self.tags or self.inputs or self.columns or self.measurements
        return bool(self.starts or logged or self.updates)

    def batch(self, journal_id: str, first: int, last: int) -> Batch:
        return Batch(
            journal_id=journal_id,
            first=first,
            last=last,
            starts=self.starts,
            params=self.params,
            tags=self.tags,
            inputs=self.inputs,
            points={
                series: MetricColumns(array("q", steps), array("q", times), array("d", values))
                for series, (steps, times, values) in self.columns.items()
            },
            measurements=self.measurements,
            updates=self.updates,
        )

    def times(self) -> dict[str, int]:
        """The time of the last record of each run."""
        times = dict(self.last_times)
        for (run_id, _), (_, timestamps, _) in self.columns.items():
            times[run_id] = max(times.get(run_id, 0), max(timestamps, default=0))
        return times


class Decoder:
    """Decodes one segment from front to back, keeping the series that it has defined."""

    def __init__(self) -> None:
        self.series: dict[int, tuple[str, str]] = {}
        self._kinds: dict[int, Callable[[bytes, Records], None]] = {
            layout.TYPE_HEADER: self._ignore,
            layout.TYPE_SERIES: self._define,
            layout.TYPE_POINT: self._ignore,
            layout.TYPE_PARAM: self._param,
            layout.TYPE_TAG: self._tag,
            layout.TYPE_START: self._start,
            layout.TYPE_UPDATE: self._update,
            layout.TYPE_INPUT: self._input,
            layout.TYPE_MEASURED: self._measured,
        }

    def decode(self, data: memoryview, records: Records) -> tuple[int, Stop]:
        """Add what the frames say; how many bytes were whole and sound, and why it ended there."""
        offset = 0
        while offset < len(data):
            offset = self._points(data, offset, records)
            if offset >= len(data):
                break
            payload = layout.frame_at(data, offset)
            if payload is None:
                return offset, _why(data, offset)
            if not self._other(payload, records):
                return offset, Stop.DAMAGE
            offset += layout.HEAD.size + len(payload)
        return offset, Stop.END

    def _points(self, data: memoryview, offset: int, records: Records) -> int:
        """A stretch of points, decoded in one loop; the offset of the first frame that is something else."""
        size, length, kind = layout.POINT_FRAME.size, layout.POINT.size, layout.TYPE_POINT
        stretch = data[offset : offset + (len(data) - offset) // size * size]
        adders: dict[int, _Adders] = {}
        done = 0
        fields = layout.POINT_FRAME.iter_unpack(stretch)
        sums = starmap(crc32, _PAYLOAD.iter_unpack(stretch))
        for (size_, crc, type_, number, step, timestamp, value), found in zip(fields, sums, strict=True):
            if found != crc or size_ != length or type_ != kind:
                break
            try:
                add_step, add_time, add_value = adders[number]
            except KeyError:
                if number not in self.series:
                    break
                steps, times, values = records.columns.setdefault(self.series[number], ([], [], []))
                add_step, add_time, add_value = adders[number] = steps.append, times.append, values.append
            add_step(step)
            add_time(timestamp)
            add_value(value)
            done += 1
        records.count += done
        return offset + done * size

    def _other(self, payload: bytes, records: Records) -> bool:
        handle = self._kinds.get(payload[0])
        if handle is None or payload[0] == layout.TYPE_POINT:  # a point that comes here has no series
            return False
        try:
            handle(payload, records)
        except (ValueError, TypeError, KeyError, struct.error):
            return False
        records.count += payload[0] not in {layout.TYPE_HEADER, layout.TYPE_SERIES}
        return True

    def _ignore(self, payload: bytes, records: Records) -> None:
        pass

    def _define(self, payload: bytes, records: Records) -> None:  # noqa: ARG002 - one signature for all
        _, number = layout.SERIES.unpack_from(payload)
        run_id, key = json.loads(payload[layout.SERIES.size :])
        self.series[number] = (run_id, key)

    def _param(self, payload: bytes, records: Records) -> None:
        time, run_id, key, value = json.loads(payload[1:])
        records.params.append((run_id, key, value))
        records.last_times[run_id] = time

    def _tag(self, payload: bytes, records: Records) -> None:
        time, run_id, key, value = json.loads(payload[1:])
        records.tags.append((run_id, key, value))
        records.last_times[run_id] = time

    def _input(self, payload: bytes, records: Records) -> None:
        time, run_id, fields = json.loads(payload[1:])
        records.inputs.append((run_id, layout.decode_input(fields)))
        records.last_times[run_id] = time

    def _measured(self, payload: bytes, records: Records) -> None:
        time, run_id, fields = json.loads(payload[1:])
        records.measurements.append(layout.decode_measured(fields))
        records.last_times[run_id] = time

    def _start(self, payload: bytes, records: Records) -> None:
        time, fields = json.loads(payload[1:])
        start = layout.decode_start(fields)
        records.starts.append(start)
        records.last_times[start.run_id] = time

    def _update(self, payload: bytes, records: Records) -> None:
        time, fields = json.loads(payload[1:])
        update = layout.decode_update(fields)
        records.updates.append(update)
        records.last_times[update.run_id] = time


def _why(data: memoryview, offset: int) -> Stop:
    if len(data) - offset < layout.HEAD.size:
        return Stop.CUT
    length, _ = layout.HEAD.unpack_from(data, offset)
    if not 0 < length <= layout.MAX_RECORD:
        return Stop.DAMAGE
    return Stop.CUT if offset + layout.HEAD.size + length > len(data) else Stop.DAMAGE
