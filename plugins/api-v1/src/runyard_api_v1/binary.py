"""The binary frame: a short JSON header and 8-byte-aligned columns, which typed arrays read without a copy.

A frame (`application/vnd.runyard.frame`), all numbers little-endian:

- 4 bytes: the length H of the header as u32; H is such that the data, which begins at byte 4 + H, is 8-byte aligned
- H bytes: the header, JSON in UTF-8, filled up with spaces
- the data: buffers, each 8-byte aligned. Places in the header are `offset` from the start of the data and
  `length` in bytes

A column in the header is `{"key", "type", "offset", "length", ...}`. Its type is

- `f8`, `f4`, `i4`: numbers; `i4`, and unless asked for `f4`, only where nothing is lost by it. `valid` is the
  `{"offset", "length"}` of a bitmap (least significant bit first) of the rows that have a value, null where all have
  one. NaN and the infinities are values.
- `i4` always has a `base`: the number is `base` and the stored number together
- `dict`: texts as numbers in the list `categories`; `code` is `i1`, `i2` or `i4`; -1 means no value
- `text`: texts of their own; `offset` and `length` are of their UTF-8 one after the other, `ends` is the place of u4
  ends of each in it, `valid` as above
- `hex16`: texts of 32 lower-case hexadecimal digits, as 16 bytes each
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from runyard.protocols.frames import NumberColumn, TextColumn

MEDIA_TYPE = "application/vnd.runyard.frame"
FORMAT = "runyard.frame/1"

_ALIGNMENT = 8
_I4 = np.iinfo(np.int32)

assert sys.byteorder == "little", "frames are written as the machine has its numbers"


class FrameWriter:
    """Collects buffers, then writes header and data; with `single`, floats lose what does not fit into 4 bytes."""

    def __init__(self, *, single: bool = False) -> None:
        self._single = single
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> dict[str, int]:
        """Keep a buffer; its place."""
        place = {"offset": self._size, "length": len(data)}
        padding = -len(data) % _ALIGNMENT
        self._parts += [data, bytes(padding)] if padding else [data]
        self._size += len(data) + padding
        return place

    def finish(self, header: Mapping[str, Any]) -> bytes:
        text = orjson.dumps({"format": FORMAT, **header})
        text += b" " * (-(4 + len(text)) % _ALIGNMENT)
        return b"".join((len(text).to_bytes(4, "little"), text, *self._parts))

    # --- columns --------------------------------------------------------------------------------------------------

    def numbers(self, values: NDArray[np.float64], valid: NDArray[np.bool_] | None = None) -> dict[str, Any]:
        """A column of floats, narrower where nothing is lost."""
        whole = _whole(values)
        if whole is not None:
            return {**self.integers(whole), "valid": self._valid(valid)}
        narrow = _narrow(values, single=self._single)
        return {"type": _type_of(narrow), **self.add(narrow.tobytes()), "valid": self._valid(valid)}

    def integers(self, values: NDArray[np.int64]) -> dict[str, Any]:
        """A column of integers, as 4 bytes each above the least one where they lie close together."""
        if len(values):
            base = int(values.min())
            if int(values.max()) - base <= _I4.max:
                return {"type": "i4", "base": base, **self.add((values - base).astype(np.int32).tobytes())}
        return {"type": "f8", **self.add(values.astype(np.float64).tobytes())}

    def number_column(self, column: NumberColumn) -> dict[str, Any]:
        present = np.frombuffer(column.present, np.uint8).astype(bool)
        values = np.frombuffer(column.values, np.float64)
        if present.all():
            return self.numbers(values)
        # Rows without a value repeat another one, which keeps the column as narrow as it can be.
        filling = values[present.argmax()] if present.any() else 0.0
        return self.numbers(np.where(present, values, filling), present)

    def text_column(self, column: TextColumn) -> dict[str, Any]:
        """Texts as numbers of categories where texts come again, else one after the other."""
        codes = np.frombuffer(column.codes, _code_type(column.codes))
        if len(column.categories) * 2 > len(codes) and len(codes) > 16:
            return self._texts([column.categories[code] if code >= 0 else None for code in column.codes])
        kind = next((kind for kind in (np.int8, np.int16) if len(column.categories) <= np.iinfo(kind).max), np.int32)
        place = self.add(codes.astype(kind).tobytes())
        return {"type": "dict", "code": _type_of(np.empty(0, kind)), **place, "categories": list(column.categories)}

    def texts(self, values: Sequence[str]) -> dict[str, Any]:
        """Texts that all differ, such as run ids."""
        together = "".join(values)
        if all(len(value) == 32 for value in values) and together == together.lower():
            try:
                data = bytes.fromhex(together)
            except ValueError:
                return self._texts(values)
            if len(data) == 16 * len(values):
                return {"type": "hex16", **self.add(data)}
        return self._texts(values)

    def _texts(self, values: Sequence[str | None]) -> dict[str, Any]:
        encoded = [b"" if value is None else value.encode() for value in values]
        ends = np.cumsum([len(one) for one in encoded], dtype=np.uint32)
        valid = np.array([value is not None for value in values], bool)
        place = self.add(b"".join(encoded))
        return {
            "type": "text", **place, "ends": self.add(ends.tobytes()),
            "valid": None if valid.all() else self._valid(valid),
        }  # fmt: skip

    def _valid(self, valid: NDArray[np.bool_] | None) -> dict[str, int] | None:
        return None if valid is None else self.add(np.packbits(valid, bitorder="little").tobytes())


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """The same as integers that lie close together; None where they are not, or one of them is a negative zero."""
    if len(values) == 0 or not np.isfinite(values).all():
        return None
    if np.abs(values).max() > 2**53 or values.max() - values.min() > _I4.max:
        return None
    whole = values.astype(np.int64)
    return whole if np.array_equal(whole.astype(np.float64).view(np.int64), values.view(np.int64)) else None


def _narrow(values: NDArray[np.float64], *, single: bool) -> NDArray[Any]:
    """The same numbers in 4 bytes each where they survive it, or where that is asked for."""
    with np.errstate(over="ignore", invalid="ignore"):
        narrow = values.astype(np.float32)
    return narrow if single or bool(((narrow == values) | np.isnan(values)).all()) else values


def _type_of(values: NDArray[Any]) -> str:
    return f"{values.dtype.kind}{values.dtype.itemsize}"


def _code_type(codes: array[int]) -> str:
    return f"i{codes.itemsize}"
