"""Values of a model's params made to fit their specs; what comes out is Python's own types."""

from __future__ import annotations

import datetime as dt
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.datatypes import DataType, Object
from runyard.types.kinds import is_array, is_scalar

# What may become a wider type without loss, as a parameter; bool is no number here.
_WIDER: dict[DataType, tuple[DataType, ...]] = {
    DataType.long: (DataType.integer,),
    DataType.float: (DataType.integer, DataType.long),
    DataType.double: (DataType.integer, DataType.long, DataType.float),
}


def fitted_param(value: Any, kind: DataType | Object, shape: tuple[int, ...] | None, place: str) -> Any:
    """The value as its spec wants it: a scalar, a list of scalars for the shape (-1,), or an object."""
    if shape not in {None, (-1,)}:
        raise InvalidInput(f"{place}: the shape is None for one value or (-1,) for a list of them, got {shape}")
    if isinstance(kind, Object):
        return _checked_object(value, kind, place)
    if shape is None:
        return _fitted_scalar(value, kind, place)
    if not isinstance(value, list) and not (is_array(value) and value.ndim == 1):
        raise InvalidInput(f"{place}: expected a list of {kind!r}, got {value!r:.80}")
    if any(isinstance(item, list) or is_array(item) for item in value):
        raise InvalidInput(f"{place}: expected a flat list of {kind!r}, got {value!r:.80}")
    return [_fitted_scalar(item, kind, place) for item in value]


def _fitted_scalar(value: Any, kind: DataType, place: str) -> Any:
    if value is None:
        return None
    if kind is DataType.datetime:
        return _moment(value, place)
    if not is_scalar(value):
        raise InvalidInput(f"{place}: expected one value of type {kind!r}, got {value!r:.80}")
    if not any(DataType.check_type(fitting, value) for fitting in (kind, *_WIDER.get(kind, ()))):
        raise InvalidInput(f"{place}: expected {kind!r}, got {value!r:.80} of type {type(value).__name__}")
    try:
        return kind.to_python()(value)
    except OverflowError as error:
        raise InvalidInput(f"{place}: {value!r:.80} is too large for {kind!r}") from error


def _moment(value: Any, place: str) -> dt.date | dt.datetime:
    import numpy as np

    try:
        moment = np.datetime64(value).item()
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{place}: expected a date or a time in ISO form, got {value!r:.80}") from error
    if not isinstance(moment, dt.date):
        raise InvalidInput(f"{place}: expected a date or a time within Python's range, got {value!r:.80}")
    return moment


def _checked_object(value: Any, kind: Object, place: str) -> Any:
    from runyard.types.enforce_values import fitter

    fitter(kind, place)(value)
    return value  # as it was given: checking may turn numbers into numpy's, which models do not expect of params
