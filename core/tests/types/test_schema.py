"""Schemas are made, asked, written and read; what is wrong with one is said with its place."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, Property, SparkMLVector
from runyard.types.params import ParamSchema, ParamSpec
from runyard.types.schema import Schema

NESTED = Schema(
    [
        ColSpec("double", "a"),
        ColSpec(Array("string"), "b", required=False),
        ColSpec(Object([Property("y", DataType.long, required=False), Property("x", Array(Map(AnyType())))]), "c"),
        ColSpec(Map("binary"), "d"),
        ColSpec(AnyType(), "e"),
        ColSpec(SparkMLVector(), "f"),
    ]
)


def test_importing_the_types_imports_neither_numpy_nor_pandas() -> None:
    code = (
        "import sys, runyard.types, runyard.types.schema, runyard.types.enforce, runyard.models.signature\n"
        "print({'numpy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_names_of_mlflow_are_there() -> None:
    import runyard
    from runyard.types import schema

    for name in ("ColSpec", "DataType", "ParamSchema", "ParamSpec", "Schema", "TensorSpec"):
        assert getattr(runyard.types, name) is getattr(schema, name)
        assert name in dir(runyard.types)
    with pytest.raises(AttributeError, match=r"'runyard\.types' has no attribute 'Colspec'"):
        runyard.types.Colspec  # noqa: B018


def test_a_nested_schema_is_written_and_read_back() -> None:
    assert Schema.from_json(NESTED.to_json()) == NESTED
    assert json.loads(NESTED.to_json())[2] == {
        "type": "object",
        "name": "c",
        "required": True,
        "properties": {
            "x": {"type": "array", "items": {"type": "map", "values": {"type": "any"}}, "required": True},
            "y": {"type": "long", "required": False},
        },
    }


def test_tensors_are_written_and_read_back() -> None:
    schema = Schema([TensorSpec(np.dtype("float32"), (-1, 3), "x"), TensorSpec("str", [-1], "s")])
    assert Schema.from_json(schema.to_json()) == schema
    assert schema.is_tensor_spec()
    assert schema.input_types() == schema.numpy_types() == [np.dtype("float32"), np.dtype("str")]
    assert schema.required_input_names() == ["x", "s"]
    assert repr(schema) == "['x': Tensor('float32', (-1, 3)), 's': Tensor('str', (-1,))]"
    with pytest.raises(InvalidInput, match="lists tensors"):
        schema.pandas_types()


def test_a_schema_answers_what_users_ask_of_it() -> None:
    schema = Schema([ColSpec("integer", "a"), ColSpec("string", "b", required=False)])
    assert schema.input_names() == ["a", "b"]
    assert schema.required_input_names() == ["a"]
    assert schema.optional_input_names() == ["b"]
    assert schema.has_input_names()
    assert not schema.is_tensor_spec()
    assert schema.input_types_dict() == {"a": DataType.integer, "b": DataType.string}
    assert schema.input_dict()["b"] == ColSpec(DataType.string, "b", required=False)
    assert schema.numpy_types() == [np.dtype("int32"), np.dtype("str")]
    assert schema.pandas_types() == [np.dtype("int32"), object]
    assert len(schema) == 2
    assert [item.name for item in schema] == ["a", "b"]
    assert repr(schema) == "['a': integer (required), 'b': string (optional)]"
    unnamed = Schema([ColSpec("double"), ColSpec("double")])
    assert unnamed.input_names() == [0, 1]
    assert not unnamed.has_input_names()
    with pytest.raises(InvalidInput, match="have no names"):
        unnamed.input_dict()
    with pytest.raises(InvalidInput, match=r"Array\(string\) has no numpy type"):
        NESTED.numpy_types()


def test_schemas_that_mlflow_wrote_before_it_knew_required_are_read() -> None:
    assert Schema.from_json('[{"type": "long", "name": "a", "optional": true}]').optional_input_names() == ["a"]
    assert Schema.from_json('[{"type": "long", "name": "a"}]').required_input_names() == ["a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "JSON of a schema cannot be read"),
        ("{}", "JSON of a schema is a list"),
        ("[]", "at least one ColSpec or TensorSpec"),
        ("[1]", "input 0 of the schema: expected a JSON object, got 1"),
        ("[{}]", "input 0 of the schema: 'type' is missing; there are no keys"),
        ('[{"type": "strin", "name": "a"}]', r"input 0 of the schema \('a'\): no data type is named 'strin', did you"),
        ('[{"type": 3}]', "'type' is a string, got 3"),
        ('[{"type": "array"}]', "'items' is missing"),
        ('[{"type": "array", "items": {"type": "x"}}]', r"input 0 of the schema\.items: no data type is named 'x'"),
        ('[{"type": "map", "values": 1}]', r"schema\.values: expected a JSON object"),
        ('[{"type": "object", "properties": {}}]', "at least one property"),
        ('[{"type": "object", "properties": {"q": {}}}]', r"schema\.properties\.q: 'type' is missing"),
        ('[{"type": "long", "name": "a", "required": "yes"}]', "'required' is true or false, got 'yes'"),
        ('[{"type": "long", "required": false}]', "needs a name"),
        ('[{"type": "long", "name": "a"}, {"type": "long"}]', "all inputs of a Schema have names or none has"),
        ('[{"type": "tensor"}]', "'tensor-spec' is missing"),
        ('[{"type": "tensor", "tensor-spec": {"dtype": "f9", "shape": [1]}}]', "numpy dtype, got 'f9'"),
        ('[{"type": "tensor", "tensor-spec": {"dtype": "float", "shape": 1}}]', "shape of a tensor"),
        ('[{"type": "tensor", "tensor-spec": {"dtype": "<U3", "shape": [1]}}]', "length of texts"),
    ],
)
def test_a_malformed_schema_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Schema.from_json(text)


def test_values_that_are_no_types_are_refused() -> None:
    with pytest.raises(InvalidInput, match="is no data type"):
        ColSpec(int)
    with pytest.raises(InvalidInput, match="repeated: a"):
        Object([Property("a", "long"), Property("a", "string")])
    with pytest.raises(InvalidInput, match="name of a property is a string"):
        Property(1, "long")  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="not both"):
        Schema([ColSpec("long", "a"), TensorSpec("float32", (-1,), "b")])
    with pytest.raises(InvalidInput, match="the 2 tensors of a Schema need names"):
        Schema([TensorSpec("float32", (-1,)), TensorSpec("float32", (-1,))])


def test_types_can_be_told_from_values() -> None:
    assert DataType.check_type(DataType.long, 1)
    assert DataType.check_type(DataType.float, np.float32(1))
    assert not DataType.check_type(DataType.long, True)
    assert not DataType.check_type(DataType.float, np.float64(1))
    assert DataType.from_numpy_type(np.dtype("int64")) is DataType.long
    assert DataType.from_numpy_type(np.dtype("complex128")) is None


def test_params_are_written_and_read_back() -> None:
    params = ParamSchema(
        [
            ParamSpec("k", "long", 1),
            ParamSpec("stop", "string", ["a"], (-1,)),
            ParamSpec("day", "datetime", "2024-01-02"),
            ParamSpec("o", Object([Property("a", "long")]), {"a": 1}),
            ParamSpec("nothing", "double", None),
        ]
    )
    assert ParamSchema.from_json(params.to_json()) == params
    assert repr(params.params[1]) == "'stop': string (default: ['a']) (shape: (-1,))"
    assert params.to_dict()[2]["default"] == "2024-01-02"
    assert ParamSpec.from_json_dict(name="k", dtype="long", default=1) == params.params[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"name": "k", "type": "long"}]', "param 0 of the schema: 'default' is missing"),
        ('[{"name": "k", "type": "long", "default": "x"}]', "param 'k': expected long, got 'x' of type str"),
        ('[{"name": "k", "type": "binary", "default": null}]', "other than binary"),
        ('[{"name": "k", "type": "long", "default": 1, "shape": [2]}]', r"the shape is None .* got \(2,\)"),
        ('[{"name": "k", "type": "long", "default": 1, "shape": [-1]}]', "expected a list of long, got 1"),
        ('[{"name": "k", "type": "datetime", "default": "soon"}]', "expected a date or a time"),
    ],
)
def test_malformed_params_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        ParamSchema.from_json(text)
