"""The format of a block of metric points: three columns, readable with numpy alone.

A block of format 1 is little-endian and starts with a header of 40 bytes:

    points        u32   how many
    step width    u8    bytes of one step offset: 0, 1, 2, 4 or 8
    time width    u8    the same for timestamps
    value width   u8    8: float64; 4: float32, where that loses no bit; 0: all values are the one value that follows
    zero          u8
    first step, least difference of steps, first timestamp, least difference of timestamps      i64 each

Then follow the values (one only, as float64, for width 0), the step offsets and the timestamp offsets, `points - 1` of
each. A column of integers is `first + cumulative sum of (least difference + offset)`, modulo 2^64; width 0 stands for
an arithmetic progression, which is what steps nearly always are. Points are in the order of (step, timestamp, value)
with NaN before the numbers, and no two are the same.

Chosen by measurement (benchmarks/bench_curve.py): zlib and difference coding of values save less than they cost to
read.

A full block has a `summary` as well: for each cell of `CELL` points the first, the least, the greatest and the last
one, in their order, as records of step (i64), timestamp (i64) and value (f64). A chart of a long curve reads these
instead of the points.
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from runyard.errors import CorruptData, StoreOutOfDate

FORMAT = 1
FULL = 4096  # points of a block that is not touched again
CELL = 256  # points that a summary tells four of

Integers: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]

HEADER = struct.Struct("<IBBBxqqqq")
_POSITIONS = np.arange(FULL, dtype=np.int64)
UNSIGNED: dict[int, np.dtype[Any]] = {1: np.dtype("<u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}
_SPANS = np.array([1, 2**8, 2**16, 2**32], np.uint64)  # each width holds what is less
_WIDTHS = np.array([0, 1, 2, 4, 8])
RECORD = np.dtype([("step", "<i8"), ("time", "<i8"), ("value", "<f8")])
VALUES: dict[int, np.dtype[Any]] = {0: np.dtype("<f8"), 4: np.dtype("<f4"), 8: np.dtype("<f8")}


class Points(NamedTuple):
    """Columns of equal length."""

    steps: Integers
    times: Integers
    values: Reals

    def part(self, start: int, stop: int) -> Points:
        return Points(self.steps[start:stop], self.times[start:stop], self.values[start:stop])

    def take(self, chosen: Integers | NDArray[np.bool_]) -> Points:
        return Points(self.steps[chosen], self.times[chosen], self.values[chosen])


def empty(count: int) -> Points:
    """Columns to be filled."""
    return Points(np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.float64))


def joined(parts: list[Points]) -> Points:
    if len(parts) == 1:
        return parts[0]
    steps, times, values = zip(*parts, strict=True) if parts else ([], [], [])
    return Points(
        np.concatenate([np.empty(0, np.int64), *steps]),
        np.concatenate([np.empty(0, np.int64), *times]),
        np.concatenate([np.empty(0, np.float64), *values]),
    )


def encode(points: Points) -> bytes:
    """A block of format 1."""
    if len(points.values) == 1:  # without the detours that pay for more
        return HEADER.pack(1, 0, 0, 0, points.steps[0], 0, points.times[0], 0) + points.values.astype("<f8").tobytes()
    return encode_all(points, np.zeros(1, np.int64))[0]


def encode_all(points: Points, starts: Integers) -> list[bytes]:
    """A block for each series of points, which begin at `starts`; many at once are faster."""
    ends = np.append(starts[1:], len(points.values))
    counts = ends - starts
    steps = _Column(points.steps, starts, counts)
    times = _Column(points.times, starts, counts)
    values = _Values(points.values, starts)
    rows = zip(
        starts.tolist(),
        ends.tolist(),
        points.steps[starts].tolist(),
        steps.strides,
        steps.widths,
        points.times[starts].tolist(),
        times.strides,
        times.widths,
        values.widths,
        strict=True,
    )
    return [
        b"".join(
            (
                HEADER.pack(end - start, width, time_width, value_width, first, stride, first_time, time_stride),
                values.part(start, end, value_width),
                steps.part(start, end - 1, width),
                times.part(start, end - 1, time_width),
            )
        )
        for start, end, first, stride, width, first_time, time_stride, time_width, value_width in rows
    ]


def decode(data: bytes, code: int = FORMAT) -> Points:
    """The points of a block.

    Raises:
        CorruptData: the bytes are no block.
        StoreOutOfDate: the format is newer than this version.
    """
    points = empty(count_of(data, code))
    decode_into(data, points)
    return points


def check_format(code: int) -> None:
    if code != FORMAT:
        raise StoreOutOfDate(f"a block of metric points has format {code}; install a newer version")


def count_of(data: bytes, code: int = FORMAT) -> int:
    """How many points a block has, checked against its length."""
    check_format(code)
    if len(data) < HEADER.size:
        raise CorruptData("a block of metric points is cut short; restore a backup")
    count, steps, times, values, *_ = HEADER.unpack_from(data)
    length = HEADER.size + (count * values or 8) + (count - 1) * (steps + times)
    known = values in VALUES and {steps, times} <= {0, *UNSIGNED}
    if not count or not known or len(data) != length:
        raise CorruptData("a block of metric points has a wrong length; restore a backup")
    return int(count)


def decode_into(data: bytes, points: Points) -> None:
    """Fill columns, which are of the right length, from a block that `count_of` has checked."""
    header = HEADER.unpack_from(data)
    count, step_width, time_width, value_width, first_step, step_stride, first_time, time_stride = header
    stop = HEADER.size + (count * value_width or 8)
    points.values[:] = np.frombuffer(data, VALUES[value_width], count if value_width else 1, HEADER.size)
    _fill(points.steps, first_step, step_stride, data, stop, step_width)
    _fill(points.times, first_time, time_stride, data, stop + (count - 1) * step_width, time_width)


def summary_records(points: Points) -> bytes:
    """The bytes of a summary."""
    records = np.empty(len(points.values), RECORD)
    records["step"], records["time"], records["value"] = points
    return records.tobytes()


def from_records(data: bytes) -> Points:
    """The points of one summary or of several joined ones."""
    records = np.frombuffer(data, RECORD)
    return Points(*(np.ascontiguousarray(records[name]) for name in ("step", "time", "value")))


def _fill(column: Integers, first: int, stride: int, data: bytes, start: int, width: int) -> None:
    count = len(column)
    if width:
        offsets = np.frombuffer(data, UNSIGNED[width], count - 1, start)
        column[0] = first
        np.add(offsets.view(np.int64) if width == 8 else offsets, np.int64(stride), out=column[1:], dtype=np.int64)
        np.cumsum(column, out=column)
        return
    positions = _POSITIONS[:count] if count <= FULL else np.arange(count, dtype=np.int64)
    if stride == 1:
        np.add(positions, np.int64(first), out=column)
    else:
        np.multiply(positions, np.int64(stride), out=column)
        column += np.int64(first)


class _Column:
    """A column of integers of several series as strides and offsets."""

    def __init__(self, column: Integers, starts: Integers, counts: Integers) -> None:
        differences = np.zeros(len(column), np.int64)
        np.subtract(column[1:], column[:-1], out=differences[:-1])
        last = starts + counts - 1
        # The last difference of a series leads into the next one: repeat the one before it.
        differences[last] = np.where(counts > 1, differences[np.maximum(last - 1, 0)], 0)
        least = np.minimum.reduceat(differences, starts)
        spans = (np.maximum.reduceat(differences, starts) - least).view(np.uint64)
        self._offsets = (differences - np.repeat(least, counts)).view(np.uint64) if spans.any() else None
        self._bytes: dict[int, bytes] = {}
        self.strides: list[int] = least.tolist()
        self.widths: list[int] = _WIDTHS[np.searchsorted(_SPANS, spans, "right")].tolist()

    def part(self, start: int, end: int, width: int) -> bytes:
        if not width or self._offsets is None:
            return b""
        data = self._bytes.get(width)
        if data is None:
            data = self._bytes[width] = self._offsets.astype(UNSIGNED[width]).tobytes()
        return data[start * width : end * width]


class _Values:
    """The values of several series, each as narrow as it loses no bit."""

    def __init__(self, values: Reals, starts: Integers) -> None:
        bits = values.view(np.int64)
        self._single, fits = _as_float32(values)
        narrow = np.logical_and.reduceat(fits, starts) if len(values) else fits
        constant = np.minimum.reduceat(bits, starts) == np.maximum.reduceat(bits, starts)
        self.widths: list[int] = np.where(constant, 0, np.where(narrow, 4, 8)).tolist()
        self._double = values.astype("<f8", copy=False).tobytes()

    def part(self, start: int, end: int, width: int) -> bytes:
        if width == 4:
            return self._single[start:end].tobytes()
        return self._double[start * 8 : end * 8 if width else start * 8 + 8]


def _as_float32(values: Reals) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The values in half the width, and which of them that changes no bit of."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        single = values.astype("<f4")
        return single, single.astype(np.float64).view(np.int64) == values.view(np.int64)
