"""Makes doubles that are wrong in one method, for the proof that a contract's tests can fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from runyard.errors import RunyardError

StoreT = TypeVar("StoreT")

Method = Callable[..., Any]  # takes the double, the right method, and what the method is called with


def wrong(right: type[StoreT], **methods: Method) -> type[StoreT]:
    """A subclass of which these methods are replaced."""

    def replaced(name: str, replacement: Method) -> Method:
        def call(double: Any, *arguments: Any, **named: Any) -> Any:
            original = getattr(right, name).__get__(double)
            return replacement(double, original, *arguments, **named)

        return call

    return type("Wrong", (right,), {name: replaced(name, method) for name, method in methods.items()})


def ignore(double: Any, original: Method, *arguments: Any, **named: Any) -> None:
    """Does nothing."""


def swallow(error: type[RunyardError], instead: Any = None) -> Method:
    """Does as it should, but hides an error."""

    def call(double: Any, original: Method, *arguments: Any, **named: Any) -> Any:  # noqa: ARG001 - a Method
        try:
            return original(*arguments, **named)
        except error:
            return instead

    return call


def result(change: Callable[[Any], Any]) -> Method:
    """Gives something else than it should."""

    def call(double: Any, original: Method, *arguments: Any, **named: Any) -> Any:  # noqa: ARG001 - a Method
        return change(original(*arguments, **named))

    return call


def given(change: Callable[[Any], Any]) -> Method:
    """Takes its first argument for something else."""

    def call(double: Any, original: Method, first: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ARG001 - a Method
        return original(change(first), *arguments, **named)

    return call


def refuse(error: RunyardError, when: Callable[..., bool]) -> Method:
    """Refuses what it should not."""

    def call(double: Any, original: Method, *arguments: Any, **named: Any) -> Any:
        if when(double, *arguments, **named):
            raise error
        return original(*arguments, **named)

    return call


def evolve(**changes: Any) -> Callable[[Any], Any]:
    """A change of a frozen value."""
    return lambda value: attrs.evolve(value, **changes)
