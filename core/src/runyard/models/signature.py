"""What a model takes and gives: its signature, read, written, inferred from data and from type hints."""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec
from runyard.types.datatypes import AnyType, DataType
from runyard.types.params import ParamSchema
from runyard.types.schema import Schema, convert_dataclass_to_schema


def _as_schema(value: Any) -> Schema | None:
    if value is None or isinstance(value, Schema):
        return value
    if dataclasses.is_dataclass(value):
        return convert_dataclass_to_schema(value)
    raise InvalidInput(f"the inputs and outputs of a signature are a Schema, a dataclass or None, got {value!r:.80}")


def _as_params(value: Any) -> ParamSchema | None:
    if value is None or isinstance(value, ParamSchema):
        return value
    raise InvalidInput(f"the params of a signature are a ParamSchema or None, got {value!r:.80}")


@attrs.frozen(repr=False)
class ModelSignature:
    """The schemas of what a model takes and gives, and of its params."""

    inputs: Schema | None = attrs.field(default=None, converter=_as_schema)
    outputs: Schema | None = attrs.field(default=None, converter=_as_schema)
    params: ParamSchema | None = attrs.field(default=None, converter=_as_params)
    is_signature_from_type_hint: bool = attrs.field(default=False, kw_only=True, eq=False)
    is_type_hint_from_example: bool = attrs.field(default=False, kw_only=True, eq=False)

    def __attrs_post_init__(self) -> None:
        if self.inputs is None and self.outputs is None and self.params is None:
            raise InvalidInput("a signature says something of the inputs, the outputs or the params; none was given")

    def __repr__(self) -> str:
        return f"inputs: \n  {self.inputs!r}\noutputs: \n  {self.outputs!r}\nparams: \n  {self.params!r}\n"

    def to_dict(self) -> dict[str, str | None]:
        """The signature as an MLmodel file holds it: each part is a JSON text or None."""
        return {
            "inputs": self.inputs.to_json() if self.inputs else None,
            "outputs": self.outputs.to_json() if self.outputs else None,
            "params": self.params.to_json() if self.params else None,
        }

    @classmethod
    def from_dict(cls, signature_dict: Mapping[str, Any]) -> ModelSignature:
        """A signature from what an MLmodel file holds."""
        if not isinstance(signature_dict, Mapping):
            raise InvalidInput(f"a signature is read from a dictionary, got {signature_dict!r:.80}")
        inputs, outputs, params = (signature_dict.get(name) for name in ("inputs", "outputs", "params"))
        return cls(
            Schema.from_json(inputs) if inputs else None,
            Schema.from_json(outputs) if outputs else None,
            ParamSchema.from_json(params) if params else None,
        )


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: dict[str, Any] | None = None
) -> ModelSignature:
    """The signature of a model from examples of what it takes and gives, and of its params with their defaults."""
    from runyard.types.inference import infer_param_schema

    inputs = None if model_input is None else _inferred("inputs", model_input)
    outputs = None if model_output is None else _inferred("outputs", model_output)
    if inputs is not None:
        _warn_of_integers(inputs)
    return ModelSignature(inputs, outputs, infer_param_schema(params) if params else None)


def infer_signature_from_type_hints(
    function: Callable[..., Any], params: dict[str, Any] | None = None
) -> ModelSignature | None:
    """The signature that the type hints of a predict function describe; None where they describe none."""
    from runyard.types.inference import infer_param_schema
    from runyard.types.type_hints import NoSchema, TypeFromExample, hinted_types, schema_from_type_hint

    try:
        taken, given = hinted_types(function)
        if taken is None or taken is TypeFromExample:
            return None
        inputs = schema_from_type_hint(taken, is_input=True)
    except NoSchema as error:
        warnings.warn(f"no signature is inferred from the type hints: {error}", stacklevel=2)
        return None
    outputs = Schema([ColSpec(AnyType())])
    if given is not None:
        try:
            outputs = schema_from_type_hint(given, is_input=False)
        except InvalidInput as error:
            warnings.warn(f"the schema of the outputs is any data, which is not checked: {error}", stacklevel=2)
    schema = infer_param_schema(params) if params else None
    return ModelSignature(inputs, outputs, schema, is_signature_from_type_hint=True)


def _inferred(what: str, data: Any) -> Schema:
    from runyard.types.inference import infer_schema
    from runyard.types.value_inference import PydanticExample

    if dataclasses.is_dataclass(data):
        return convert_dataclass_to_schema(data)
    try:
        return infer_schema(data)
    except PydanticExample:
        raise
    except InvalidInput as error:
        warnings.warn(f"the schema of the {what} is any data, which is not checked: {error}", stacklevel=3)
        return Schema([ColSpec(AnyType())])


def _warn_of_integers(schema: Schema) -> None:
    if schema.is_tensor_spec():
        return
    columns = [
        str(item.name) if item.name is not None else "the only column"
        for item in schema
        if item.type in {DataType.integer, DataType.long}
    ]
    if columns:
        warnings.warn(
            f"integer columns cannot hold missing values ({', '.join(columns[:5])}{', …' if columns[5:] else ''}): "
            "if values may be missing at inference, infer the signature from data that lacks some or make them doubles",
            stacklevel=3,
        )
