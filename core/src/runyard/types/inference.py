"""Schemas inferred from data: columns from tables and JSON values, tensors from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import DataType
from runyard.types.kinds import is_array, is_frame, is_missing, is_scalar, is_series, is_sparse, type_name
from runyard.types.params import ParamSchema, ParamSpec
from runyard.types.schema import Schema
from runyard.types.value_inference import datatype_of_dtype, item_type, value_type

if TYPE_CHECKING:
    import pandas as pd


def infer_schema(data: Any) -> Schema:
    """The schema of data; the first dimension of tensors may vary, columns with missing values are optional."""
    if is_frame(data):
        return Schema(_frame_columns(data))
    if is_series(data):
        return Schema([_series_column(data, data.name)])
    if is_array(data) or is_sparse(data):
        return Schema([_tensor(data)])
    if isinstance(data, dict):
        return Schema(_named_inputs(data))
    if isinstance(data, list):
        return Schema(_list_columns(data))
    return Schema([ColSpec(value_type(data))])


def infer_param_schema(parameters: Any) -> ParamSchema:
    """The params of a model from an example: each value becomes the default of its param."""
    if not isinstance(parameters, dict):
        raise InvalidInput(f"params are given as a dictionary, got {type_name(parameters)}")
    return ParamSchema([_param(name, value) for name, value in parameters.items()])


def _frame_columns(frame: pd.DataFrame) -> list[ColSpec]:
    if frame.columns.duplicated().any():
        repeated = list(frame.columns[frame.columns.duplicated()].unique())
        raise InvalidInput(f"the columns of a DataFrame need different names; repeated: {repeated}")
    return [_series_column(frame[name], name) for name in frame.columns]


def _series_column(column: pd.Series[Any], name: Any) -> ColSpec:
    return ColSpec(_column_type(column, name), name, required=not column.isna().any())


def _column_type(column: pd.Series[Any], name: Any) -> Any:
    import pandas as pd

    if column.dtype.kind == "O":
        column = column.infer_objects()
    if column.dtype.kind != "O":
        return datatype_of_dtype(column.dtype)
    if isinstance(column.dtype, pd.StringDtype) and (column.empty or column.notna().any()):
        return DataType.string
    try:
        return item_type(column.to_list())
    except InvalidInput as error:
        if pd.api.types.is_string_dtype(column):
            return DataType.string
        raise InvalidInput(f"the type of column {name!r} cannot be inferred: {error}") from error


def _tensor(data: Any, name: str | None = None) -> TensorSpec:
    if not data.shape:
        raise InvalidInput("an array without dimensions is no tensor: its first dimension is that of the rows")
    kind = data.dtype.kind
    return TensorSpec({"U": "str", "S": "bytes"}.get(kind, data.dtype), (-1, *data.shape[1:]), name)


def _named_inputs(data: dict[Any, Any]) -> list[ColSpec] | list[TensorSpec]:
    if all(is_array(value) for value in data.values()):
        return [_tensor(value, name) for name, value in data.items()]
    if odd := [name for name in data if not isinstance(name, str)]:
        raise InvalidInput(f"the keys of a dictionary of columns are strings, got {odd}")
    return [ColSpec(value_type(value), name, _is_complete(value)) for name, value in data.items()]


def _is_complete(value: Any) -> bool:
    return not any(map(is_missing, value)) if isinstance(value, list) else not is_missing(value)


def _list_columns(data: list[Any]) -> list[ColSpec]:
    if not data:
        return [ColSpec(DataType.string)]  # nothing is known of an empty list; MLflow has always said so
    if not all(isinstance(item, dict) for item in data):
        return [ColSpec(item_type(data))]
    columns: dict[Any, list[Any]] = {}
    for item in data:
        for name, value in item.items():
            columns.setdefault(name, []).append(value)
    return [
        ColSpec(item_type(values), name, required=all(item.get(name) is not None for item in data))
        for name, values in columns.items()
    ]


def _param(name: Any, value: Any) -> ParamSpec:
    from copy import deepcopy

    try:
        kind, shape = _param_type(value)
        return ParamSpec(name, kind, deepcopy(value), shape)
    except InvalidInput as error:
        raise InvalidInput(f"the type of param {name!r} cannot be inferred: {error}") from error


def _param_type(value: Any) -> tuple[Any, tuple[int, ...] | None]:
    import numpy as np

    if isinstance(value, list) or is_array(value):
        if any(isinstance(item, list) or is_array(item) for item in value):
            raise InvalidInput("a param is one value or a flat list of values, not a list of lists")
        if all(DataType.check_type(DataType.datetime, item) for item in value):
            return DataType.datetime, (-1,)
        return datatype_of_dtype(np.array(value).dtype), (-1,)
    if DataType.check_type(DataType.datetime, value):
        return DataType.datetime, None
    if isinstance(value, Mapping):
        return value_type(value), None
    if not is_scalar(value):
        raise InvalidInput(f"a param is one value, a flat list of values or a dictionary, not {type_name(value)}")
    return datatype_of_dtype(np.array(value).dtype), None
