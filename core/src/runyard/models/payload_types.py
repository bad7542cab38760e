"""JSON values given the types of a schema: what JSON cannot say, as bytes and moments, and numbers of other widths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.models.json_values import decoded_bytes
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import AnyType, Array, DataType
from runyard.types.enforce_values import fitter
from runyard.types.kinds import is_array, is_missing
from runyard.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

_LONG_OR_SHORT = {DataType.integer, DataType.long}


class BadPayload(InvalidInput):
    """A request that a scoring server cannot make data of."""

    code = "BAD_REQUEST"


def typed_frame(frame: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """A table whose columns have the types of a schema, as far as it has such columns."""
    specs = schema.inputs
    if schema.has_input_names():
        pairs = [(item.name, item) for item in specs if item.name in frame.columns]
    elif schema.is_tensor_spec():
        pairs = [(name, specs[0]) for name in frame.columns]
    else:
        pairs = list(zip(frame.columns, specs, strict=False))
    if frame.columns.has_duplicates:
        raise BadPayload(f"the columns of a table need different names, got {list(frame.columns)}")
    for name, spec in pairs:
        try:
            frame[name] = _typed_column(frame[name], spec, f"column {name!r}")
        except InvalidInput as error:
            raise BadPayload(str(error)) from error
        except (TypeError, ValueError, OverflowError, AttributeError) as error:
            raise BadPayload(f"column {name!r} cannot be {spec.type!r}: {error}") from error
    return frame


def _typed_column(column: pd.Series[Any], spec: ColSpec | TensorSpec, place: str) -> Any:
    if isinstance(spec, TensorSpec):
        return _tensor_column(column, spec)
    kind = spec.type
    if isinstance(kind, AnyType):
        return column
    if isinstance(kind, DataType):
        return _plain_column(column, kind, place)
    return column.map(fitter(kind, place, required=spec.required))


def _tensor_column(column: pd.Series[Any], spec: TensorSpec) -> Any:
    if len(column) and isinstance(column.iloc[0], list):
        return column  # flat rows of a tensor, which is made of them when the model is called
    if spec.type.kind == "S":
        return column.map(lambda text: bytes(text, "utf8"))
    if _is_text(column.dtype) and spec.type.kind in "UO":
        return column
    _check_range(column, spec.type)
    return column.astype(spec.type)


def _plain_column(column: pd.Series[Any], kind: DataType, place: str) -> Any:
    import pandas as pd

    match kind:
        case DataType.string:
            return column if _is_text(column.dtype) else column.astype(object)
        case DataType.binary:
            return column.astype(object).map(decoded_bytes)
        case DataType.datetime:
            moments = pd.to_datetime(column)
            return moments.dt.as_unit("ns") if moments.dtype.kind == "M" else moments
    return _typed_numbers(column, kind, place)


def _typed_numbers(column: pd.Series[Any], kind: DataType, place: str) -> pd.Series[Any]:
    if kind in _LONG_OR_SHORT:
        _check_range(column, kind.to_numpy())
    typed = column.astype(kind.to_numpy())
    if kind in _LONG_OR_SHORT and column.dtype.kind in "iuf" and not bool((typed == column).all()):
        raise BadPayload(f"{place}: not every value is of type {kind!r}; it would become another number")
    return typed


def typed_values(value: Any, spec: ColSpec | TensorSpec | None) -> Any:
    """A value or a list of them with the type of one input, as numpy has it; without a spec, what numpy makes of it."""
    import numpy as np

    try:
        if spec is None:
            return np.array(value)
        if isinstance(spec, TensorSpec):
            typed = np.array(value, dtype=spec.type)
            if spec.type.kind in "iu":
                _check_range(np.array(value), spec.type)
            return typed
        if isinstance(spec.type, DataType):
            return _typed_scalars(value, spec.type)
        place = "the input" if spec.name is None else f"input {spec.name!r}"
        fitted = fitter(spec.type, place, required=spec.required)(value)
        return np.array(fitted) if isinstance(spec.type, Array) else fitted
    except InvalidInput as error:
        raise BadPayload(str(error)) from error
    except (TypeError, ValueError, OverflowError) as error:
        raise BadPayload(f"{value!r:.80} cannot be {spec.type if spec else 'an array'!r}: {error}") from error


def _typed_scalars(value: Any, kind: DataType) -> Any:
    import numpy as np

    is_list = isinstance(value, list) or is_array(value)
    values = value if is_list else [value]
    if kind is DataType.string and any(map(is_missing, values)):
        array = np.array(values, dtype=object)  # numpy would make a text of what is missing
    else:
        array = np.array(values, dtype=kind.to_numpy())
        if kind in _LONG_OR_SHORT:
            _check_range(np.array(values), array.dtype)
    if kind in _LONG_OR_SHORT and not bool((array == np.array(values)).all()):
        raise BadPayload(f"{value!r:.80} is not of type {kind!r}; it would become another number")
    return array if is_list else array[0]


def _check_range(given: Any, dtype: Any) -> None:
    """Refuse what has no place among the integers of a dtype, for numpy would make another number of it.

    A float at the very border counts as beyond: readers of JSON make such floats of longer integers.
    """
    import numpy as np

    if dtype.kind not in "iu" or given.dtype.kind not in "iuf":
        return
    limits = np.iinfo(dtype)
    if given.dtype.kind == "f":
        is_within = (given > float(limits.min) - 1) & (given < float(limits.max) + 1)
    else:
        is_within = (given >= limits.min) & (given <= limits.max)
    if not bool(is_within.all()):
        raise OverflowError(f"not every number is within {dtype}, from {limits.min} to {limits.max}")


def _is_text(dtype: Any) -> bool:
    import pandas as pd

    return isinstance(dtype, pd.StringDtype)
