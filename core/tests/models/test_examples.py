"""Input examples are written beside a model, described, and read back as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from runyard.errors import InvalidInput
from runyard.models.examples import (
    InputExample,
    convert_input_example_to_serving_input,
    read_example,
    read_example_params,
    read_serving_example,
)
from runyard.models.payload import parse_payload
from runyard.models.signature import infer_signature


def test_a_frame_comes_back_with_its_types(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "a": np.array([1.5, np.nan], "float32"),
            "s": ["x", None],
            "b": [b"hello", b"x\0"],
            "t": pd.Series(["2024-01-02", None], dtype="datetime64[ns]"),
        }
    )
    schema = infer_signature(frame).inputs
    info = InputExample.of((frame, {"k": 1})).save(tmp_path)
    assert info == {
        "artifact_path": "input_example.json",
        "type": "dataframe",
        "pandas_orient": "split",
        "params": "true",
        "serving_input_path": "serving_input_example.json",
    }
    assert read_example_params(tmp_path, info) == {"k": 1}
    again = read_example(tmp_path, info, schema)
    pd.testing.assert_frame_equal(again, frame)
    request = read_serving_example(tmp_path, info)
    assert request is not None
    parsed = parse_payload(request, schema)
    pd.testing.assert_frame_equal(parsed.data, again)
    assert parsed.params == {"k": 1}


def test_files_hold_valid_json(tmp_path: Path) -> None:
    InputExample.of(pd.DataFrame({"a": [1.0, float("nan")]})).save(tmp_path)
    for path in tmp_path.iterdir():
        json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


@pytest.mark.parametrize("make", [sp.csr_matrix, sp.csc_matrix])
def test_a_sparse_matrix_comes_back(tmp_path: Path, make: Any) -> None:
    matrix = make(np.array([[0.0, np.nan], [2.0, 0.0]]))
    again = read_example(tmp_path, InputExample.of(matrix).save(tmp_path))
    assert type(again) is type(matrix)
    np.testing.assert_array_equal(again.toarray(), matrix.toarray())


def test_arrays_come_back_with_their_types(tmp_path: Path) -> None:
    arrays = {"x": np.ones((1, 2), "float32"), "y": np.array([3])}
    again = read_example(tmp_path, InputExample.of(arrays).save(tmp_path), infer_signature(arrays).inputs)
    assert {name: array.dtype for name, array in again.items()} == {"x": np.float32, "y": np.int64}


def test_a_model_without_example_has_none(tmp_path: Path) -> None:
    assert read_example(tmp_path, None) is None
    assert read_example_params(tmp_path, None) is None
    assert read_serving_example(tmp_path, None) is None
    assert convert_input_example_to_serving_input(None) is None


def test_making_an_example_leaves_the_data_alone() -> None:
    data = {"a": [1, 2]}
    example = InputExample.of((data, {"k": [1]}))
    example.data["a"].append(3)
    assert data == {"a": [1, 2]}
    assert (
        convert_input_example_to_serving_input(data) == '{\n  "inputs": {\n    "a": [\n      1,\n      2\n    ]\n  }\n}'
    )


@pytest.mark.parametrize(
    ("example", "message"),
    [
        (object(), "an input example is a pandas DataFrame.*got object"),
        ({"x": np.ones(2), "y": [1]}, "holds numpy arrays alone"),
        ([np.ones(2)], "holds no numpy arrays"),
        (([1], {"k": {1}}), "type of param 'k' cannot be inferred"),
    ],
)
def test_what_is_no_example_is_refused(example: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        InputExample.of(example)


def test_an_example_of_a_later_version_is_refused(tmp_path: Path) -> None:
    info = {**InputExample.of([1]).save(tmp_path), "type": "tensor_file"}
    with pytest.raises(InvalidInput, match="has the type 'tensor_file'"):
        read_example(tmp_path, info)
