"""Arrays made to fit the tensors of a schema: the dtype and the shape must be right, nothing is converted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.types.columns import TensorSpec
from runyard.types.kinds import is_array, is_frame, is_scalar, is_series, is_sparse, type_name
from runyard.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd


def tensor_enforcer(schema: Schema) -> Callable[[Any], Any]:
    """What makes data fit a schema of tensors."""
    specs = [item for item in schema if isinstance(item, TensorSpec)]
    return _named_enforcer(specs) if schema.has_input_names() else _unnamed_enforcer(specs[0])


def _unnamed_enforcer(spec: TensorSpec) -> Callable[[Any], Any]:
    import numpy as np

    checked = _checker(spec, "the input")
    ndarray, dtype, rank, sizes = np.ndarray, spec.type, len(spec.shape), _fixed_sizes(spec)

    def enforce(data: Any) -> Any:
        if type(data) is ndarray and data.dtype is dtype and data.ndim == rank:
            shape = data.shape
            for axis, size in sizes:
                if shape[axis] != size:
                    break
            else:
                return data
        if is_array(data) or is_sparse(data):
            return checked(data)
        if is_series(data):
            data = data.to_frame()
        if is_frame(data):
            return _tensor_of_frame(data, spec, checked)
        raise InvalidInput(f"the model takes an array ({spec!r}), got {type_name(data)}")

    return enforce


def _named_enforcer(specs: list[TensorSpec]) -> Callable[[Any], Any]:
    checkers = {spec.name: _checker(spec, f"input {spec.name!r}") for spec in specs}

    def enforce(data: Any) -> Any:
        if is_array(data) and len(specs) == 1:
            data = {specs[0].name: data}
        if is_series(data):
            data = data.to_frame()
        if not isinstance(data, dict) and not is_frame(data):
            raise InvalidInput(f"the model takes a dictionary of the arrays {_names(checkers)}, got {type_name(data)}")
        if missing := [name for name in checkers if name not in data]:
            raise InvalidInput(f"inputs are missing: {_names(missing)}; there are {_names(data) or 'none'}")
        if is_frame(data):
            return {spec.name: _tensor_of_column(data[spec.name], spec, checkers[spec.name]) for spec in specs}
        return {name: checked(_array(data[name], name)) for name, checked in checkers.items()}

    return enforce


def _array(value: Any, name: Any) -> Any:
    if not is_array(value):
        raise InvalidInput(f"input {name!r}: expected a numpy array, got {type_name(value)}")
    return value


def _fixed_sizes(spec: TensorSpec) -> list[tuple[int, int]]:
    return [(axis, size) for axis, size in enumerate(spec.shape) if size != -1]


def _checker(spec: TensorSpec, place: str) -> Callable[[Any], Any]:
    """What returns an array, dense or sparse, if it has the dtype and shape of a tensor."""
    rank, sizes = len(spec.shape), _fixed_sizes(spec)
    takes_objects = spec.type == "object" and spec.shape == (-1,)  # as arrays of different lengths are described
    takes_ragged = -1 in spec.shape[1:]

    def check(array: Any) -> Any:
        dtype, shape = array.dtype, array.shape
        if takes_objects or (takes_ragged and len(shape) == 1 and dtype == "object"):
            return array
        if len(shape) != rank or any(shape[axis] != size for axis, size in sizes):
            raise InvalidInput(f"{place}: the shape {shape} is not {spec.shape}, as the schema says")
        if dtype != spec.type and not (dtype.kind in "US" and dtype.kind == spec.type.kind):
            raise InvalidInput(
                f"{place}: the dtype {dtype} is not {spec.type}, as the schema says; convert with astype()"
            )
        return array

    return check


def _tensor_of_frame(frame: pd.DataFrame, spec: TensorSpec, check: Callable[[Any], Any]) -> Any:
    if frame.empty:
        raise InvalidInput("the DataFrame is empty; the model takes at least one row and one column")
    width = len(frame.columns)
    if width == 1:
        return _tensor_of_column(frame.iloc[:, 0], spec, check)
    if spec.shape != (-1, width):
        raise InvalidInput(f"a DataFrame of {width} columns is a tensor of shape (-1, {width}), not {spec.shape}")
    return check(frame.to_numpy())


def _tensor_of_column(column: pd.Series[Any], spec: TensorSpec, check: Callable[[Any], Any]) -> Any:
    """A column whose cells are the rows of a tensor: scalars, flat lists, or arrays."""
    import numpy as np

    place = f"column {column.name!r}"
    if column.empty:
        raise InvalidInput(f"{place} is empty; the model takes at least one row")
    if not spec.shape or spec.shape[0] != -1 or -1 in spec.shape[1:]:
        raise InvalidInput(f"{place}: only the first dimension of a tensor in a DataFrame may vary, not {spec.shape}")
    first = column.iloc[0]
    if is_scalar(first):
        if spec.shape not in {(-1,), (-1, 1)}:
            raise InvalidInput(f"{place} holds scalars, which are a tensor of shape (-1,) or (-1, 1), not {spec.shape}")
        return check(_stacked(lambda: np.array(column, dtype=spec.type), spec, column, place))
    if is_array(first):
        return _stacked(lambda: np.vstack(column.tolist()), spec, column, place)  # of its own dtype, as MLflow has it
    if isinstance(first, list) and first and is_scalar(first[0]):
        return _stacked(lambda: np.vstack(column.tolist()).astype(spec.type), spec, column, place)
    raise InvalidInput(f"{place}: the rows of a tensor are scalars, flat lists or arrays, not {type_name(first)}")


def _stacked(make: Callable[[], Any], spec: TensorSpec, column: pd.Series[Any], place: str) -> Any:
    try:
        array = make().reshape(spec.shape)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{place}: its rows cannot be a tensor of shape {spec.shape}: {error}") from error
    if len(array) != len(column):
        raise InvalidInput(f"{place}: its {len(column)} rows would be {len(array)} of the shape {spec.shape}")
    return array


def _names(names: Any) -> str:
    return ", ".join(repr(name) for name in names)
