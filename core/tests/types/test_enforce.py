"""Data is made to fit a schema, refused in one clear line, and never changed under its owner's hands."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import AnyType, Array, Object, Property
from runyard.types.enforce import Enforcer, ParamEnforcer, enforce
from runyard.types.params import ParamSchema, ParamSpec
from runyard.types.schema import Schema

TWO = Schema([ColSpec("double", "a"), ColSpec("double", "b")])


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})


def test_a_frame_that_fits_comes_back_equal_each_time(frame: pd.DataFrame) -> None:
    enforcer = Enforcer(TWO)
    for _ in range(3):
        pd.testing.assert_frame_equal(enforcer(frame), frame)


@pytest.mark.parametrize("calls", [1, 2, 3])
def test_a_model_that_writes_into_its_input_changes_nothing_of_the_caller(frame: pd.DataFrame, calls: int) -> None:
    enforcer, before = Enforcer(TWO), frame.copy()
    for _ in range(calls):
        given = enforcer(frame)
        given.loc[0, "a"] = 99.0
        given["new"] = 1
    pd.testing.assert_frame_equal(frame, before)


def test_what_was_learnt_of_one_layout_does_not_let_another_pass(frame: pd.DataFrame) -> None:
    enforcer = Enforcer(TWO)
    enforcer(frame)
    enforcer(frame)
    with pytest.raises(InvalidInput, match="columns are missing: 'b'; there are 'a'"):
        enforcer(frame[["a"]])
    with pytest.raises(InvalidInput, match="column 'b': int64 does not become double without loss"):
        enforcer(frame.astype({"b": "int64"}))
    assert list(enforcer(frame[["b", "a"]]).columns) == ["a", "b"]
    assert enforcer(frame.astype({"b": "float32"})).dtypes["b"] == np.float64
    with pytest.warns(UserWarning, match="does not know are dropped: 'c'"):
        assert list(enforcer(frame.assign(c=1)).columns) == ["a", "b"]


def test_what_an_optional_column_is_missing_from_is_learnt_too(frame: pd.DataFrame) -> None:
    enforcer = Enforcer(Schema([ColSpec("double", "a"), ColSpec("string", "s", required=False)]))
    for _ in range(2):
        assert list(enforcer(frame[["a"]]).columns) == ["a"]
    with_text = frame[["a"]].assign(s=pd.Series(["x", None]))
    for _ in range(2):
        assert list(enforcer(with_text).columns) == ["a", "s"]


def test_objects_are_looked_at_each_time() -> None:
    enforcer = Enforcer(Schema([ColSpec("double", "a"), ColSpec(Array("double"), "l")]))
    good = pd.DataFrame({"a": [1.0], "l": [[1.0, 2.0]]})
    for _ in range(2):
        pd.testing.assert_frame_equal(enforcer(good), good)
    with pytest.raises(InvalidInput, match="column 'l'"):
        enforcer(pd.DataFrame({"a": [1.0], "l": [["x"]]}))


def test_an_array_that_fits_is_handed_on_itself() -> None:
    enforcer = Enforcer(Schema([TensorSpec("float64", (-1, 3))]))
    array = np.ones((2, 3))
    assert enforcer(array) is array
    with pytest.raises(InvalidInput, match=r"the shape \(2, 4\) is not \(-1, 3\)"):
        enforcer(np.ones((2, 4)))
    with pytest.raises(InvalidInput, match="the dtype float32 is not float64"):
        enforcer(np.ones((2, 3), "float32"))
    with pytest.raises(InvalidInput, match=r"the model takes an array .* got list"):
        enforcer([[1.0]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"a": 1.0}, "columns are missing: 'b'; there are 'a'"),
        (None, "the model takes a table, got NoneType"),
        ({"a": [1.0], "b": [1.0, 2.0]}, "this dict cannot be one"),
        (pd.DataFrame([[1.0, 2.0, 3.0]], columns=["a", "b", "a"]), "columns are there more than once: 'a'"),
        (pd.DataFrame({"a": [1.0], "b": ["x"]}), "column 'b': str does not become double without loss"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(data: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        enforce(data, TWO)
    assert "\n" not in str(caught.value)


def test_integers_that_became_floats_for_missing_values_are_explained() -> None:
    with pytest.raises(InvalidInput, match="missing values, which integers cannot hold"):
        enforce(pd.DataFrame({"n": [1.0, float("nan")]}), Schema([ColSpec("long", "n")]))


def test_what_is_wrong_within_a_value_is_said_with_its_place() -> None:
    person = Object([Property("name", "string"), Property("tags", Array("string"), required=False)])
    enforcer = Enforcer(Schema([ColSpec(Array(person), "people")]))
    with pytest.raises(InvalidInput, match=r"column 'people'\[\]: 'name' missing; there are 'tags'"):
        enforcer({"people": [{"tags": []}]})
    with pytest.raises(InvalidInput, match=r"column 'people'\[\]: 'size' not in the schema, which has 'name', 'tags'"):
        enforcer({"people": [{"name": "a", "size": 1}]})
    with pytest.raises(InvalidInput, match=r"column 'people'\[\]\.tags: expected Array\(string\), got 'x' of type str"):
        enforcer({"people": [{"name": "a", "tags": "x"}]})


def test_enforcing_leaves_the_objects_of_the_caller_alone() -> None:
    value = {"x": 1, "l": [1, 0]}
    kind = Object([Property("x", "double"), Property("l", Array("double"))])
    made = enforce(pd.DataFrame({"o": [value]}), Schema([ColSpec(kind, "o")]))
    assert made["o"].iloc[0] == {"x": 1.0, "l": [1.0, 0.0]}
    assert type(value["x"]) is int
    assert value["l"] == [1, 0]


def test_any_column_is_left_alone() -> None:
    frame = pd.DataFrame({"c": pd.Categorical(["x", "y"])})
    assert enforce(frame, Schema([ColSpec(AnyType(), "c")])).dtypes["c"] == frame.dtypes["c"]


def test_params_get_defaults_and_lose_what_is_unknown() -> None:
    enforcer = ParamEnforcer(ParamSchema([ParamSpec("k", "long", 1), ParamSpec("l", "string", ["a"], (-1,))]))
    assert enforcer() == {"k": 1, "l": ["a"]}
    assert enforcer({"k": np.int64(2)}) == {"k": 2, "l": ["a"]}
    with pytest.warns(UserWarning, match="are dropped: z; it knows k, l"):
        assert enforcer({"z": 1}) == {"k": 1, "l": ["a"]}
    with pytest.raises(InvalidInput, match="param 'k': expected long, got 'x' of type str; param 'l': expected a list"):
        enforcer({"k": "x", "l": 1})


def test_a_default_that_a_model_changes_is_fresh_in_the_next_call() -> None:
    enforcer = ParamEnforcer(ParamSchema([ParamSpec("l", "string", ["a"], (-1,))]))
    first = enforcer()
    assert first is not None
    first["l"].append("b")
    assert enforcer() == {"l": ["a"]}


def test_a_param_too_large_for_its_type_is_refused_by_name() -> None:
    enforcer = ParamEnforcer(ParamSchema([ParamSpec("scale", "double", 1.0)]))
    with pytest.raises(InvalidInput, match=r"'scale'.* too large for double"):
        enforcer({"scale": 10**400})


def test_params_of_a_model_that_takes_none_are_dropped() -> None:
    enforcer = ParamEnforcer(None)
    assert enforcer() is None
    assert enforcer({}) == {}
    with pytest.warns(UserWarning, match="params are dropped, for the model's signature says of none: k"):
        assert enforcer({"k": 1}) == {}
