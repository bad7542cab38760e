"""Requests of the scoring protocol become data; what cannot is refused; replies are valid JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from runyard.errors import InvalidInput
from runyard.models.json_values import predictions_json
from runyard.models.payload import BadPayload, Payload, parse_payload
from runyard.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

SCHEMA = Schema([ColSpec("double", "a"), ColSpec("binary", "b"), ColSpec("datetime", "t")])


def test_a_table_gets_the_types_of_the_schema() -> None:
    split = {"columns": ["a", "b", "t"], "data": [[1, "aGVsbG8=", "2024-01-02"], [None, None, None]]}
    parsed = parse_payload(json.dumps({"dataframe_split": split, "params": {"k": 1}}), SCHEMA)
    assert parsed.params == {"k": 1}
    assert list(parsed.data["b"]) == [b"hello", None]
    assert [str(dtype) for dtype in parsed.data.dtypes] == ["float64", "object", "datetime64[ns]"]


def test_rows_become_arrays_by_name() -> None:
    schema = Schema([TensorSpec("float32", (-1, 2), "x"), TensorSpec("str", (-1,), "s")])
    data = parse_payload({"instances": [{"x": [1, 2], "s": "a"}, {"x": [3, 4], "s": "b"}]}, schema).data
    assert data["x"].dtype == np.float32
    assert data["x"].shape == (2, 2)
    assert list(data["s"]) == ["a", "b"]


def test_a_request_for_a_language_model_is_handed_on_whole() -> None:
    params = ParamSchema([ParamSpec("k", "long", 1)])
    assert parse_payload({"messages": [], "k": 2, "z": 3}, None, params) == Payload(
        {"messages": [], "z": 3}, {"k": 2}, is_unwrapped=True
    )


def test_a_model_with_type_hints_gets_its_inputs_as_they_are() -> None:
    assert parse_payload({"inputs": [{"a": 1}]}, SCHEMA, is_from_type_hint=True).data == [{"a": 1}]
    with pytest.raises(BadPayload, match="takes its data under the key 'inputs', got 'instances'"):
        parse_payload({"instances": []}, SCHEMA, is_from_type_hint=True)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ("{", "the request is not JSON"),
        (b"\xff", "the request is not JSON"),
        ("[1]", "a request is a JSON object"),
        ({}, "exactly one of the keys dataframe_split, dataframe_records, instances, inputs, got no keys"),
        ({"inputs": 1, "instances": 1}, "exactly one of the keys .* got 'inputs', 'instances'"),
        ({"dataframe_split": [1]}, "dataframe_split is an object with 'data'.* got list"),
        ({"dataframe_records": {"a": 1}}, "dataframe_records is a list of objects, got dict"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "need different names"),
        ({"dataframe_records": [{"a": "x"}]}, "column 'a' cannot be double"),
        ({"dataframe_records": [{"t": "soon"}]}, "column 't' cannot be datetime"),
        ({"instances": [{"a": 1}, 2]}, "all instances are objects or none is"),
    ],
)
def test_what_is_no_request_is_refused(request_: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message) as caught:
        parse_payload(request_, SCHEMA)
    assert caught.value.error_code == "BAD_REQUEST"


def test_a_number_that_is_no_integer_is_not_made_one() -> None:
    schema = Schema([ColSpec("long", "n")])
    assert list(parse_payload({"dataframe_records": [{"n": 2.0}]}, schema).data["n"]) == [2]
    for request in ({"dataframe_records": [{"n": 1.5}]}, {"inputs": [1.5]}, {"inputs": {"n": 1.5}}):
        with pytest.raises(BadPayload, match="it would become another number"):
            parse_payload(request, schema)


def test_a_reply_is_valid_json() -> None:
    frame = pd.DataFrame({"a": [1.0, float("nan")], "t": pd.Series(["2024-01-02", None], dtype="datetime64[ns]")})
    assert json.loads(predictions_json(frame)) == {
        "predictions": [{"a": 1.0, "t": "2024-01-02T00:00:00"}, {"a": None, "t": None}]
    }
    assert predictions_json(np.array([np.nan, np.inf, 1])) == '{"predictions": [null, null, 1.0]}'
    assert (
        predictions_json({"x": np.float32("nan"), "b": b"hello"}, unwrapped=True) == '{"x": null, "b": "aGVsbG8=\\n"}'
    )
    with pytest.raises(InvalidInput, match="a value of type set cannot be written as JSON"):
        predictions_json([{1}])
