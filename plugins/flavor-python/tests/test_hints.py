"""Data made to fit the type hint of a predict function."""

from __future__ import annotations

import datetime as dt
from typing import Any, Optional

import numpy as np
import pandas as pd
import pydantic
import pytest

from runyard.errors import InvalidInput
from runyard_flavor_python.hints import fitted, has_schema, is_checked, pyfunc
from runyard_flavor_python.python_model import PythonModel

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Part(pydantic.BaseModel):
    size: int


class Thing(pydantic.BaseModel):
    name: str
    parts: list[Part] = []


@pytest.mark.parametrize(
    ("data", "hint", "expected"),
    [
        ([1, 2.5], list[float], [1.0, 2.5]),
        ([np.int64(3)], list[int], [3]),
        ([NOON.isoformat()], list[dt.datetime], [NOON]),
        (["aGk=", b"raw"], list[bytes], [b"hi", b"raw"]),
        ([{"a": [1]}], list[dict[str, list[int]]], [{"a": [1]}]),
        ([None, "a"], list[Optional[str]], [None, "a"]),  # noqa: UP045 - as users write it
        ([1, "a"], list[int | str], [1, "a"]),
        ([object], list[Any], [object]),
        ([{"name": "a", "parts": [{"size": 1}]}], list[Thing], [Thing(name="a", parts=[Part(size=1)])]),
        ([Thing(name="a")], list[Thing], [Thing(name="a")]),
        (pd.DataFrame({"any": [1.5, 2.5]}), list[float], [1.5, 2.5]),
        (pd.DataFrame({"n": [1], "text": ["a"]}), list[str], ["a"]),
        (pd.DataFrame({"name": ["a"], "parts": [[{"size": 1}]]}), list[Thing], [Thing(name="a", parts=[Part(size=1)])]),
        (pd.DataFrame({0: [{"name": "a"}]}), list[Thing], [Thing(name="a")]),
        (pd.DataFrame({"a": ["x"], "b": [np.nan]}), list[dict[str, Any]], [{"a": "x", "b": None}]),
        (pd.DataFrame({"a": [np.array([1, 2])]}), list[list[int]], [[1, 2]]),
    ],
)
def test_what_fits_is_what_the_function_gets(data: Any, hint: Any, expected: Any) -> None:
    assert fitted(data, hint) == expected


@pytest.mark.parametrize(
    ("data", "hint", "message"),
    [
        ("a", list[str], r"the input must be list\[str\], got str: 'a'"),
        (["a"], list[int], "item 0 of the input must be int, got str: 'a'"),
        (["soon"], list[dt.datetime], "item 0 of the input must be datetime, got str: 'soon'"),
        (["?"], list[bytes], "item 0 of the input must be bytes"),
        ([{1: "a"}], list[dict[str, str]], r"item 0 of the input must be dict\[str, str\]"),
        ([{"a": 1}], list[dict[str, str]], "'a' of item 0 of the input must be str, got int"),
        ([{"name": 1}], list[Thing], "item 0 of the input does not fit Thing: name: Input should be a valid string"),
        (["a"], list[Thing], "item 0 of the input must be Thing, got str"),
        (pd.DataFrame({"a": [1], "b": [2]}), list[int], r"takes list\[int\], so a table needs one column, got 2"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(data: Any, hint: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        fitted(data, hint)


def test_a_class_looks_at_its_input_when_it_is_asked_directly_too() -> None:
    class Named(PythonModel):
        def predict(self, context: Any, model_input: list[Thing], params: Any = None) -> list[str]:
            return [thing.name for thing in model_input]

    assert Named().predict(None, [{"name": "a"}]) == ["a"]  # type: ignore[list-item]
    assert Named().predict(None, model_input=[Thing(name="b")]) == ["b"]
    assert Named().predict_type_hints == (list[Thing], list[str])
    with pytest.raises(InvalidInput, match="item 0"):
        Named().predict(None, [3])  # type: ignore[list-item]


def test_a_hint_without_a_schema_changes_nothing() -> None:
    def of_frame(model_input: pd.DataFrame) -> Any:
        return model_input

    def of_anything(model_input):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - the case itself
        return model_input

    for function in (of_frame, of_anything):
        assert pyfunc(function) is function
        assert not has_schema(function)


def test_a_function_is_made_to_look_once() -> None:
    def of_texts(model_input: list[str]) -> Any:
        return model_input

    checked = pyfunc(of_texts)
    assert is_checked(checked)
    assert has_schema(checked)
    assert pyfunc(checked) is checked


def test_half_a_hint_is_refused_where_the_class_is_written() -> None:
    with pytest.raises(InvalidInput, match="does not say what one item is"):

        class Half(PythonModel):
            def predict(self, context: Any, model_input: list) -> Any:  # type: ignore[type-arg]
                return model_input
