"""Reads requests into attrs classes, strictly: unknown names, other types and values out of range are refused."""

from __future__ import annotations

import functools
import math
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

import attrs
import orjson

from runyard.errors import InvalidInput, did_you_mean
from runyard.validation import MAX_INT, check_text
from runyard_api_v1.fields import About, split

MAX_PARAMETERS = 100
_Read = Callable[[Any, str], Any]


def read_body(cls: type, data: bytes) -> Any:
    """What a JSON body says.

    Raises:
        InvalidInput: it is no JSON, or not what the class asks for.
    """
    try:
        plain = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is no JSON that can be read: {error}") from error
    return _reader(cls)(plain, "")


def read_parameters(cls: type | None, path: Mapping[str, str], query: bytes) -> Any:
    """What the path and the query string say.

    Raises:
        InvalidInput: a parameter is unknown, missing, given twice or of another type.
    """
    found: dict[str, Any] = dict(path)
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as error:
        raise InvalidInput(f"the query string cannot be read: {error}") from error
    for name, value in pairs:
        if name in found:
            raise InvalidInput(f"the parameter {name!r} is given twice")
        found[name] = value
    if cls is None:
        if found:
            raise InvalidInput(f"there is no parameter {next(iter(found))!r}; none is taken here")
        return None
    hints = typing.get_type_hints(cls)
    _check_names(found, tuple(hints), "parameter", "")
    typed = {name: _from_text(hints[name], value, name) for name, value in found.items()}
    return _reader(cls)(typed, "")


def _from_text(kind: Any, text: str, name: str) -> Any:
    """The value that stands as text in a URL, as far as its type needs it."""
    kinds = set(get_args(kind)) if get_origin(kind) in {Union, UnionType} else {kind}
    if bool in kinds:
        if text not in {"true", "false"}:
            raise _wrong(name, "true or false", text)
        return text == "true"
    if int in kinds or float in kinds:
        try:
            number = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise _wrong(name, "a whole number" if int in kinds else "a number", text) from None
        return number
    return text


@functools.cache
def _reader(kind: Any) -> _Read:  # noqa: PLR0911 - one case after the other
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if origin in {Union, UnionType}:
        (other,) = (argument for argument in arguments if argument is not NoneType)
        return _optional(_reader(other))
    if origin is Literal:
        return _one_of({value: value for value in arguments})
    if origin is tuple:
        return _tuple_of([_reader(argument) for argument in arguments])
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_of(_reader(arguments[1]))
    if origin is not None and issubclass(origin, Sequence):
        return _sequence_of(_reader(arguments[0]))
    if issubclass(kind, Enum):
        return _one_of({member.value: member for member in kind})
    return _object_of(kind)


def _wrong(place: str, expected: str, value: object) -> InvalidInput:
    return InvalidInput(f"{place.lstrip('.') or 'the body'} must be {expected}, got {value!r:.80}")


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise _wrong(place, "a string", value)
    return check_text(value, place.lstrip("."))


def _whole(value: Any, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -MAX_INT - 1 <= value <= MAX_INT:
        raise _wrong(place, "a whole number", value)
    return value


def _number(value: Any, place: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise _wrong(place, "a number", value)
    return float(value)


def _truth(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(place, "true or false", value)
    return value


_SIMPLE: Mapping[Any, _Read] = {
    str: _text,
    int: _whole,
    float: _number,
    bool: _truth,
    Any: lambda value, _place: value,
}


def _optional(read: _Read) -> _Read:
    return lambda value, place: None if value is None else read(value, place)


def _one_of(values: Mapping[Any, Any]) -> _Read:
    def chosen(value: Any, place: str) -> Any:
        if not isinstance(value, str) or value not in values:
            hint = did_you_mean(value, values) if isinstance(value, str) else ""
            raise InvalidInput(f"{place.lstrip('.')} must be one of {', '.join(values)}, got {value!r:.80}{hint}")
        return values[value]

    return chosen


def _sequence_of(read: _Read) -> _Read:
    return lambda value, place: tuple(read(item, f"{place}[{at}]") for at, item in enumerate(_list(value, place)))


def _tuple_of(readers: Sequence[_Read]) -> _Read:
    def items(value: Any, place: str) -> Any:
        found = _list(value, place)
        if len(found) != len(readers):
            raise _wrong(place, f"a list of {len(readers)}", value)
        return tuple(read(item, f"{place}[{at}]") for at, (read, item) in enumerate(zip(readers, found, strict=True)))

    return items


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(place, "a list", value)
    return value


def _mapping_of(read: _Read) -> _Read:
    def items(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        return {_text(key, place): read(item, f"{place}.{key}") for key, item in value.items()}

    return items


def _object_of(cls: Any) -> _Read:
    attributes = attrs.fields(cls)
    hints = typing.get_type_hints(cls, include_extras=True)
    readers: dict[str, _Read] = {}
    for one in attributes:
        kind, limits = split(hints[one.name])
        readers[one.name] = _limited(_reader(kind), limits)
    required = [one.name for one in attributes if one.default is attrs.NOTHING]

    def instance(value: Any, place: str) -> Any:
        if not isinstance(value, dict):
            raise _wrong(place, "an object", value)
        _check_names(value, tuple(readers), "field", place)
        missing = [name for name in required if name not in value]
        if missing:
            raise InvalidInput(f"{', '.join(f'{place}.{name}'.lstrip('.') for name in missing)} must be given")
        return cls(**{name: readers[name](item, f"{place}.{name}") for name, item in value.items()})

    return instance


def _check_names(found: Mapping[str, Any], known: Sequence[str], what: str, place: str) -> None:
    for name in found:
        if name not in known:
            where = f" in {place.lstrip('.')}" if place else ""
            raise InvalidInput(
                f"there is no {what} {name!r:.80}{where}{did_you_mean(name, known)}; there are {', '.join(known)}"
            )


def _limited(read: _Read, limits: About) -> _Read:
    def value_within(value: Any, place: str) -> Any:
        found = read(value, place)
        problem = None if found is None else _problem(found, limits)
        if problem:
            raise InvalidInput(f"{place.lstrip('.')} must {problem}")
        return found

    return value_within


def _problem(value: Any, limits: About) -> str | None:
    if isinstance(value, str):
        if limits.max_length is not None and len(value) > limits.max_length:
            return f"have at most {limits.max_length:,} characters, got {len(value):,}"
    elif isinstance(value, int | float):
        if limits.minimum is not None and value < limits.minimum:
            return f"be at least {limits.minimum:,}, got {value:,}"
        if limits.maximum is not None and value > limits.maximum:
            return f"be at most {limits.maximum:,}, got {value:,}"
    elif isinstance(value, tuple | dict):
        if limits.min_items is not None and len(value) < limits.min_items:
            return f"have at least {limits.min_items:,} items, got {len(value):,}"
        if limits.max_items is not None and len(value) > limits.max_items:
            return f"have at most {limits.max_items:,} items, got {len(value):,}"
    return None
