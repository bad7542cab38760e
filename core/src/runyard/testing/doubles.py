"""Proof that a contract's tests can fail: each catches a double that is wrong in just its point."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeVar

import pytest

from runyard.errors import RunyardError

ObjectT = TypeVar("ObjectT")

Factory = Callable[[], Any]


def contract_tests(contract: type) -> list[str]:
    """The names of a contract's tests, inherited ones included."""
    return sorted(name for name in dir(contract) if name.startswith("test_"))


def assert_caught(contract: type, test: str, *factories: Factory, **named_factories: Factory) -> None:
    """Check that one test of a contract fails for a wrong double.

    A factory makes a fresh value for one of the test's fixtures: in the order of its parameters, or by name. A test
    with parameters has to fail for one of them. Only a failed assertion, a missing exception and a Runyard error count:
    a double that breaks down in another way proves nothing.
    """
    function = getattr(contract, test)
    fixtures = list(inspect.signature(function).parameters)[1:]
    for values in _parameter_sets(function):
        free = [name for name in fixtures if name not in values and name not in named_factories]
        if len(free) != len(factories):
            raise TypeError(f"{contract.__name__}.{test} needs a factory each for {free}, got {len(factories)}")
        made = {name: factory() for name, factory in (*zip(free, factories, strict=True), *named_factories.items())}
        try:
            function(contract(), **values, **{name: value for name, value in made.items() if name in fixtures})
        except (AssertionError, pytest.fail.Exception, RunyardError):
            return
    raise AssertionError(f"{contract.__name__}.{test} passes for a double that it should catch")


def assert_each_has_a_double(contract: type, doubled: Collection[str]) -> None:
    """Check that no test of a contract lacks a wrong double, and that no double is for a test that is gone."""
    tests = set(contract_tests(contract))
    missing, stale = sorted(tests - set(doubled)), sorted(set(doubled) - tests)
    assert not missing, f"tests of {contract.__name__} without a wrong double: {missing}"
    assert not stale, f"doubles for tests that {contract.__name__} lacks: {stale}"


def _parameter_sets(function: Any) -> Iterator[dict[str, Any]]:
    """Every combination of what `pytest.mark.parametrize` gives a test."""
    choices: list[list[dict[str, Any]]] = []
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names, values = mark.args[0], mark.args[1]
            keys = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
            choices.append([_named(keys, value) for value in values])
    for combination in itertools.product(*choices):
        yield {name: value for part in combination for name, value in part.items()}


def _named(keys: list[str], value: Any) -> dict[str, Any]:
    values = getattr(value, "values", None) if type(value).__name__ == "ParameterSet" else None
    row = values if values is not None else (value,) if len(keys) == 1 else value
    return dict(zip(keys, row, strict=True))


def changed(reference: Callable[[], ObjectT], **methods: Callable[..., Any]) -> Callable[[], ObjectT]:
    """A factory of wrong doubles: a reference with methods replaced.

    A replacement is called with the object, the true method, bound to it, and the arguments.
    """

    def make() -> ObjectT:
        double = reference()
        for name, replacement in methods.items():
            # The class has the method; what stands on the object comes first.
            setattr(double, name, functools.partial(replacement, double, getattr(double, name)))
        return double

    return make
