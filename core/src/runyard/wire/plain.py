"""Turns entities into plain JSON values and back, checking every type on the way in."""

from __future__ import annotations

import functools
import math
import typing
from array import array
from collections.abc import Callable, Hashable, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs

from runyard.errors import InvalidInput
from runyard.validation import MAX_INT, check_text

EntityT = TypeVar("EntityT")
_Read = Callable[[Any, str], Any]
_SPECIAL = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_plain(value: Any) -> Any:
    """An entity, or anything made of entities, as JSON values; NaN and the infinities are MLflow's texts."""
    if value is None or isinstance(value, str | bool | int):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else plain_float(value)
    if attrs.has(type(value)):
        return {name: to_plain(getattr(value, name)) for name in _fields(cast("Hashable", type(value)))}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: to_plain(getattr(value, name)) for name in value._fields}
    if isinstance(value, Mapping):
        return {str(to_plain(key)): to_plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | array) and not isinstance(value, bytes):
        return [to_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no plain form")


def plain_float(value: float) -> float | str:
    """A float as JSON has it, `"NaN"`, `"Infinity"` or `"-Infinity"`."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def from_plain(cls: type[EntityT], plain: object) -> EntityT:
    """The entity that plain values describe. Names it does not know are passed over, as newer versions may add some.

    Raises:
        InvalidInput: something is missing or of another type, said with its place.
    """
    entity: EntityT = _reader(cast("Hashable", cls))(plain, "")
    return entity


@functools.cache
def _fields(cls: Any) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(cls))


@functools.cache
def _reader(kind: Any) -> _Read:
    """What reads values of a type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _optional(kind, arguments)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if origin is not None:
        return _collection(kind, origin, arguments)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _member_of(kind)
    return _entity_of(kind)


def _collection(kind: Any, origin: Any, arguments: tuple[Any, ...]) -> _Read:
    if origin is tuple and Ellipsis not in arguments:
        return _tuple_of([_reader(argument) for argument in arguments])
    if issubclass(origin, Mapping):
        return _mapping_of(_reader(arguments[1]))
    if issubclass(origin, Sequence):
        return _sequence_of(_reader(arguments[0]))
    raise TypeError(f"{kind} cannot be read from plain values")


def _fail(place: str, expected: str, value: object) -> InvalidInput:
    return InvalidInput(f"{place.lstrip('.') or 'the value'} must be {expected}, got {value!r:.80}")


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _fail(place, "a string", value)
    return check_text(value, place.lstrip("."))


def _whole(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -MAX_INT - 1 <= value <= MAX_INT:
        raise _fail(place, "a whole number", value)
    return value


def _number(value: Any, place: str) -> float:
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _fail(place, "a number", value)
    try:
        return float(value)
    except OverflowError:
        raise _fail(place, "a number of at most 1.8e308", value) from None


def _truth(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _fail(place, "true or false", value)
    return value


_SIMPLE: Mapping[Any, _Read] = {str: _text, int: _whole, float: _number, bool: _truth}


def _optional(kind: Any, arguments: tuple[Any, ...]) -> _Read:
    others = [argument for argument in arguments if argument is not NoneType]
    if len(others) != 1:
        raise TypeError(f"{kind} cannot be read from plain values")
    read = _reader(others[0])
    return lambda value, place: None if value is None else read(value, place)


def _sequence_of(read: _Read) -> _Read:
    def items(value: Any, place: str) -> Any:
        return [read(item, f"{place}[{at}]") for at, item in enumerate(_list(value, place))]

    return items


def _tuple_of(readers: list[_Read]) -> _Read:
    def items(value: Any, place: str) -> Any:
        found = _list(value, place)
        if len(found) != len(readers):
            raise _fail(place, f"a list of {len(readers)}", value)
        return tuple(read(item, f"{place}[{at}]") for at, (read, item) in enumerate(zip(readers, found, strict=True)))

    return items


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _fail(place, "a list", value)
    return list(value)


def _mapping_of(read: _Read) -> _Read:
    def items(value: Any, place: str) -> Any:
        found = _object(value, place)
        return {_text(key, place): read(item, f"{place}.{key}") for key, item in found.items()}

    return items


def _object(value: Any, place: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise _fail(place, "an object", value)
    return value


def _member_of(kind: type[Enum]) -> _Read:
    members = {member.value: member for member in kind}

    def member(value: Any, place: str) -> Any:
        if not isinstance(value, str) or value not in members:
            raise _fail(place, f"one of {', '.join(members)}", value)
        return members[value]

    return member


def _entity_of(cls: Any) -> _Read:
    if not attrs.has(cls) and not hasattr(cls, "_fields"):
        raise TypeError(f"{cls} cannot be read from plain values")
    hints = typing.get_type_hints(cls)
    names = _fields(cls) if attrs.has(cls) else cls._fields
    required = set(names) - _with_default(cls)
    readers: dict[str, _Read] = {name: _reader(hints[name]) for name in names}

    def entity(value: Any, place: str) -> Any:
        found = _object(value, place)
        missing = required - found.keys()
        if missing:
            raise InvalidInput(f"{place.lstrip('.') or cls.__name__} lacks {', '.join(sorted(missing))}")
        return cls(**{name: read(found[name], f"{place}.{name}") for name, read in readers.items() if name in found})

    return entity


def _with_default(cls: Any) -> set[str]:
    if attrs.has(cls):
        return {field.name for field in attrs.fields(cls) if field.default is not attrs.NOTHING}
    return set(cls._field_defaults)
