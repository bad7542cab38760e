"""Columns and tensors of data in the JSON form of MLflow's schemas; what has no type of its own is `any`."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runyard.errors import InvalidInput
from runyard.types.value_inference import datatype_of_dtype

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ANY = "any"
CSV_SAMPLE = 65_536  # bytes of a CSV file whose first line is taken for the names of the columns
_SCALARS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "long"),
    (float, "double"),
    (str, "string"),
    (bytes, "binary"),
    (dt.date, "datetime"),
)


def columns(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One entry a column; required where no value is missing."""
    missing = frame.isna().any().to_numpy()
    return [
        {**_type_at(frame, position, dtype), "name": str(name), "required": not missing[position]}
        for position, (name, dtype) in enumerate(zip(frame.columns, frame.dtypes, strict=True))
    ]


def _type_at(frame: pd.DataFrame, position: int, dtype: Any) -> dict[str, Any]:
    plain = getattr(dtype, "kind", "O") in "biufM" and getattr(dtype, "categories", None) is None
    return {"type": dtype_name(dtype)} if plain else column_type(frame.iloc[:, position])


def column_type(column: pd.Series[Any]) -> dict[str, Any]:
    """The type of a column; that of objects is found by looking at each of them."""
    dtype: Any = column.dtype
    if getattr(dtype, "categories", None) is not None:
        return column_type(dtype.categories.to_series())
    if dtype.kind == "O" or str(dtype) in {"str", "string"}:
        return _merged([_value_type(value) for value in column if not _is_missing(value)])
    return {"type": dtype_name(dtype)}


def dtype_name(dtype: Any) -> str:
    """The name of a numpy type, or of a pandas type that behaves like one."""
    try:
        return datatype_of_dtype(dtype).name
    except InvalidInput:
        return ANY


def tensors(arrays: np.ndarray[Any, Any] | Mapping[str, np.ndarray[Any, Any]]) -> list[dict[str, Any]]:
    """One entry an array; the length of the first dimension may vary, so it is -1."""
    if not isinstance(arrays, Mapping):
        return [_tensor(arrays)]
    return [{"name": str(name), **_tensor(array)} for name, array in arrays.items()]


def array_profile(what: str, arrays: np.ndarray[Any, Any] | Mapping[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Shape, size and bytes of an array, or of each of several."""
    if isinstance(arrays, Mapping):
        each = {str(name): _sizes(array) for name, array in arrays.items()}
        return {
            f"{what}_{key}": {name: sizes[key] for name, sizes in each.items()} for key in ("shape", "size", "nbytes")
        }
    return {f"{what}_{key}": value for key, value in _sizes(arrays).items()}


def is_arrays(value: object) -> bool:
    """Whether it is a numpy array or a dictionary of them."""
    import numpy as np

    if isinstance(value, Mapping):
        return bool(value) and all(isinstance(array, np.ndarray) for array in value.values())
    return isinstance(value, np.ndarray)


def file_columns(path: Path) -> list[dict[str, Any]] | None:
    """The columns of a CSV or Parquet file from its head alone; None for other files."""
    ending = path.suffix.lower()
    if ending in {".csv", ".tsv"} and path.is_file():
        return _csv_columns(path, "\t" if ending == ".tsv" else ",")
    if ending in {".parquet", ".pq"} and path.is_file():
        return _parquet_columns(path)
    return None


def _tensor(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    name = {"U": "str", "S": "bytes"}.get(array.dtype.kind, array.dtype.name)
    return {"type": "tensor", "tensor-spec": {"dtype": name, "shape": [-1, *array.shape[1:]] if array.ndim else []}}


def _sizes(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    return {"shape": list(array.shape), "size": int(array.size), "nbytes": int(array.nbytes)}


def _value_type(value: Any) -> dict[str, Any]:
    for kind, name in _SCALARS:
        if isinstance(value, kind):
            return {"type": name}
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        value = value.tolist()  # an array in a cell, or a numpy scalar
        if not isinstance(value, list):
            return _value_type(value)
    if isinstance(value, list | tuple):
        return {"type": "array", "items": _merged([_value_type(item) for item in value if not _is_missing(item)])}
    if isinstance(value, Mapping):
        properties = {str(key): {**_value_type(item), "required": True} for key, item in sorted(value.items(), key=str)}
        return {"type": "object", "properties": properties}
    return {"type": ANY}


def _merged(types: list[dict[str, Any]]) -> dict[str, Any]:
    """The one type that all have; objects are merged, mixed numbers are double, other mixtures and nothing are any."""
    unique = {json.dumps(kind, sort_keys=True): kind for kind in types}
    if len(unique) == 1:
        return next(iter(unique.values()))
    names = {kind["type"] for kind in unique.values()}
    if names == {"long", "double"}:
        return {"type": "double"}
    if names == {"array"}:
        return {"type": "array", "items": _merged([kind["items"] for kind in unique.values()])}
    if names == {"object"}:
        return {"type": "object", "properties": _merged_properties([kind["properties"] for kind in unique.values()])}
    return {"type": ANY}


def _merged_properties(each: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    merged = {}
    for key in sorted({key for properties in each for key in properties}):
        given = [properties[key] for properties in each if key in properties]
        kind = _merged([{name: value for name, value in item.items() if name != "required"} for item in given])
        merged[key] = {**kind, "required": len(given) == len(each) and all(item["required"] for item in given)}
    return merged


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in {"NAType", "NaTType"}:
        return True
    return isinstance(value, float) and value != value  # noqa: PLR0124 - NaN is the one float unequal to itself


def _csv_columns(path: Path, separator: str) -> list[dict[str, Any]] | None:
    with path.open("rb") as file:
        head = file.read(CSV_SAMPLE)
    line, end, _ = head.partition(b"\n")
    if not end and len(head) == CSV_SAMPLE:
        return None
    try:
        names = next(csv.reader([line.decode("utf-8-sig").rstrip("\r")], delimiter=separator), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    return [{"type": ANY, "name": name, "required": False} for name in names] or None


def _parquet_columns(path: Path) -> list[dict[str, Any]] | None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return None
    try:
        schema = parquet.read_schema(path)
    except (OSError, pa.ArrowException):
        return None
    types = schema.empty_table().to_pandas()
    return [
        {"type": _arrow_name(field.type, types[field.name].dtype), "name": field.name, "required": not field.nullable}
        for field in schema
    ]


def _arrow_name(kind: Any, dtype: Any) -> str:
    known = {"string": "string", "large_string": "string", "binary": "binary", "large_binary": "binary"}
    return known.get(str(kind), "datetime" if str(kind).startswith("date") else dtype_name(dtype))
