"""Input examples of models: written beside a model as MLflow does, described for its MLmodel file, read back."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from runyard.errors import InvalidInput
from runyard.models.json_values import dumped
from runyard.models.payload import LLM_KEYS, cast_inputs, frame_from_split
from runyard.types.kinds import is_array, is_frame, is_scalar, is_sparse, type_name
from runyard.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

EXAMPLE_FILE = "input_example.json"
SERVING_FILE = "serving_input_example.json"


@attrs.frozen
class InputExample:
    """An example of what a model takes: the data, its params if it has some, and both as JSON."""

    data: Any
    params: dict[str, Any] | None
    info: dict[str, str]
    example_json: str
    serving_json: str

    @classmethod
    def of(cls, example: Any) -> InputExample:
        """An example from data, or from a pair of data and params."""
        data, params = split_example(deepcopy(example))
        info, plain, serving = _plain_example(data)
        if params:
            info["params"] = "true"
        if params is not None:
            plain = {"inputs": plain, "params": params}
            serving = {**serving, **(params if _is_llm(serving) else {"params": params})}
        info = {"artifact_path": EXAMPLE_FILE, **info, "serving_input_path": SERVING_FILE}
        return cls(data, params, info, dumped(plain), dumped(serving, indent=2))

    def save(self, folder: str | os.PathLike[str]) -> dict[str, str]:
        """Write both files into a model's folder; the value of `saved_input_example_info` in its MLmodel file."""
        (Path(folder) / EXAMPLE_FILE).write_text(self.example_json, encoding="utf-8")
        (Path(folder) / SERVING_FILE).write_text(self.serving_json, encoding="utf-8")
        return self.info


def split_example(example: Any) -> tuple[Any, dict[str, Any] | None]:
    """The data and the params of an example; a pair whose second part is a dictionary has both."""
    if isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], dict):
        from runyard.types.inference import infer_param_schema

        infer_param_schema(example[1])
        return example
    return example, None


def convert_input_example_to_serving_input(input_example: Any) -> str | None:
    """The JSON that asks a scoring server for the prediction of an example."""
    return None if input_example is None else InputExample.of(input_example).serving_json


def read_example(folder: str | os.PathLike[str], info: Mapping[str, Any] | None, schema: Schema | None = None) -> Any:
    """The data of a model's example, typed by the schema of its inputs; None if the model has no example."""
    if info is None:
        return None
    data = _read(folder, info)
    if info.get("params"):
        data = data["inputs"]
    match info.get("type"):
        case "json_object":
            return data
        case "ndarray":
            return cast_inputs(data, schema)
        case "dataframe":
            return frame_from_split(data, schema)
        case "sparse_matrix_csr" | "sparse_matrix_csc" as kind:
            return _sparse(data, kind)
    raise InvalidInput(f"the model's input example has the type {info.get('type')!r}, which this version cannot read")


def read_example_params(folder: str | os.PathLike[str], info: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The params of a model's example; None if it has none."""
    if info is None or not info.get("params"):
        return None
    params: dict[str, Any] = _read(folder, info)["params"]
    return params


def read_serving_example(folder: str | os.PathLike[str], info: Mapping[str, Any] | None) -> str | None:
    """The JSON that asks a scoring server for the prediction of a model's example; None if the model has none."""
    if info is None or "serving_input_path" not in info:
        return None
    return (Path(folder) / str(info["serving_input_path"])).read_text(encoding="utf-8")


def _read(folder: str | os.PathLike[str], info: Mapping[str, Any]) -> Any:
    return json.loads((Path(folder) / info["artifact_path"]).read_text(encoding="utf-8"))


def _plain_example(data: Any) -> tuple[dict[str, str], Any, dict[str, Any]]:
    """What MLmodel says of the data, the data as JSON has it, and the request that a scoring server takes."""
    if hasattr(type(data), "model_fields"):
        data = data.model_dump()  # a pydantic object
    if is_frame(data):
        plain = _split(data)
        orient = "split" if "columns" in plain else "values"
        return {"type": "dataframe", "pandas_orient": orient}, plain, {"dataframe_split": plain}
    if is_sparse(data):
        return {"type": f"sparse_matrix_{data.format}"}, _sparse_parts(data), {"inputs": data.toarray()}
    if is_array(data):
        plain = _array(data)
        return {"type": "ndarray"}, plain, {"inputs": plain}
    if isinstance(data, dict) and any(map(is_array, data.values())):
        if not all(map(is_array, data.values())):
            raise InvalidInput("an example that is a dictionary holds numpy arrays alone, or none at all")
        plain = {name: _array(array) for name, array in data.items()}
        return {"type": "ndarray"}, plain, {"inputs": plain}
    if isinstance(data, list) and _holds_array(data):
        raise InvalidInput("an example that is a list holds no numpy arrays; make it one array or nested lists")
    if isinstance(data, dict | list | dt.datetime) or is_scalar(data):
        return {"type": "json_object"}, data, data if _is_llm(data) else {"inputs": data}
    raise InvalidInput(
        "an input example is a pandas DataFrame, a numpy array, a dictionary of arrays, a csr or csc matrix of scipy, "
        f"or a JSON value; got {type_name(data)}"
    )


def _is_llm(data: Any) -> bool:
    return isinstance(data, dict) and not LLM_KEYS.isdisjoint(data)


def _holds_array(data: Any) -> bool:
    if isinstance(data, list | dict):
        return any(map(_holds_array, data.values() if isinstance(data, dict) else data))
    return is_array(data)


def _array(array: Any) -> Any:
    """An array as lists, with null where a number is missing."""
    import numpy as np

    if array.dtype.kind not in "fc" or not np.isnan(array).any():
        return array.tolist()
    filled: Any = np.where(np.isnan(array), None, array)
    return filled.tolist()


def _split(frame: pd.DataFrame) -> dict[str, Any]:
    """A table as its columns and rows; columns that are only numbered need no names."""
    plain: dict[str, Any] = frame.astype(object).where(frame.notna(), None).to_dict(orient="split")
    del plain["index"]
    if plain["columns"] == list(range(len(frame.columns))):
        del plain["columns"]
    return plain


def _sparse_parts(matrix: Any) -> dict[str, Any]:
    parts = {name: getattr(matrix, name).tolist() for name in ("indices", "indptr")}
    return {"data": _array(matrix.data), **parts, "shape": list(matrix.shape)}


def _sparse(parts: Mapping[str, Any], kind: str) -> Any:
    from importlib import import_module

    make = getattr(import_module("scipy.sparse"), "csc_matrix" if kind.endswith("csc") else "csr_matrix")
    data = [float("nan") if item is None else item for item in parts["data"]]
    return make((data, parts["indices"], parts["indptr"]), shape=tuple(parts["shape"]))
