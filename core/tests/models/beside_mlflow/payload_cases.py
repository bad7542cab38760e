"""Requests of the scoring protocol with the schemas they are read by, and predictions that are replied."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

Case = Callable[[], Any]

NAN = float("nan")
BYTES = "aGVsbG8=\n"


def requests(lib: Any) -> dict[str, tuple[Any, Any]]:
    """A schema or None, and a request."""
    col, kind = lib.ColSpec, lib.DataType
    two = lib.Schema([col(kind.double, "a"), col(kind.string, "b")])
    every = lib.Schema(
        [
            col(kind.boolean, "bool"),
            col(kind.integer, "int"),
            col(kind.long, "long"),
            col(kind.float, "float"),
            col(kind.double, "double"),
            col(kind.string, "text"),
            col(kind.binary, "bytes"),
            col(kind.datetime, "moment"),
            col(lib.Array(kind.double), "list"),
            col(lib.Object([lib.Property("x", kind.long)]), "object"),
            col(lib.Map(kind.string), "map"),
            col(lib.AnyType(), "any"),
        ]
    )
    row = {
        "bool": True,
        "int": 1,
        "long": 2,
        "float": 1.5,
        "double": 2,
        "text": "x",
        "bytes": BYTES,
        "moment": "2024-05-06T07:08:09",
        "list": [1.0, 2.0],
        "object": {"x": 1},
        "map": {"k": "v"},
        "any": {"y": [1]},
    }
    unnamed = lib.Schema([col(kind.double), col(kind.long)])
    one = lib.Schema([col(kind.double, "a")])
    long = lib.Schema([col(kind.long, "a")])
    text = lib.Schema([col(kind.string, "a")])
    matrix = lib.Schema([lib.TensorSpec(np.dtype("float32"), (-1, 2))])
    named = lib.Schema(
        [
            lib.TensorSpec(np.dtype("float32"), (-1, 2), "x"),
            lib.TensorSpec(np.dtype("str"), (-1,), "s"),
        ]
    )
    nested = lib.Schema([col(lib.Array(kind.string), "tags"), col(kind.string, "name", required=False)])
    split = {"columns": ["a", "b"], "data": [[1, "x"], [2, "y"]]}
    values = list(row.values())
    return {
        "split": (two, {"dataframe_split": split}),
        "split without schema": (None, {"dataframe_split": split}),
        "split with index": (two, {"dataframe_split": {**split, "index": [5, 6]}}),
        "split without columns": (unnamed, {"dataframe_split": {"data": [[1, 2], [3, 4]]}}),
        "split with more keys": (two, {"dataframe_split": {**split, "more": 1}}),
        "split without data": (two, {"dataframe_split": {"columns": ["a"]}}),
        "split that is a list": (two, {"dataframe_split": [[1, 2]]}),
        "split of uneven rows": (two, {"dataframe_split": {"columns": ["a", "b"], "data": [[1]]}}),
        "split of every type": (every, {"dataframe_split": {"columns": list(row), "data": [values, values]}}),
        "split with less columns": (two, {"dataframe_split": {"columns": ["a"], "data": [[1]]}}),
        "split with other columns": (two, {"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, "x", 3]]}}),
        "split with repeated columns": (two, {"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}),
        "split without rows": (two, {"dataframe_split": {"columns": ["a", "b"], "data": []}}),
        "split of text as doubles": (one, {"dataframe_split": {"columns": ["a"], "data": [["x"]]}}),
        "split of numbers as text": (text, {"dataframe_split": {"columns": ["a"], "data": [[1]]}}),
        "split with none for a double": (one, {"dataframe_split": {"columns": ["a"], "data": [[None], [1]]}}),
        "split with none for text": (text, {"dataframe_split": {"columns": ["a"], "data": [[None], ["x"]]}}),
        "split with none for a long": (long, {"dataframe_split": {"columns": ["a"], "data": [[None], [1]]}}),
        "split of whole floats as longs": (long, {"dataframe_split": {"columns": ["a"], "data": [[1.0]]}}),
        "split of floats as longs": (long, {"dataframe_split": {"columns": ["a"], "data": [[1.5]]}}),
        "split of tensors": (matrix, {"dataframe_split": {"data": [[1, 2], [3, 4]]}}),
        "split of tensors in lists": (matrix, {"dataframe_split": {"columns": ["x"], "data": [[[1, 2]], [[3, 4]]]}}),
        "split of named tensors": (named, {"dataframe_split": {"columns": ["x", "s"], "data": [[[1, 2], "a"]]}}),
        "records": (two, {"dataframe_records": [{"a": 1, "b": "x"}, {"a": None, "b": "y"}]}),
        "records of every type": (every, {"dataframe_records": [row, row]}),
        "records with gaps": (two, {"dataframe_records": [{"a": 1}, {"b": "y"}]}),
        "records that are an object": (two, {"dataframe_records": {"a": 1}}),
        "no records": (two, {"dataframe_records": []}),
        "records without schema": (None, {"dataframe_records": [{"a": 1, "b": {"c": 2}}]}),
        "records of wrong objects": (every, {"dataframe_records": [{**row, "object": {"y": 1}}]}),
        "records of moments that are none": (every, {"dataframe_records": [{**row, "moment": "soon"}]}),
        "instances": (matrix, {"instances": [[1, 2], [3, 4]]}),
        "instances without schema": (None, {"instances": [[1, 2], [3, 4]]}),
        "uneven instances": (matrix, {"instances": [[1, 2], [3]]}),
        "instances by name": (named, {"instances": [{"x": [1, 2], "s": "a"}, {"x": [3, 4], "s": "b"}]}),
        "instances lacking a name": (named, {"instances": [{"x": [1, 2], "s": "a"}, {"x": [3, 4]}]}),
        "instances of columns": (two, {"instances": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}),
        "instances by column": (named, {"instances": {"x": [[1, 2], [3, 4]], "s": ["a"]}}),
        "instances of one column": (one, {"instances": [1, 2, 3]}),
        "instances of objects": (every, {"instances": [{k: v for k, v in row.items() if k in ("object", "list")}]}),
        "inputs": (matrix, {"inputs": [[1, 2], [3, 4]]}),
        "inputs without schema": (None, {"inputs": [[1, 2], [3, 4]]}),
        "inputs by name": (named, {"inputs": {"x": [[1, 2]], "s": ["a"]}}),
        "inputs by column": (two, {"inputs": {"a": [1, 2], "b": ["x", "y"]}}),
        "inputs of one row": (two, {"inputs": {"a": 1, "b": "x"}}),
        "inputs of rows": (two, {"inputs": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]}),
        "inputs of rows without schema": (None, {"inputs": [{"a": 1, "b": "x"}]}),
        "inputs of every type": (every, {"inputs": [{k: v for k, v in row.items() if k != "bytes"}]}),
        "inputs of one column": (one, {"inputs": [1, 2, 3]}),
        "inputs of unknown columns": (two, {"inputs": {"a": [1], "z": [{"q": 1}]}}),
        "inputs of floats as longs": (long, {"inputs": [1.5]}),
        "inputs of whole floats as longs": (long, {"inputs": [1.0]}),
        "inputs of text with none": (text, {"inputs": ["x", None]}),
        "inputs of doubles with none": (one, {"inputs": [1.0, None]}),
        "inputs of text as doubles": (one, {"inputs": ["x"]}),
        "inputs of nested": (nested, {"inputs": [{"tags": ["a"], "name": "n"}, {"tags": ["b", "c"]}]}),
        "inputs of nested columns": (nested, {"inputs": {"tags": ["a", "b"], "name": "n"}}),
        "inputs of wrong nested": (nested, {"inputs": [{"tags": "a"}]}),
        "a scalar": (lib.Schema([col(kind.string)]), {"inputs": "why"}),
        "a scalar of the wrong type": (lib.Schema([col(kind.double)]), {"inputs": "why"}),
        "a scalar without schema": (None, {"inputs": "why"}),
        "an object without names": (lib.Schema([col(kind.string)]), {"inputs": {"a": 1}}),
        "moments": (lib.Schema([col(kind.datetime, "t")]), {"inputs": ["2024-01-02", "2024-01-02T03:04:05"]}),
        "with params": (one, {"inputs": [1.0], "params": {"k": 1}}),
        "two formats": (one, {"inputs": [1.0], "instances": [1.0]}),
        "no format": (one, {"data": [1.0]}),
        "nothing": (one, {}),
        "a list": (one, "[1, 2]"),
        "a number": (one, "1"),
        "no JSON": (one, "{"),
        "no text": (one, b"\xff"),
        "NaN in JSON": (one, '{"inputs": [NaN, 1.0]}'),
        "messages": (None, {"messages": [{"role": "user", "content": "why"}], "k": 2, "z": 3}),
        "a prompt": (None, {"prompt": "why", "params": {"k": 1}}),
        "an input": (one, {"input": ["why"]}),
    }


def predictions() -> dict[str, Any]:
    return {
        "array": np.array([1.5, 2.0]),
        "matrix": np.ones((2, 2), "float32"),
        "ints": np.array([1, 2]),
        "texts": np.array(["a", "b"]),
        "objects": np.array([1, "a", None], dtype=object),
        "frame": pd.DataFrame({"a": [1, 2], "b": ["x", None], "t": pd.to_datetime(["2024-01-01", "2024-01-02"])}),
        "frame of numbered columns": pd.DataFrame([[1.0, 2.0]]),
        "series": pd.Series([1.0, 2.0], name="y"),
        "unnamed series": pd.Series([1, 2]),
        "list": [1, "a", None, True],
        "numpy scalars in a list": [np.float64(1), np.int32(2), np.bool_(True), np.str_("x")],
        "arrays in a dict": {"p": np.array([1.0]), "q": [np.array([1, 2])]},
        "text": "why",
        "bytes": [b"hello"],
        "moments": [dt.datetime(2024, 1, 2, 3, 4, 5), dt.date(2024, 1, 2), dt.time(3, 4)],  # noqa: DTZ001
        "timestamps": [pd.Timestamp("2024-01-02")],
        "none": None,
        "an object": [object()],
        "a set": {1},
        "missing numbers": np.array([1.0, NAN]),
        "missing numbers in a frame": pd.DataFrame({"a": [1.0, NAN]}),
        "infinities": [float("inf")],
        "nanoseconds": np.array(["2024-01-02T03:04:05"], "datetime64[ns]"),
    }


def cases(lib: Any) -> dict[str, Case]:
    """Every case of one library."""
    params = lib.ParamSchema([lib.ParamSpec("k", "long", 1)])

    def parsed(schema: Any, request: Any, hinted: bool) -> Case:
        text = request if isinstance(request, (str, bytes)) else json.dumps(request)
        return lambda: lib.parse_payload(text, schema, params, hinted)

    def replied(value: Any, unwrapped: bool) -> Case:
        return lambda: json.loads(lib.predictions_json(value, unwrapped))

    return {
        **{f"request: {name}": parsed(*pair, hinted=False) for name, pair in requests(lib).items()},
        **{
            f"request to a model with hints: {name}": parsed(*pair, hinted=True) for name, pair in requests(lib).items()
        },
        **{f"reply: {name}": replied(value, unwrapped=False) for name, value in predictions().items()},
        **{f"unwrapped reply: {name}": replied(value, unwrapped=True) for name, value in predictions().items()},
    }
