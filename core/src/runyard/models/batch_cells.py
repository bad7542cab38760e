"""The cells of CSV files as values of a model's types; what cannot be one is named by its place in the column."""

from __future__ import annotations

import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import AnyType, DataType

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"})
_WORDS = {"true": True, "false": False, "1": True, "0": False}
_EXACT = 2**53

Cells = Sequence[str]
Parse = Callable[[Cells], Any]


class BadCell(InvalidInput):
    """A cell that is no value of its column's type; `index` is its place in the column."""

    def __init__(self, index: int, problem: str) -> None:
        self.index = index
        self.problem = problem
        super().__init__(index, problem)

    def __str__(self) -> str:
        return self.problem


def parser(spec: ColSpec | TensorSpec | None) -> Parse:
    """What makes values of a column's cells; without a spec they stay texts."""
    if spec is None:
        return list
    if isinstance(spec, TensorSpec):
        return _tensor_parser(spec)
    if isinstance(spec.type, DataType):
        return _plain_parser(spec.type, spec.required)
    if isinstance(spec.type, AnyType):
        return lambda cells: [_json_or_text(cell) for cell in cells]
    return _json_cells


def inferred(cells: Cells) -> ColSpec | None:
    """The type that all cells of a column have, where no signature says it; None for texts.

    Numbers with zeros in front are texts, for they are names of things.
    """
    present = [cell for cell in cells if cell not in MISSING]
    if not present or any(cell[0] == "0" and cell[1:2].isdigit() for cell in present):
        return None
    whole = len(present) == len(cells)
    for kind in (DataType.long, DataType.double, DataType.boolean) if whole else (DataType.double,):
        try:
            _plain_parser(kind, required=True)(present)
        except BadCell:
            continue
        is_numbered_flag = kind is DataType.boolean and set(present) <= {"0", "1"}
        return None if is_numbered_flag else ColSpec(kind)
    return None


def _plain_parser(kind: DataType, required: bool) -> Parse:
    match kind:
        case DataType.double | DataType.float:
            return lambda cells: _floats(cells, kind)
        case DataType.long | DataType.integer:
            return lambda cells: _integers(cells, kind)
        case DataType.boolean:
            return lambda cells: _booleans(cells, required)
        case DataType.datetime:
            return _moments
        case DataType.binary:
            return _binaries
    return list if required else _optional_texts


def _tensor_parser(spec: TensorSpec) -> Parse:
    if len(spec.shape) > 1 and spec.name is not None and spec.shape[1:] != (1,):
        return _json_cells  # each cell is one row of the tensor, such as [1, 2, 3]
    kinds = {"f": DataType.double, "i": DataType.long, "u": DataType.long, "b": DataType.boolean}
    kind = kinds.get(spec.type.kind)
    if kind is None:
        return list
    parse = _plain_parser(kind, required=True)
    return lambda cells: _narrowed(parse(cells), cells, spec.type)


def _narrowed(values: Any, cells: Cells, dtype: Any) -> Any:
    """Whole numbers as a dtype that may not hold all of them; floats are rounded to theirs."""
    narrow = values.astype(dtype)
    if dtype.kind in "iu":
        for index in (narrow != values).nonzero()[0][:1]:
            raise BadCell(int(index), f"{cells[index]!r} is too large for {dtype}")
    return narrow


def _floats(cells: Cells, kind: DataType) -> Any:
    import numpy as np

    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        values = np.fromiter(
            (_number(cell, float, kind, index) for index, cell in enumerate(cells)), np.float64, len(cells)
        )
    _refuse_underscores(cells, kind)
    if kind is DataType.double:
        return values
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    for index in (np.isinf(narrow) & np.isfinite(values)).nonzero()[0][:1]:
        raise BadCell(int(index), f"{cells[index]!r} is too large for a float")
    return narrow


def _integers(cells: Cells, kind: DataType) -> Any:
    import numpy as np

    try:
        values = list(map(int, cells))
    except ValueError:
        values = [_number(cell, _whole, kind, index) for index, cell in enumerate(cells)]
    _refuse_underscores(cells, kind)
    try:
        return np.array(values, dtype=kind.to_numpy())
    except OverflowError:
        limit = np.iinfo(kind.to_numpy())
        index = next(at for at, value in enumerate(values) if not limit.min <= value <= limit.max)
        raise BadCell(index, f"{cells[index]!r} is too large for type {kind}") from None


def _number(cell: str, parse: Callable[[str], Any], kind: DataType, index: int) -> Any:
    if cell in MISSING:
        if kind in {DataType.double, DataType.float}:
            return float("nan")
        raise BadCell(index, f"the value is missing, and type {kind} cannot hold that")
    try:
        return parse(cell)
    except ValueError:
        raise BadCell(index, f"{cell!r:.80} is not of type {kind}") from None


def _whole(cell: str) -> int:
    """A whole number, also as other programs write it: 3.0."""
    try:
        return int(cell)
    except ValueError:
        number = float(cell)
    if not number.is_integer() or abs(number) > _EXACT:
        raise ValueError(cell)
    return int(number)


def _refuse_underscores(cells: Cells, kind: DataType) -> None:
    # Python reads 1_000 as a number; no other program does.
    if "_" in "".join(cells):
        index = next(at for at, cell in enumerate(cells) if "_" in cell)
        raise BadCell(index, f"{cells[index]!r:.80} is not of type {kind}")


def _booleans(cells: Cells, required: bool) -> Any:
    import numpy as np

    values: list[bool | None] = [_WORDS.get(cell.strip().lower()) for cell in cells]
    for index, value in enumerate(values):
        if value is None and (required or cells[index] not in MISSING):
            raise BadCell(index, f"{cells[index]!r:.80} is not of type boolean: write true or false")
    return np.array(values, dtype=object if None in values else bool)


def _optional_texts(cells: Cells) -> list[str | None]:
    return [cell or None for cell in cells]


def _moments(cells: Cells) -> Any:
    import pandas as pd

    texts = pd.Series([None if cell in MISSING else cell for cell in cells], dtype=object)
    try:
        return pd.to_datetime(texts, format="ISO8601")
    except (ValueError, TypeError, OverflowError):
        for index, cell in enumerate(texts):
            if pd.isna(pd.to_datetime(cell, format="ISO8601", errors="coerce")) and cell is not None:
                raise BadCell(index, f"{cell!r:.80} is not of type datetime: write 2026-03-01T12:30:00") from None
        raise


def _binaries(cells: Cells) -> list[bytes | None]:
    values: list[bytes | None] = []
    for index, cell in enumerate(cells):
        try:
            values.append(binascii.a2b_base64(cell, strict_mode=True) if cell else None)
        except (binascii.Error, ValueError):
            raise BadCell(index, f"{cell!r:.80} is not of type binary: write base64") from None
    return values


def _json_cells(cells: Cells) -> list[Any]:
    values = []
    for index, cell in enumerate(cells):
        try:
            values.append(json.loads(cell) if cell else None)
        except ValueError:
            raise BadCell(index, f"{cell!r:.80} is not JSON") from None
    return values


def _json_or_text(cell: str) -> Any:
    try:
        return json.loads(cell) if cell else None
    except ValueError:
        return cell
