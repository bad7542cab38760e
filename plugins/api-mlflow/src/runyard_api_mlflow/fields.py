"""Reads the fields of a request with MLflow's lenience: both spellings of a name, numbers as text, and its messages."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, NoReturn, TypeVar, overload

from runyard.errors import InvalidInput
from runyard.validation import MAX_INT

SEE_DOCS = "See the API docs for more information about request parameters."
ValueT = TypeVar("ValueT")
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

_SHOWN = 200
_INFINITIES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class Fields:
    """The fields of a JSON object, or of a query string, where every value is a list of texts (`repeated`)."""

    __slots__ = ("_repeated", "_values")

    def __init__(self, values: Mapping[str, Any], *, repeated: bool = False) -> None:
        self._values = values
        self._repeated = repeated

    def has(self, name: str) -> bool:
        """Whether a field was sent with a value, an empty one included."""
        return self._get(name) is not None

    @overload
    def text(self, name: str, *, required: Literal[True]) -> str: ...
    @overload
    def text(self, name: str, *, default: str) -> str: ...
    @overload
    def text(self, name: str, *, required: bool = False, default: str | None = None) -> str | None: ...
    def text(self, name: str, *, required: bool = False, default: str | None = None) -> str | None:
        """A text; one that is required must not be empty.

        Raises:
            InvalidInput: it is missing, or no text.
        """
        value = self._get(name)
        if value is None or (value == "" and required):
            return _absent(name, required=required, default=default)
        if not isinstance(value, str):
            invalid(name, value)
        return checked(name, value)

    @overload
    def integer(self, name: str, *, required: Literal[True]) -> int: ...
    @overload
    def integer(self, name: str, *, default: int) -> int: ...
    @overload
    def integer(self, name: str, *, required: bool = False, default: int | None = None) -> int | None: ...
    def integer(self, name: str, *, required: bool = False, default: int | None = None) -> int | None:
        """A whole number of 64 bits, perhaps written as a text.

        Raises:
            InvalidInput: it is missing, or no such number.
        """
        value = self._get(name)
        if value is None or value == "":
            return _absent(name, required=required, default=default)
        number = as_integer(value)
        if number is None:
            invalid(name, value)
        return number

    @overload
    def number(self, name: str, *, required: Literal[True]) -> float: ...
    @overload
    def number(self, name: str, *, default: float) -> float: ...
    @overload
    def number(self, name: str, *, required: bool = False, default: float | None = None) -> float | None: ...
    def number(self, name: str, *, required: bool = False, default: float | None = None) -> float | None:
        """A number, perhaps written as a text; "NaN", "Infinity" and "-Infinity" are numbers.

        Raises:
            InvalidInput: it is missing, or no number.
        """
        value = self._get(name)
        if value is None or value == "":
            return _absent(name, required=required, default=default)
        number = as_number(value)
        if number is None:
            invalid(name, value)
        return number

    def flag(self, name: str, *, required: bool = False, default: bool = False) -> bool:
        """True or false; in a query string `true` or `false` in any case.

        Raises:
            InvalidInput: it is missing, or neither.
        """
        value = self._get(name)
        if self._repeated and isinstance(value, str):
            if value.lower() not in {"true", "false"}:
                raise InvalidInput(f"Invalid boolean value: {value[:_SHOWN]}, must be 'true' or 'false'.")
            return value.lower() == "true"
        if value is None:
            return bool(_absent(name, required=required, default=default))
        if not isinstance(value, bool):
            invalid(name, value)
        return value

    def choice(self, name: str, options: type[ChoiceT]) -> ChoiceT | None:
        """One of some words, or its number counted from 1, as in MLflow's protocol; None where it is missing.

        Raises:
            InvalidInput: it is none of them.
        """
        value = self._get(name)
        if value is None:
            return None
        words = list(options)
        number = as_integer(value)
        if number is not None and 1 <= number <= len(words):
            return words[number - 1]
        if value not in words:
            shown = ", ".join(words)
            raise InvalidInput(f"Invalid value {_shown(value)} for parameter '{name}' supplied: it is one of {shown}.")
        return options(value)

    def list_of_text(self, name: str, *, required: bool = False) -> list[str]:
        """A list of texts; empty where it is missing.

        Raises:
            InvalidInput: it is no list, or something in it is no text.
        """
        values = self._list(name, required=required)
        if not all(isinstance(value, str) for value in values):
            invalid(name, values)
        return [checked(name, value) for value in values]

    def items(self, name: str, *, required: bool = False) -> list[Fields]:
        """A list of objects; empty where it is missing.

        Raises:
            InvalidInput: it is no list, or something in it is no object.
        """
        return [Fields(value) for value in self.objects(name, required=required)]

    def object(self, name: str, *, required: bool = False) -> Fields:
        """An object; empty where it is missing.

        Raises:
            InvalidInput: it is missing, or no object.
        """
        value = self._get(name)
        if value is None:
            return Fields(_absent(name, required=required, default={}))
        if not isinstance(value, dict):
            invalid(name, value)
        return Fields(value)

    def objects(self, name: str, *, required: bool = False) -> Sequence[dict[str, Any]]:
        """The same as they were sent, for lists too long for `items`."""
        values = self._list(name, required=required)
        if not set(map(type, values)) <= {dict}:
            invalid(name, values)
        return values

    def pairs(self, name: str) -> dict[str, str]:
        """A list of `{key, value}` objects as a mapping, the last one of a key deciding; a missing value is empty."""
        return {item.text("key", required=True): item.text("value", default="") for item in self.items(name)}

    def _list(self, name: str, *, required: bool) -> Sequence[Any]:
        values = self._get(name, all_of_them=True)
        if values is None:
            return _absent(name, required=required, default=[])
        if not isinstance(values, list):
            invalid(name, values)
        return values

    def _get(self, name: str, *, all_of_them: bool = False) -> Any:
        value = self._values.get(name)
        other = camel_case(name)
        if other != name and other in self._values:
            if name in self._values:
                raise InvalidInput(f"Request specifies both '{name}' and '{other}'; provide only one of them.")
            value = self._values[other]
        return value[0] if self._repeated and value and not all_of_them else value


@functools.cache
def camel_case(name: str) -> str:
    """The other spelling of a field: `runId` for `run_id`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def as_integer(value: Any) -> int | None:
    """A whole number of 64 bits, None for anything else."""
    try:
        whole = int(value) if isinstance(value, int | str | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    if whole is None or (isinstance(value, float) and whole != value) or not -MAX_INT - 1 <= whole <= MAX_INT:
        return None
    return whole


def as_number(value: Any) -> float | None:
    """A number, None for anything else."""
    if isinstance(value, str):
        if value in _INFINITIES:
            return _INFINITIES[value]
        try:
            number = float(value)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _absent(name: str, *, required: bool, default: ValueT) -> ValueT:
    if required:
        missing(name)
    return default


def missing(name: str) -> NoReturn:
    """Refuse a request that lacks a field."""
    raise InvalidInput(f"Missing value for required parameter '{name}'. {SEE_DOCS}")


def invalid(name: str, value: Any) -> NoReturn:
    """Refuse a value of the wrong kind."""
    hint = f" Hint: Value was of type '{type(value).__name__}'."
    raise InvalidInput(f"Invalid value {_shown(value)} for parameter '{name}' supplied: {hint} {SEE_DOCS}")


def checked(name: str, text: str) -> str:
    """The same text, which every store can look for."""
    if "\0" in text:
        raise InvalidInput(f"Parameter '{name}' holds a NUL character, which is allowed nowhere.")
    return text


def _shown(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), sort_keys=True)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
