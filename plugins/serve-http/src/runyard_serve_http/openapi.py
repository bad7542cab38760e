"""The OpenAPI document of a served model, made from its signature."""

from __future__ import annotations

import json
from typing import Any

import orjson

from runyard import __version__
from runyard.server.answers import Answer
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object
from runyard.types.params import ParamSchema
from runyard.types.schema import Schema
from runyard_serve_http.requests import CSV, JSON, PARQUET
from runyard_serve_http.scoring import ScoredModel

Json = dict[str, Any]

_PLAIN: dict[DataType, Json] = {
    DataType.boolean: {"type": "boolean"},
    DataType.integer: {"type": "integer", "format": "int32"},
    DataType.long: {"type": "integer", "format": "int64"},
    DataType.float: {"type": "number", "format": "float"},
    DataType.double: {"type": "number", "format": "double"},
    DataType.string: {"type": "string"},
    DataType.binary: {"type": "string", "contentEncoding": "base64"},
    DataType.datetime: {"type": "string", "format": "date-time"},
}
_ERROR = {
    "type": "object",
    "properties": {"error_code": {"type": "string"}, "message": {"type": "string"}},
    "required": ["error_code", "message"],
}
_TEXT = {"schema": {"type": "string"}}
_FAILURES = {
    "400": "The request is not what the model takes, or the model failed for it.",
    "413": "The request is too large.",
    "415": "The content type is missing or is not read.",
    "503": "Too many requests wait; Retry-After says when to try again.",
    "504": "The prediction took too long.",
}


def answer(model: ScoredModel) -> Answer:
    """The document as an answer."""
    return Answer(200, orjson.dumps(document(model)), JSON.encode())


def document(model: ScoredModel) -> Json:
    """What the model's server answers."""
    signature = model.model.metadata.signature
    request = request_schema(signature.inputs if signature else None, signature.params if signature else None)
    content: Json = {JSON: {"schema": request}}
    example = model.example()
    if example is not None:
        content[JSON]["example"] = json.loads(example)
    content |= {CSV: _TEXT, PARQUET: {"schema": {"type": "string", "contentMediaType": PARQUET}}}
    outputs = signature.outputs if signature else None
    reply = {"type": "object", "properties": {"predictions": _predictions(outputs)}, "required": ["predictions"]}
    responses: Json = {"200": {"description": "The predictions.", "content": {JSON: {"schema": reply}}}}
    responses["200"]["headers"] = {
        "X-Runyard-Model-Version": {"description": "The version that answered.", "schema": {"type": "string"}}
    }
    for status, description in _FAILURES.items():
        form = {"text/plain": _TEXT} if status == "415" else {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
        responses[status] = {"description": description, "content": form}
    asked = {
        "operationId": "predict",
        "summary": "Predictions for data.",
        "requestBody": {"required": True, "content": content},
        "responses": responses,
    }
    paths: Json = {"/invocations": {"post": asked}}
    for path, summary in (("/ping", "Whether the server answers."), ("/version", "Runyard's version.")):
        operation = {"operationId": path[1:], "summary": summary, "responses": {"200": {"description": summary}}}
        paths[path] = {"get": operation}
    title = f"{model.uri} version {model.version}" if model.version else model.uri
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__},
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }


def request_schema(inputs: Schema | None, params: ParamSchema | None) -> Json:
    """What a JSON request holds: the data in one of the formats, and params."""
    names = [spec.name for spec in inputs or () if spec.name is not None]
    rows = inputs.inputs if inputs is not None else []
    forms: list[Json] = []
    if inputs is None or not inputs.is_tensor_spec():
        row = [_value(spec) for spec in rows]
        split: Json = {
            "type": "object",
            "properties": {
                "columns": {"type": "array", **({"const": names} if names else {})},
                "data": {"type": "array", "items": _row(row)},
            },
            "required": ["data", *(["columns"] if names else [])],
        }
        forms.append(_only("dataframe_split", split))
        record: Json = {"type": "object"}
        if names:
            record["properties"] = {spec.name: _value(spec) for spec in rows}
            record["required"] = [spec.name for spec in rows if spec.required]
        forms.append(_only("dataframe_records", {"type": "array", "items": record}))
    forms.extend(_only(key, _values(inputs)) for key in ("inputs", "instances"))
    schema: Json = {"type": "object", "oneOf": forms}
    if params is not None:
        given = {spec.name: {**_plain(spec.dtype), "default": spec.default} for spec in params if spec.shape is None}
        schema["properties"] = {"params": {"type": "object", "properties": json.loads(json.dumps(given, default=str))}}
    return schema


def _only(key: str, schema: Json) -> Json:
    return {"properties": {key: schema}, "required": [key]}


def _row(values: list[Json]) -> Json:
    if not values:
        return {"type": "array"}
    if all(value == values[0] for value in values):
        return {"type": "array", "items": values[0], "minItems": len(values), "maxItems": len(values)}
    return {"type": "array", "prefixItems": values, "minItems": len(values), "maxItems": len(values)}


def _values(inputs: Schema | None) -> Json:
    if inputs is None or not inputs.is_tensor_spec():
        return {}
    if not inputs.has_input_names():
        return _value(inputs.inputs[0])
    return {"type": ["object", "array"]}


def _value(spec: ColSpec | TensorSpec) -> Json:
    if isinstance(spec, ColSpec):
        return _plain(spec.type)
    kinds = {"f": "number", "i": "integer", "u": "integer", "b": "boolean"}
    item: Json = {"type": kinds.get(spec.type.kind, "string")}
    for size in reversed(spec.shape):
        sizes = {} if size == -1 else {"minItems": size, "maxItems": size}
        item = {"type": "array", "items": item, **sizes}
    return item


def _plain(kind: Any) -> Json:
    if isinstance(kind, DataType):
        return _PLAIN[kind]
    if isinstance(kind, Array):
        return {"type": "array", "items": _plain(kind.dtype)}
    if isinstance(kind, Map):
        return {"type": "object", "additionalProperties": _plain(kind.value_type)}
    if isinstance(kind, Object):
        return {
            "type": "object",
            "properties": {item.name: _plain(item.dtype) for item in kind.properties},
            "required": [item.name for item in kind.properties if item.required],
        }
    assert isinstance(kind, AnyType)
    return {}


def _predictions(outputs: Schema | None) -> Json:
    if outputs is None:
        return {}
    spec = outputs.inputs[0]
    if len(outputs) == 1 and isinstance(spec, TensorSpec) and spec.name is None:
        return _value(spec)
    if isinstance(spec, TensorSpec):
        return {}
    if len(outputs) == 1 and spec.name is None:
        return {"type": "array", "items": _value(spec)}
    record = {"type": "object", "properties": {item.name or str(at): _value(item) for at, item in enumerate(outputs)}}
    return {"type": "array", "items": record}
