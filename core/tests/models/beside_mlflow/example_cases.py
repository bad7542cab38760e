"""Input examples that are written into a model's folder, and read back from it."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

Case = Callable[[], Any]

NAN = float("nan")


def examples() -> dict[str, Any]:
    """Examples by what is special about them."""
    moment = dt.datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - examples know no zones
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None], "n": [1, 2], "flag": [True, False]})
    return {
        "frame": frame,
        "frame with an index": frame.set_index(pd.Index([7, 8])),
        "frame with missing numbers": pd.DataFrame({"a": [1.0, NAN], "b": ["x", "y"]}),
        "frame with params": (frame, {"k": 1, "stop": ["a"]}),
        "frame of numbered columns": pd.DataFrame([[1, 2.5], [3, 4.5]]),
        "frame of moments": pd.DataFrame({"t": pd.to_datetime(["2024-01-01T00:00:00", "2024-01-02T03:04:05"])}),
        "frame of bytes": pd.DataFrame({"a": [b"hello", b"x"]}),
        "frame of lists": pd.DataFrame({"a": [[1.0, 2.0], [3.0]], "b": [{"x": 1}, {"x": 2}]}),
        "frame of arrays": pd.DataFrame({"a": [np.array([1.0, 2.0]), np.array([3.0, 4.0])]}),
        "frame of float32": pd.DataFrame({"a": np.array([1.5, 2.5], "float32")}),
        "frame without rows": frame.iloc[:0],
        "frame of extensions": pd.DataFrame({"a": pd.array([1, None], "Int64"), "c": pd.Categorical(["x", "y"])}),
        "frame with numbers as names": pd.DataFrame({1: [1.0], 2: [2.0]}),
        "array": np.arange(6.0).reshape(2, 3),
        "array with gaps": np.array([[1.0, NAN]]),
        "array of ints": np.array([[1, 2]]),
        "array of texts": np.array(["a", "b"]),
        "array of float32": np.ones((1, 2), "float32"),
        "array with params": (np.ones((1, 2)), {"k": 1.5}),
        "arrays": {"x": np.ones((2, 2)), "y": np.array([1, 2])},
        "arrays and lists": {"x": np.ones(2), "y": [1, 2]},
        "list": [1, 2, 3],
        "texts": ["a", "b"],
        "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        "arrays in a list": [np.ones(2)],
        "dict": {"a": 1, "b": [1, 2], "c": {"d": None}},
        "dict with params": ({"a": 1}, {"k": True}),
        "messages": {"messages": [{"role": "user", "content": "why"}]},
        "messages with params": ({"messages": [{"role": "user", "content": "why"}]}, {"k": 1}),
        "text": "why",
        "text with params": ("why", {"k": "x"}),
        "number": 3.5,
        "numpy number": np.float32(1.5),
        "bytes": b"hello",
        "moment": moment,
        "moments in a dict": {"t": moment, "d": dt.date(2024, 1, 2)},
        "bytes in a dict": {"b": b"hello"},
        "csr": sp.csr_matrix(np.eye(3)),
        "csc": sp.csc_matrix(np.array([[0.0, NAN], [1.0, 0.0]])),
        "csr with params": (sp.csr_matrix(np.eye(2)), {"k": 1}),
        "empty params": ([1], {}),
        "params that are none": ([1], {"k": {1, 2}}),
        "a pair that is no params": ([1], [2]),
        "none": None,
        "an object": object(),
        "a set": {1, 2},
        "a series": pd.Series([1.0, 2.0]),
        "empty list": [],
        "empty dict": {},
    }


def cases(lib: Any) -> dict[str, Case]:
    """Every case of one library."""

    def written(example: Any) -> Case:
        def case() -> Any:
            with tempfile.TemporaryDirectory() as name:
                info = lib.save_example(example, name)
                files = {path.name: json.loads(path.read_text("utf-8")) for path in Path(name).iterdir()}
            return {"info": dict(sorted(info.items())), "files": dict(sorted(files.items()))}

        return case

    def read(example: Any) -> Case:
        def case() -> Any:
            data = example[0] if isinstance(example, tuple) else example
            signature = lib.infer_signature(data)
            with tempfile.TemporaryDirectory() as name:
                info = lib.save_example(example, name)
                return [lib.read_example(name, info, signature), lib.read_example_params(name, info, signature)]

        return case

    return {
        **{f"written: {name}": written(example) for name, example in examples().items()},
        **{f"read: {name}": read(example) for name, example in examples().items()},
    }
