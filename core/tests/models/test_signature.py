"""Signatures are inferred, written and read as MLflow does; a warning says where data cannot be described."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from runyard.errors import InvalidInput
from runyard.models.signature import ModelSignature, infer_signature
from runyard.types import AnyType, ColSpec, DataType, ParamSchema, ParamSpec, Schema


def test_a_signature_is_inferred_from_a_frame_an_array_and_params() -> None:
    frame = pd.DataFrame({"a": [1.0, float("nan")], "b": ["x", "y"]})
    signature = infer_signature(frame, np.zeros((2, 3), "float32"), {"top_k": 5})
    assert json.loads(str(signature.to_dict()["inputs"])) == [
        {"type": "double", "name": "a", "required": False},
        {"type": "string", "name": "b", "required": True},
    ]
    assert json.loads(str(signature.to_dict()["outputs"])) == [
        {"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}
    ]
    assert json.loads(str(signature.to_dict()["params"])) == [
        {"name": "top_k", "default": 5, "shape": None, "type": "long"}
    ]
    assert ModelSignature.from_dict(signature.to_dict()) == signature


def test_integer_inputs_are_warned_of_and_integer_outputs_are_not() -> None:
    with pytest.warns(UserWarning, match=r"integer columns cannot hold missing values \(n\)"):
        infer_signature(pd.DataFrame({"n": [1], "x": [1.0]}))
    infer_signature(None, pd.Series([1, 2]))


def test_data_that_has_no_schema_is_any_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="schema of the inputs is any data.*different types"):
        signature = infer_signature([1, "a"])
    assert signature.inputs == Schema([ColSpec(AnyType())])


def test_a_dataclass_describes_columns() -> None:
    @dataclasses.dataclass
    class Message:
        role: str
        scores: list[float]
        name: str | None = None

    assert ModelSignature(Message).inputs == Schema(
        [
            ColSpec(DataType.string, "role"),
            ColSpec(infer_signature(np_floats()).inputs.inputs[0].type, "scores"),  # type: ignore[union-attr]
            ColSpec(DataType.string, "name", required=False),
        ]
    )


def np_floats() -> dict[str, list[np.float32]]:
    return {"scores": [np.float32(1)]}


def test_a_signature_says_something() -> None:
    with pytest.raises(InvalidInput, match="none was given"):
        ModelSignature()
    with pytest.raises(InvalidInput, match="are a Schema, a dataclass or None, got 'a: double'"):
        ModelSignature("a: double")


def test_params_alone_are_a_signature() -> None:
    signature = ModelSignature(params=ParamSchema([ParamSpec("k", "long", 1)]))
    assert signature.to_dict()["inputs"] is None
    assert ModelSignature.from_dict(signature.to_dict()) == signature


def test_what_is_no_signature_is_refused_with_the_place() -> None:
    with pytest.raises(InvalidInput, match=r"input 1 of the schema \('b'\): no data type is named 'dubble'"):
        ModelSignature.from_dict({"inputs": '[{"type": "double", "name": "a"}, {"type": "dubble", "name": "b"}]'})
    with pytest.raises(InvalidInput, match="JSON of a schema cannot be read"):
        ModelSignature.from_dict({"inputs": "[{"})
    with pytest.raises(InvalidInput, match="read from a dictionary"):
        ModelSignature.from_dict([])  # type: ignore[arg-type]
