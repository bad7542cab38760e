"""Requests of the scoring protocol made into data that a model takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from runyard.models.payload_types import BadPayload, typed_frame, typed_values
from runyard.types.datatypes import Array
from runyard.types.kinds import is_array, is_scalar, type_name
from runyard.types.params import ParamSchema
from runyard.types.schema import Schema

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMATS", "LLM_KEYS", "BadPayload", "Payload", "cast_inputs", "frame_from_split", "parse_payload"]

FORMATS = ("dataframe_split", "dataframe_records", "instances", "inputs")
LLM_KEYS = frozenset({"messages", "prompt", "input"})


@attrs.frozen
class Payload:
    """What a request asks for: data, params, and whether its reply goes without `{"predictions": …}`."""

    data: Any
    params: dict[str, Any] | None
    is_unwrapped: bool = False


def parse_payload(
    payload: str | bytes | Mapping[str, Any],
    schema: Schema | None = None,
    params: ParamSchema | None = None,
    *,
    is_from_type_hint: bool = False,
) -> Payload:
    """The data and params of a JSON request; values are given the types of the model's schema."""
    request = _loaded(payload)
    if not LLM_KEYS.isdisjoint(request):
        known = {spec.name for spec in params or ()}
        return Payload(
            {key: value for key, value in request.items() if key not in known},
            {key: value for key, value in request.items() if key in known},
            is_unwrapped=True,
        )
    found = [key for key in FORMATS if key in request]
    if is_from_type_hint:
        if "inputs" not in found:
            raise BadPayload(f"a model with type hints takes its data under the key 'inputs', got {_keys(request)}")
        return Payload(request["inputs"], request.get("params"))
    if len(found) != 1:
        raise BadPayload(f"a request holds exactly one of the keys {', '.join(FORMATS)}, got {_keys(request)}")
    return Payload(_parsed(found[0], request[found[0]], schema), request.get("params"))


def frame_from_split(value: Any, schema: Schema | None = None) -> pd.DataFrame:
    """A table from its columns (if they have names), rows and index (if it has one)."""
    if not isinstance(value, Mapping) or "data" not in value or value.keys() - {"columns", "data", "index"}:
        raise BadPayload(
            "dataframe_split is an object with 'data' and, if need be, 'columns' and 'index', "
            f"got {_keys(value) if isinstance(value, Mapping) else type_name(value)}"
        )
    return _frame(schema, value["data"], columns=value.get("columns"), index=value.get("index"))


def cast_inputs(value: Any, schema: Schema | None = None) -> Any:
    """Values by input, a list of them, or of the one input: each with the type that the schema says."""
    specs = schema.input_dict() if schema and schema.has_input_names() else {}
    if schema is not None:
        if len(specs) == 1 and isinstance(value, list) and not any(isinstance(item, dict) for item in value):
            value = {next(iter(specs)): value}
        elif not specs and not isinstance(value, list) and not is_scalar(value):
            raise BadPayload(f"the model's inputs have no names: give a list or a single value, not {type_name(value)}")
    if isinstance(value, dict):
        return {name: typed_values(item, specs.get(name)) for name, item in value.items()}
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return [{name: typed_values(item, specs.get(name)) for name, item in row.items()} for row in value]
    return typed_values(value, schema.inputs[0] if schema else None)


def _parsed(key: str, value: Any, schema: Schema | None) -> Any:
    match key:
        case "dataframe_split":
            return frame_from_split(value, schema)
        case "dataframe_records":
            if not isinstance(value, list):
                raise BadPayload(f"dataframe_records is a list of objects, got {type_name(value)}")
            return _frame(schema, value)
        case "inputs":
            return cast_inputs(value, schema)
    return _instances(value, schema)


def _instances(value: Any, schema: Schema | None) -> Any:
    """Rows made columns, for models that take each input as one array."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        data: Any = _columns_of_rows(value, schema)
    else:
        data = cast_inputs(value, schema)
    if isinstance(data, dict):
        _check_lengths(data, schema)
    return data


def _columns_of_rows(rows: list[Any], schema: Schema | None) -> dict[str, Any]:
    import numpy as np

    specs = schema.input_dict() if schema and schema.has_input_names() else {}
    columns: dict[str, list[Any]] = {}
    for row in rows:
        if not isinstance(row, dict):
            raise BadPayload(f"all instances are objects or none is, got {type_name(row)} among objects")
        for name, item in row.items():
            columns.setdefault(name, []).append(typed_values(item, specs.get(name)))
    try:
        return {name: np.array(values) for name, values in columns.items()}
    except ValueError as error:
        raise BadPayload(f"the instances cannot be made into arrays: {error}") from error


def _check_lengths(data: dict[str, Any], schema: Schema | None) -> None:
    lengths = {
        name: len(value) for name, value in data.items() if isinstance(value, list) or (is_array(value) and value.ndim)
    }
    if schema and schema.has_input_names():
        needed = {item.name for item in schema if item.required and not isinstance(item.type, Array)}
        lengths = {name: length for name, length in lengths.items() if name in needed}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name!r} has {length}" for name, length in lengths.items())
        raise BadPayload(f"the inputs have different numbers of rows: {said}")


def _frame(schema: Schema | None, data: Any, **parts: Any) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.DataFrame(data, **parts)
    except (TypeError, ValueError, AttributeError, AssertionError) as error:
        raise BadPayload(f"the request holds no table: {error}") from error
    return frame if schema is None else typed_frame(frame, schema)


def _loaded(payload: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(payload, Mapping):
        return payload
    try:
        value = json.loads(payload)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadPayload(f"the request is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadPayload(f"a request is a JSON object with one of {', '.join(FORMATS)}, got {type_name(value)}")
    return value


def _keys(value: Mapping[Any, Any]) -> str:
    return ", ".join(repr(key) for key in value) or "no keys"
