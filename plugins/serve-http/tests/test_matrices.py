"""The short way to a matrix gives what the long way gives, or leaves the request to it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import simdjson
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.errors import InvalidInput
from runyard.models.payload import parse_payload
from runyard.types.enforce import Enforcer
from runyard.types.schema import ColSpec, Schema, TensorSpec
from runyard_serve_http.matrices import MatrixReader

DOUBLES = Schema([ColSpec("double", "a"), ColSpec("double", "b")])
SCHEMAS: dict[str, Schema | None] = {
    "none": None,
    "doubles": DOUBLES,
    "floats": Schema([ColSpec("float", "a"), ColSpec("float", "b")]),
    "whole": Schema([ColSpec("long", "a"), ColSpec("integer", "b")]),
    "mixed": Schema([ColSpec("double", "a"), ColSpec("float", "b")]),
    "unnamed": Schema([ColSpec("double"), ColSpec("double")]),
    "tensor": Schema([TensorSpec(np.dtype("float64"), (-1, 2))]),
    "tensor32": Schema([TensorSpec(np.dtype("float32"), (-1, 2))]),
}
FORMS = ("dataframe_split", "inputs", "instances", "no columns")


def request(form: str, rows: Any, columns: Any = ("a", "b")) -> bytes:
    if form == "no columns":
        return json.dumps({"dataframe_split": {"data": rows}}).encode()
    if form == "dataframe_split":
        return json.dumps({form: {"columns": list(columns), "data": rows}}).encode()
    return json.dumps({form: rows}).encode()


def the_long_way(body: bytes, schema: Schema | None) -> Any:
    data = parse_payload(body, schema).data
    data = data if schema is None else Enforcer(schema)(data)
    return data.to_numpy() if hasattr(data, "to_numpy") else data


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**62), 2**62),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-9, 9),
)
ODD: st.SearchStrategy[Any] = st.sampled_from([None, True, "7", [1.0], {}, 1.5])


@settings(max_examples=400, deadline=None)
@given(
    kind=st.sampled_from(sorted(SCHEMAS)),
    form=st.sampled_from(FORMS),
    rows=st.lists(st.lists(st.one_of(NUMBERS, NUMBERS, NUMBERS, ODD), min_size=1, max_size=3), max_size=4),
)
def test_what_is_read_is_what_the_long_way_reads(kind: str, form: str, rows: list[Any]) -> None:
    schema = SCHEMAS[kind]
    reader = MatrixReader.of(schema, "ndarray")
    assert reader is not None
    body = request(form, rows)
    found = reader.read(body, simdjson.Parser())
    if found is not None:
        expected = the_long_way(body, schema)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        assert found.flags.writeable


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_plain_requests_take_the_short_way(kind: str) -> None:
    reader = MatrixReader.of(SCHEMAS[kind], "ndarray")
    assert reader is not None
    schema = SCHEMAS[kind]
    form = "dataframe_split" if schema is not None and schema.has_input_names() else "inputs"
    found = reader.read(request(form, [[1, 2], [3, 4]]), simdjson.Parser())
    assert found.tolist() == [[1, 2], [3, 4]]


NESTED = [[[1, [2]], [3, 4]], [[1, 2, 3], [4]], [[1], [2, 3, 4]], [[[1, 2]], [[3, 4]]], [1, 2], [[], []], []]


@pytest.mark.parametrize("rows", NESTED)
def test_rows_that_only_count_right_are_left_to_the_long_way(rows: Any) -> None:
    reader = MatrixReader.of(DOUBLES, "ndarray")
    assert reader is not None
    assert reader.read(request("dataframe_split", rows), simdjson.Parser()) is None


@pytest.mark.parametrize("columns", [("b", "a"), ("a",), ("a", "b", "c"), (0, 1), ("[", "b"), (["a"], "b")])
def test_other_columns_are_left_to_the_long_way(columns: Any) -> None:
    reader = MatrixReader.of(DOUBLES, "ndarray")
    assert reader is not None
    assert reader.read(request("dataframe_split", [[1, 2]], columns), simdjson.Parser()) is None


def test_brackets_in_names_are_no_rows() -> None:
    reader = MatrixReader.of(Schema([ColSpec("double", "a["), ColSpec("double", "b")]), "ndarray")
    assert reader is not None
    parser = simdjson.Parser()
    assert reader.read(request("dataframe_split", [[1, 2]], ("a[", "b")), parser).tolist() == [[1, 2]]
    assert reader.read(request("dataframe_split", [[1, [2]]], ("a[", "b")), parser) is None


@pytest.mark.parametrize(
    "schema",
    [
        Schema([ColSpec("string", "a")]),
        Schema([ColSpec("double", "a", required=False)]),
        Schema([ColSpec("double", "a"), ColSpec("boolean", "b")]),
        Schema([TensorSpec(np.dtype("float64"), (-1, 2, 2))]),
        Schema([TensorSpec(np.dtype("float64"), (-1, 2), "x")]),
    ],
)
def test_models_that_take_something_else_have_no_short_way(schema: Schema) -> None:
    assert MatrixReader.of(schema, "ndarray") is None


def test_without_a_schema_only_a_bare_matrix_has_a_short_way() -> None:
    assert MatrixReader.of(None, "dataframe") is None
    reader = MatrixReader.of(None, "ndarray")
    assert reader is not None
    parser = simdjson.Parser()
    assert reader.read(request("dataframe_split", [[1, 2]]), parser).dtype == np.int64
    assert reader.read(request("dataframe_split", [[1, 2.5]]), parser).dtype == np.float64
    assert reader.read(request("inputs", [[1.5]]), parser).tolist() == [[1.5]]
    assert reader.read(request("inputs", [[2**63]]), parser) is None
    assert reader.read(request("dataframe_split", [[1, 2, 3]]), parser) is None


def test_a_table_has_the_columns_of_the_schema() -> None:
    reader = MatrixReader.of(DOUBLES, "dataframe")
    assert reader is not None
    parser = simdjson.Parser()
    parts = [reader.read(request("dataframe_split", [[1, 2]]), parser) for _ in range(2)]
    assert reader.layout is not None
    frame = reader.layout.joined(parts)
    assert list(frame.columns) == ["a", "b"]
    assert frame.to_numpy().tolist() == [[1, 2], [1, 2]]
    with pytest.raises(InvalidInput):
        Enforcer(DOUBLES)(frame[["a"]])
