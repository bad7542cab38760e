"""Types and specs read from the JSON of a schema; what is wrong with it is said with its place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, Property, SparkMLVector, ValueType, as_type


def loaded_list(text: str, what: str) -> list[Any]:
    """The list that a JSON text holds."""
    try:
        value = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"the JSON of a {what} cannot be read: {error}") from error
    if not isinstance(value, list):
        raise InvalidInput(f"the JSON of a {what} is a list, got {value!r:.80}")
    return value


def member(value: object, key: str, place: str) -> Any:
    """What stands under a key of a JSON object; both must be there."""
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{place}: expected a JSON object, got {value!r:.80}")
    if key not in value:
        raise InvalidInput(f"{place}: {key!r} is missing; there are {', '.join(map(str, value)) or 'no keys'}")
    return value[key]


def is_required(value: Mapping[str, Any], place: str) -> bool:
    """Whether a value must be there; `optional` is how MLflow before 2.7 said it."""
    required = value.get("required", not value.get("optional", False))
    if not isinstance(required, bool):
        raise InvalidInput(f"{place}: 'required' is true or false, got {required!r}")
    return required


def read_type(value: object, place: str) -> ValueType:
    """A type from its JSON."""
    name = member(value, "type", place)
    assert isinstance(value, Mapping)
    if name == "array":
        return Array(read_type(member(value, "items", place), f"{place}.items"))
    if name == "map":
        return Map(read_type(member(value, "values", place), f"{place}.values"))
    if name == "object":
        return _read_object(member(value, "properties", place), f"{place}.properties")
    if name == "any":
        return AnyType()
    if name == "sparkml_vector":
        return SparkMLVector()
    if not isinstance(name, str):
        raise InvalidInput(f"{place}: 'type' is a string, got {name!r}")
    try:
        return DataType[name] if name in DataType.__members__ else as_type(name)
    except InvalidInput as error:
        raise InvalidInput(f"{place}: {error}") from error


def read_property(name: str, value: object, place: str) -> Property:
    """A property of an object from its JSON."""
    kind = read_type(value, place)
    assert isinstance(value, Mapping)
    return Property(name, kind, is_required(value, place))


def _read_object(properties: object, place: str) -> Object:
    if not isinstance(properties, Mapping) or not properties:
        raise InvalidInput(f"{place}: expected a JSON object with at least one property, got {properties!r:.80}")
    return Object([read_property(name, value, f"{place}.{name}") for name, value in properties.items()])
