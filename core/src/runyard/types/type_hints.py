"""Schemas from the type hints of a predict function: `list[T]`, where T is plain, nested, or a pydantic model."""

from __future__ import annotations

import datetime as dt
import inspect
import sys
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, Property, ValueType
from runyard.types.schema import Schema

# The hint of a predict function that is given its input in the form of the model's input example.
TypeFromExample = TypeVar("TypeFromExample")

PLAIN: dict[Any, DataType] = {
    int: DataType.long,
    str: DataType.string,
    bool: DataType.boolean,
    float: DataType.double,
    bytes: DataType.binary,
    dt.datetime: DataType.datetime,
}
UNIONS = (Union, UnionType)
_SUPPORTED = (
    f"a hint is list[T], where T is one of {', '.join(kind.__name__ for kind in PLAIN)}, a pydantic model, typing.Any, "
    "or a list, dict[str, …], Optional or Union of these"
)


class NoSchema(InvalidInput):
    """A hint that says nothing of a schema, as a DataFrame; the function may well be used without one."""


def hinted_types(function: Callable[..., Any]) -> tuple[Any, Any]:
    """The hints of a predict function's input and output, None where there is none."""
    if not hasattr(function, "__annotations__"):
        function = type(function).__call__  # an object that is called like a function
    name = input_name(function)
    try:
        hints = get_type_hints(function)
    except (NameError, TypeError) as error:
        raise NoSchema(f"the type hints of {function.__qualname__} cannot be read: {error}") from error
    return hints.get(name), hints.get("return")


def input_name(function: Callable[..., Any]) -> str:
    """The parameter of a predict function that takes the input: the first, or the one after a context."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    data = [name for name in names if name != "params"]
    if not data:
        raise InvalidInput(f"the predict function {function.__qualname__} takes no input, got the parameters {names}")
    return data[1] if len(data) == 2 or (data[0] == "context" and data[1:]) else data[0]


def schema_from_type_hint(hint: Any, *, is_input: bool) -> Schema:
    """The schema that a hint describes: one unnamed column, of the items of a list; only an output may be no list."""
    if _is_list(hint):
        hint = _list_item(hint)
    elif is_input:
        raise NoSchema(f"a predict function takes several inputs at once: write list[{shown(hint)}]")
    kind, required = _type(hint)
    if not required:
        raise InvalidInput(f"an input cannot be Optional, as {shown(hint)} is; use a pydantic model with such a field")
    return Schema([ColSpec(kind)])


def is_pydantic(hint: Any) -> bool:
    """Whether a hint is a pydantic model's class."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(hint, type) and issubclass(hint, pydantic.BaseModel)


def shown(hint: Any) -> str:
    """A hint as users write it."""
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint).replace("typing.", "")


def _is_list(hint: Any) -> bool:
    if get_origin(hint) in UNIONS:
        known = [item for item in get_args(hint) if item is not NoneType]
        return len(known) == 1 and len(get_args(hint)) == 2 and _is_list(known[0])
    return hint is list or get_origin(hint) is list


def _list_item(hint: Any) -> Any:
    args = get_args(hint)
    if NoneType in args:
        raise NoSchema(f"an input cannot be Optional, as {shown(hint)} is; use a pydantic model with such a field")
    if len(args) != 1:
        raise InvalidInput(f"the hint {shown(hint)} does not say what one item is; {_SUPPORTED}")
    return args[0]


def _type(hint: Any) -> tuple[ValueType, bool]:
    """The type of values of a hint, and whether there must be one."""
    if hint is Any:
        return AnyType(), True
    if isinstance(hint, type) and hint in PLAIN:
        return PLAIN[hint], True
    if is_pydantic(hint):
        return _object(hint), True
    origin = get_origin(hint)
    if origin is list:
        return Array(_type(_list_item(hint))[0]), True
    if origin is dict:
        return _map(hint), True
    if origin in UNIONS:
        return _union(get_args(hint))
    if hint in {list, dict, Union}:
        raise InvalidInput(f"the hint {shown(hint)} does not say what it holds; {_SUPPORTED}")
    raise NoSchema(f"the hint {shown(hint)} has no schema; {_SUPPORTED}")


def _map(hint: Any) -> Map:
    key, value = get_args(hint)
    if key is not str:
        raise InvalidInput(f"the keys of a dictionary are str, not {shown(key)} as in the hint {shown(hint)}")
    return Map(_type(value)[0])


def _union(args: tuple[Any, ...]) -> tuple[ValueType, bool]:
    known = [item for item in args if item is not NoneType]
    kind = _type(known[0])[0] if len(known) == 1 else AnyType()
    return kind, NoneType not in args


def _object(model: Any) -> Object:
    properties = []
    for name, field in model.model_fields.items():
        kind, required = _type(field.annotation)
        if not required and field.is_required():
            raise InvalidInput(f"the optional field {name!r} of {model.__name__} needs a default, as `= None`")
        properties.append(Property(name, kind, required))
    return Object(properties)
