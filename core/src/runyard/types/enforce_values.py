"""Nested values made to fit their types: what has to be known of a type is worked out once, when its fitter is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, ValueType
from runyard.types.kinds import is_array, is_missing, is_moment, is_numpy_scalar, is_scalar, type_name

Fitter = Callable[[Any], Any]

# Lists of exactly these need no look at their dtype, for a list of one type of Python keeps it.
_PLAIN = {
    DataType.boolean: bool,
    DataType.long: int,
    DataType.double: float,
    DataType.string: str,
    DataType.binary: bytes,
}
_LONGS = range(-(2**63), 2**63)


def fitter(kind: ValueType, place: str, *, required: bool = True) -> Fitter:
    """What makes a value fit a type: it returns the value, converted where that loses nothing, or refuses it."""
    match kind:
        case DataType():
            return _scalar_fitter(kind, place, required)
        case Array():
            return _array_fitter(kind, place, required)
        case Object():
            return _object_fitter(kind, place, required)
        case Map():
            return _map_fitter(kind, place, required)
        case AnyType():
            return _unchanged


def _unchanged(value: Any) -> Any:
    return value


def _scalar_fitter(kind: DataType, place: str, required: bool) -> Fitter:
    def fit(value: Any) -> Any:
        if not required and is_missing(value):
            return None
        if kind is DataType.string and type(value) is str:
            return value
        if not is_scalar(value) and not (kind is DataType.datetime and is_moment(value)):
            raise _refused(value, kind, place)
        return _fitted_column([value], kind, place).iloc[0]

    return fit


def _array_fitter(kind: Array, place: str, required: bool) -> Fitter:
    items = kind.dtype
    may_be_empty = not required or isinstance(items, AnyType)
    fit_items = _plain_items(items, place) if isinstance(items, DataType) else _nested_items(items, place, required)

    def fit(value: Any) -> Any:
        if value is None and may_be_empty:
            return value
        if not isinstance(value, list) and not is_array(value):
            raise _refused(value, kind, place)
        return fit_items(value) if len(value) else value

    return fit


def _plain_items(kind: DataType, place: str) -> Fitter:
    plain = _PLAIN.get(kind)

    def fit(values: Any) -> Any:
        if isinstance(values, list):
            if plain is not None and set(map(type, values)) == {plain} and (plain is not int or _all_longs(values)):
                return values
            return _as_numpy(_fitted_column(values, kind, place), kind).tolist()
        if values.ndim != 1:
            raise _refused(values, Array(kind), place)
        if values.dtype == kind.to_numpy() and values.dtype.kind not in "US":
            return values
        return _as_numpy(_fitted_column(values, kind, place), kind)

    return fit


def _all_longs(values: list[int]) -> bool:
    return min(values) in _LONGS and max(values) in _LONGS


def _as_numpy(column: Any, kind: DataType) -> Any:
    """Texts of any length stay objects where numpy would cut zero bytes off their ends."""
    if kind is DataType.binary:
        return column.to_numpy(dtype=object)
    return column.to_numpy(dtype=kind.to_numpy())


def _nested_items(kind: ValueType, place: str, required: bool) -> Fitter:
    fit_item = fitter(kind, f"{place}[]", required=required)

    def fit(values: Any) -> Any:
        fitted = [fit_item(value) for value in values]
        if isinstance(values, list):
            return fitted
        import numpy as np

        return np.array(fitted)

    return fit


def _object_fitter(kind: Object, place: str, required: bool) -> Fitter:
    fitters = {
        item.name: fitter(item.dtype, f"{place}.{item.name}", required=item.required) for item in kind.properties
    }
    needed = {item.name for item in kind.properties if item.required}

    def fit(value: Any) -> Any:
        if not required and (value is None or value == {}):
            return value
        if not isinstance(value, dict):
            raise _refused(value, kind, place)
        if missing := needed - value.keys():
            raise InvalidInput(f"{place}: {_names(missing)} missing; there are {_names(value) or 'no keys'}")
        if unknown := value.keys() - fitters.keys():
            raise InvalidInput(f"{place}: {_names(unknown)} not in the schema, which has {_names(fitters)}")
        return {name: fitters[name](item) for name, item in value.items()}

    return fit


def _map_fitter(kind: Map, place: str, required: bool) -> Fitter:
    fit_item = fitter(kind.value_type, f"{place}{{}}", required=required)
    may_be_empty = not required or isinstance(kind.value_type, AnyType)

    def fit(value: Any) -> Any:
        if value is None and may_be_empty:
            return value
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise _refused(value, kind, place)
        return {key: fit_item(item) for key, item in value.items()}

    return fit


def _names(names: Any) -> str:
    return ", ".join(repr(name) for name in sorted(names, key=str))


def _fitted_column(values: Any, kind: DataType, place: str) -> Any:
    import pandas as pd

    from runyard.types.enforce_columns import fitted_column

    return fitted_column(pd.Series(values), kind, place)


def _refused(value: Any, kind: ValueType, place: str) -> InvalidInput:
    shown = repr(value.item() if is_numpy_scalar(value) else value)
    return InvalidInput(f"{place}: expected {kind!r}, got {shown:.80} of type {type_name(value)}")
