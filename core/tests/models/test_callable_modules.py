"""Which modules functions, classes and objects use."""

from __future__ import annotations

import collections
import decimal
import functools
import json
import subprocess
import sys
import xml.dom
import xml.sax
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.linear_model import LinearRegression
from sklearn.utils.murmurhash import murmurhash3_32 as compiled

from runyard.models.callable_modules import modules_of_callable

SHARED = decimal.Decimal(1)


def local(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as if `__main__` had defined it: cloudpickle would keep it by value."""
    function.__module__ = "__main__"
    return function


@local
def calls_numpy() -> Any:
    return np.zeros(3)


@local
def calls_another() -> Any:
    return [calls_numpy() for _ in range(3)]


@local
def imports_late() -> Any:
    import sqlite3.dbapi2
    from html import parser

    return sqlite3, parser


@local
def uses_a_part() -> Any:
    return xml.dom.Node


@local
def reads_attributes(value: Any) -> Any:
    return value.yaml, value.json


@local
def has_defaults(first: Any = SHARED, *, second: Any = json.dumps) -> Any:
    return first, second


@local
def is_annotated(first: np.ndarray) -> None:
    return None


is_annotated.__annotations__ = {"first": np.ndarray}


@pytest.mark.parametrize(
    ("found", "modules"),
    [
        (len, {"builtins"}),
        (json.dumps, {"json"}),
        (LinearRegression, {"sklearn.linear_model._base"}),
        (LinearRegression(), {"sklearn.linear_model._base"}),
        (LinearRegression().fit, {"sklearn.linear_model._base"}),
        (np, {"numpy"}),
        (np.add, {"numpy"}),
        (compiled, {"sklearn.utils.murmurhash"}),
        (calls_numpy, {"numpy"}),
        (calls_another, {"numpy", "builtins"}),
        (lambda: yaml, {"yaml"}),
        (functools.partial(calls_numpy, SHARED), {"numpy", "decimal"}),
        (imports_late, {"sqlite3.dbapi2", "html", "html.parser"}),
        (reads_attributes, set()),
        (has_defaults, {"decimal", "json"}),
        (is_annotated, {"numpy"}),
    ],
)
def test_the_modules_are_those_it_needs(found: Any, modules: set[str]) -> None:
    # What every object is made of is of no interest.
    assert modules_of_callable(found) - {"builtins", "abc"} == modules - {"builtins"}


def test_parts_of_a_package_are_found_where_the_code_names_them() -> None:
    found = modules_of_callable(uses_a_part)
    assert "xml.dom" in found
    assert "xml.sax" in sys.modules
    assert "xml.sax" not in found


def test_closures_and_what_wraps_are_followed() -> None:
    inner = collections.OrderedDict(a=1)

    def wraps(function: Callable[[], Any]) -> Callable[[], Any]:
        @functools.wraps(function)
        def wrapper() -> Any:
            return function(), inner

        return wrapper

    assert {"yaml", "collections"} <= modules_of_callable(wraps(lambda: yaml.safe_load("1")))


def test_what_an_object_holds_is_looked_at_where_its_class_is_kept_by_value() -> None:
    class Model:
        def __init__(self) -> None:
            self.regression = LinearRegression()
            self.load = yaml.safe_load

    assert {"sklearn.linear_model._base", "yaml"} <= modules_of_callable(Model())


def test_a_script_of_ones_own_is_followed_and_pytest_is_not_found_for_being_imported() -> None:
    script = """
import pytest, numpy, yaml, json, wave
from sklearn.linear_model import LinearRegression
from sklearn.utils.murmurhash import murmurhash3_32 as compiled
from runyard.models.callable_modules import modules_of_callable
class Model(LinearRegression):
    def predict(self, data):
        return helper(data)
    @staticmethod
    def read(text):
        return yaml.safe_load(text)
    @property
    def shown(self):
        return json.dumps({})
def helper(data):
    return numpy.mean(data)
print(*sorted({name.partition(".")[0] for name in modules_of_callable(Model())} - {"builtins"}))
"""
    found = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert found == ["abc", "json", "numpy", "sklearn", "yaml"]


def test_an_empty_cell_and_a_circle_do_no_harm() -> None:
    def make() -> Callable[[], Any]:
        def first() -> Any:
            return second(), missing  # noqa: F821 - a cell that is never filled

        def second() -> Any:
            return first(), np

        missing: int
        return first

    assert "numpy" in modules_of_callable(make())


assert xml.sax
