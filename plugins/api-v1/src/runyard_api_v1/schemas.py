"""JSON Schemas of the classes that requests and answers are made of, for OpenAPI 3.1."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from runyard_api_v1.fields import split

Schema = dict[str, Any]

FLOAT: Schema = {
    "description": "A number; NaN and the infinities, which JSON lacks, as texts.",
    "anyOf": [{"type": "number"}, {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]}],
}


class Schemas:
    """Named schemas, collected while they are referred to.

    A request may leave out what has a default; an answer always has every field.
    """

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}
        self._owners: dict[str, tuple[Any, bool]] = {}

    def of(self, kind: Any, *, answer: bool) -> Schema:  # noqa: PLR0911 - one case after the other
        """The schema of a type, a reference where it has a name."""
        origin, arguments = get_origin(kind), get_args(kind)
        if kind is Any:
            return {}
        if kind is float and answer:
            self.components.setdefault("Float", FLOAT)
            return _reference("Float")
        if kind in _SIMPLE:
            return dict(_SIMPLE[kind])
        if origin in {Union, UnionType}:
            return _union([self.of(argument, answer=answer) for argument in arguments])
        if origin is Literal:
            return {"type": "string", "enum": list(arguments)}
        if origin is tuple and Ellipsis not in arguments:
            items = [self.of(argument, answer=answer) for argument in arguments]
            return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
        if origin is not None and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1], answer=answer)}
        if origin is not None and issubclass(origin, Sequence):
            return {"type": "array", "items": self.of(arguments[0], answer=answer)}
        return self._named(kind, answer=answer)

    def field(self, kind: Any, default: Any, *, answer: bool) -> Schema:
        """The schema of a field, with its limits, default and description."""
        plain, told = split(kind)
        schema = self.of(plain, answer=answer)
        things = "Properties" if schema.get("type") == "object" else "Items"
        limits = {
            "minimum": told.minimum,
            "maximum": told.maximum,
            f"min{things}": told.min_items,
            f"max{things}": told.max_items,
            "maxLength": told.max_length,
        }
        schema |= {name: value for name, value in limits.items() if value is not None}
        if not answer and isinstance(default, str | int | float | tuple) and "$ref" not in schema:
            schema["default"] = list(default) if isinstance(default, tuple) else default
        if told.text:
            schema["description"] = told.text
        return schema

    def _named(self, cls: Any, *, answer: bool) -> Schema:
        name = cls.__name__
        owner = self._owners.setdefault(name, (cls, answer))
        if owner[0] is not cls or (owner[1] is not answer and attrs.has(cls)):
            raise TypeError(f"the schema {name} would have two meanings: {owner} and {(cls, answer)}")
        if name not in self.components:
            self.components[name] = {}  # taken, for classes that refer to themselves
            self.components[name] |= self._described(cls, answer=answer)
        return _reference(name)

    def _described(self, cls: Any, *, answer: bool) -> Schema:
        text = inspect.cleandoc(cls.__doc__ or "")
        told = {"description": text} if text and not text.startswith(("Method generated", f"{cls.__name__}(")) else {}
        if issubclass(cls, Enum):
            return {"type": "string", "enum": [member.value for member in cls], **told}
        hints = typing.get_type_hints(cls, include_extras=True)
        if attrs.has(cls):
            fields = {one.name: self.field(hints[one.name], one.default, answer=answer) for one in attrs.fields(cls)}
            required = [one.name for one in attrs.fields(cls) if answer or one.default is attrs.NOTHING]
        else:
            fields = {name: self.of(hints[name], answer=answer) for name in cls._fields}
            required = list(cls._fields)
        schema: Schema = {"type": "object", "properties": fields, **told}
        if required:
            schema["required"] = required
        return schema if answer else {**schema, "additionalProperties": False}


_SIMPLE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer", "format": "int64"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _union(schemas: list[Schema]) -> Schema:
    if len(schemas) == 2 and schemas[1] == {"type": "null"} and isinstance(schemas[0].get("type"), str):
        if "enum" in schemas[0]:
            return {**schemas[0], "type": [schemas[0]["type"], "null"], "enum": [*schemas[0]["enum"], None]}
        return {**schemas[0], "type": [schemas[0]["type"], "null"]}
    return {"anyOf": schemas}
