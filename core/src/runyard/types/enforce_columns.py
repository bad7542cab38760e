"""Columns of a table made to fit their data types, by conversions that lose nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.types.datatypes import AnyType, DataType, ValueType

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = {DataType.integer, DataType.long, DataType.float, DataType.double}


def always_fits(dtype: Any, kind: ValueType) -> bool:
    """Whether every column of a dtype fits as it is, whatever its values."""
    if isinstance(kind, AnyType):
        return True
    if not isinstance(kind, DataType):
        return False
    if kind in {DataType.string, DataType.binary}:
        return _is_object(dtype) or _is_text(dtype) or (kind is DataType.binary and dtype.kind == "S")
    return bool(dtype == kind.to_numpy())


def fitted_column(values: pd.Series[Any], kind: DataType, place: str) -> pd.Series[Any]:
    """The column itself, or as the dtype that its type asks for where no value changes by that."""
    if always_fits(values.dtype, kind) or _categories_fit(values.dtype, kind):
        return values
    if _is_object(values.dtype):
        values = values.infer_objects()
        if _is_object(values.dtype):
            return _fitted_objects(values, kind, place)
    try:
        return _converted(values, kind, place)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"{place}: cannot be {kind!r}: {error}") from error


def _fitted_objects(values: pd.Series[Any], kind: DataType, place: str) -> pd.Series[Any]:
    import pandas as pd

    if kind is DataType.boolean:
        return values  # None among them would become False
    try:
        if kind is DataType.datetime:
            return values.astype("datetime64[ns]")
        if kind is DataType.double:
            return pd.to_numeric(values)  # decimals, for one
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{place}: cannot be {kind!r}: {error}") from error
    raise _refused(values, kind, place)


def _converted(values: pd.Series[Any], kind: DataType, place: str) -> pd.Series[Any]:
    dtype, target = values.dtype, kind.to_numpy()
    if kind is DataType.datetime and dtype.kind == "M":
        return values.astype(target)  # any unit; a zone is refused, for it would be lost
    if always_fits(dtype, kind) or is_wider(dtype, target):
        return values.astype(target)
    if str(dtype) == "int64" and target.kind == "f" and bool(values.isin((0, 1)).all()):
        return values.astype(target)  # flags, which any float holds exactly
    raise _refused(values, kind, place)


def is_wider(dtype: Any, target: Any) -> bool:
    """Whether the target holds every value of the dtype exactly."""
    if dtype.kind == target.kind:
        return target.kind in "biuf" and bool(dtype.itemsize <= target.itemsize)
    if dtype.kind == "u" and target.kind == "i":
        return bool(dtype.itemsize < target.itemsize)
    return dtype.kind in "iu" and target.kind == "f" and target.itemsize == 8 and dtype.itemsize <= 6


def _refused(values: pd.Series[Any], kind: DataType, place: str) -> InvalidInput:
    hint = ""
    if kind in {DataType.integer, DataType.long} and str(values.dtype) == "float64" and values.hasnans:
        present = values.dropna()
        if bool((present == present.round()).all()):
            hint = (
                "; it has missing values, which integers cannot hold: infer the signature from data that lacks some, "
                "or make the column a double"
            )
    return InvalidInput(f"{place}: {values.dtype} does not become {kind!r} without loss{hint}")


def _is_object(dtype: Any) -> bool:
    return bool(dtype == "object")


def _is_text(dtype: Any) -> bool:
    import pandas as pd

    return isinstance(dtype, pd.StringDtype)


def _categories_fit(dtype: Any, kind: DataType) -> bool:
    """Categories are a way to store a column, which models know from training; only what they hold must fit."""
    categories = getattr(dtype, "categories", None)
    return categories is not None and always_fits(categories.dtype, kind)
