"""Packs columns of points into few bytes: constant strides, narrow deltas and single floats where nothing is lost."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from operator import sub

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput

# A column: a letter that says how it is packed, then its bytes, all little-endian. How many points there are stands
# once before the three columns. Integers: "q" as they are; "=" first value and stride; another letter: the first value
# and differences of that type code. Floats: "d" or, where all survive it, "f".
_COUNT = struct.Struct("<Q")
_FIRST = struct.Struct("<q")
_STRIDE = struct.Struct("<qq")
_SIZES = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "f": 4, "d": 8}
_DELTAS = (
    ("B", 0, 2**8 - 1),
    ("b", -(2**7), 2**7 - 1),
    ("H", 0, 2**16 - 1),
    ("h", -(2**15), 2**15 - 1),
    ("I", 0, 2**32 - 1),
    ("i", -(2**31), 2**31 - 1),
)
_FEW = 4  # points for which packing is not worth a thought


def pack_columns(columns: MetricColumns, parts: list[bytes]) -> None:
    """Append the packed columns to the parts of a message."""
    _check(columns)
    parts.append(_COUNT.pack(len(columns)))
    _pack_integers(columns.steps, parts)
    _pack_integers(columns.timestamps, parts)
    _pack_floats(columns.values, parts)


def joined(curves: Sequence[MetricColumns]) -> MetricColumns:
    """Several curves as one, in their order."""
    whole = MetricColumns(array("q"), array("q"), array("d"))
    for columns in curves:
        _check(columns)
        whole.steps.extend(columns.steps)
        whole.timestamps.extend(columns.timestamps)
        whole.values.extend(columns.values)
    return whole


def part(columns: MetricColumns, start: int, end: int) -> MetricColumns:
    return MetricColumns(columns.steps[start:end], columns.timestamps[start:end], columns.values[start:end])


def unpack_columns(data: memoryview, offset: int) -> tuple[MetricColumns, int]:
    """The columns packed at an offset, and the offset after them.

    Raises:
        InvalidInput: the bytes are not what `pack_columns` makes.
    """
    try:
        (count,) = _COUNT.unpack_from(data, offset)
        if count * _SIZES["f"] > len(data) - offset:  # the values alone would need more
            raise InvalidInput("a curve says that it has more points than fit into the message")
        steps, offset = _unpack_integers(data, offset + _COUNT.size, count)
        timestamps, offset = _unpack_integers(data, offset, count)
        values, offset = _unpack_floats(data, offset, count)
    except (struct.error, OverflowError, ValueError, IndexError) as error:
        raise InvalidInput(f"the columns of a curve cannot be read: {error}") from error
    return MetricColumns(steps, timestamps, values), offset


def _check(columns: MetricColumns) -> None:
    if not len(columns.steps) == len(columns.timestamps) == len(columns):
        raise ValueError("the columns of a curve have different lengths")


def _pack_integers(column: array[int], parts: list[bytes]) -> None:
    if len(column) > _FEW:
        first, stride = column[0], column[1] - column[0]
        if column[-1] - first == stride * (len(column) - 1) and _is_even(column, first, stride):
            parts += (b"=", _STRIDE.pack(first, stride))
            return
        deltas = _deltas(column)
        if deltas is not None:
            parts += (deltas.typecode.encode(), _FIRST.pack(first), _little_endian(deltas))
            return
    parts += (b"q", _little_endian(column))


def _is_even(column: array[int], first: int, stride: int) -> bool:
    if not stride:
        return column == array("q", [first]) * len(column)
    try:
        return column == array("q", range(first, first + stride * len(column), stride))
    except OverflowError:
        return False


def _deltas(column: array[int]) -> array[int] | None:
    """Differences between neighbours in the narrowest type, None where they need as much room as the values."""
    later = iter(column)
    next(later)
    differences = list(map(sub, later, column))
    least, greatest = min(differences), max(differences)
    for typecode, low, high in _DELTAS:
        if low <= least and greatest <= high:
            return array(typecode, differences)
    return None


def _pack_floats(column: array[float], parts: list[bytes]) -> None:
    if len(column) > _FEW and column[0] == struct.unpack("f", struct.pack("f", _in_range(column[0])))[0]:
        single = array("f", column)
        if array("d", single).tobytes() == column.tobytes():
            parts += (b"f", _little_endian(single))
            return
    parts += (b"d", _little_endian(column))


def _in_range(value: float) -> float:
    return value if -1e38 < value < 1e38 else 0.0


def _little_endian(column: array[int] | array[float]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _unpack_integers(data: memoryview, offset: int, count: int) -> tuple[array[int], int]:
    typecode = chr(data[offset])
    offset += 1
    if typecode == "q":
        return _array("q", data, offset, count)
    if not count:
        raise InvalidInput("a packed column has no points")
    if typecode == "=":
        first, stride = _STRIDE.unpack_from(data, offset)
        column = array("q", range(first, first + stride * count, stride)) if stride else array("q", [first]) * count
        return column, offset + _STRIDE.size
    if typecode not in "bBhHiI":
        raise InvalidInput(f"a column is packed in an unknown way, {typecode!r}")
    (first,) = _FIRST.unpack_from(data, offset)
    deltas, offset = _array(typecode, data, offset + _FIRST.size, count - 1)
    return array("q", accumulate(deltas, initial=first)), offset


def _unpack_floats(data: memoryview, offset: int, count: int) -> tuple[array[float], int]:
    typecode = chr(data[offset])
    if typecode not in "fd":
        raise InvalidInput(f"values are packed in an unknown way, {typecode!r}")
    column, offset = _array(typecode, data, offset + 1, count)
    return (column if typecode == "d" else array("d", column)), offset


def _array(typecode: str, data: memoryview, offset: int, count: int) -> tuple[array, int]:  # type: ignore[type-arg]
    end = offset + count * _SIZES[typecode]
    if end > len(data):
        raise InvalidInput("a column is cut off")
    column = array(typecode)
    column.frombytes(data[offset:end])
    if sys.byteorder == "big":
        column.byteswap()
    return column, end
