"""A schema: the columns or tensors that a model takes or gives. Holds every name of MLflow's `mlflow.types.schema`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec, TensorSpec
from runyard.types.dataclass_schemas import dataclass_columns
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, Property, SparkMLVector, ValueType
from runyard.types.params import ParamSchema, ParamSpec
from runyard.types.reading import loaded_list, member

__all__ = [
    "AnyType",
    "Array",
    "ColSpec",
    "DataType",
    "Map",
    "Object",
    "ParamSchema",
    "ParamSpec",
    "Property",
    "Schema",
    "SparkMLVector",
    "TensorSpec",
    "convert_dataclass_to_schema",
]

Spec = ColSpec | TensorSpec


def _as_inputs(inputs: object) -> tuple[Spec, ...]:
    if not isinstance(inputs, list | tuple) or not inputs:
        raise InvalidInput(f"a Schema is made of a list of at least one ColSpec or TensorSpec, got {inputs!r:.80}")
    tensors = [isinstance(item, TensorSpec) for item in inputs]
    if not all(tensors) and not all(isinstance(item, ColSpec) for item in inputs):
        raise InvalidInput("a Schema holds either ColSpec or TensorSpec, nothing else and not both")
    unnamed = [item.name is None for item in inputs]
    if any(unnamed) and not all(unnamed):
        raise InvalidInput(f"all inputs of a Schema have names or none has, got {[item.name for item in inputs]}")
    if unnamed[0] and tensors[0] and len(inputs) > 1:
        raise InvalidInput(f"the {len(inputs)} tensors of a Schema need names; only a single tensor may have none")
    if unnamed[0] and not all(item.required for item in inputs):
        raise InvalidInput("what may be missing from a Schema needs a name: name every input, or require every one")
    return tuple(inputs)


@attrs.frozen(repr=False)
class Schema:
    """What a model takes or gives: named or unnamed columns, or tensors."""

    _inputs: tuple[Spec, ...] = attrs.field(converter=_as_inputs)

    def __len__(self) -> int:
        return len(self._inputs)

    def __iter__(self) -> Iterator[Spec]:
        return iter(self._inputs)

    def __repr__(self) -> str:
        return repr(self.inputs)

    @property
    def inputs(self) -> list[Spec]:
        """The columns or tensors, in order."""
        return list(self._inputs)

    def is_tensor_spec(self) -> bool:
        """Whether it lists tensors, not columns."""
        return isinstance(self._inputs[0], TensorSpec)

    def has_input_names(self) -> bool:
        """Whether its inputs have names."""
        return self._inputs[0].name is not None

    def input_names(self) -> list[Any]:
        """The name of each input, or its position where it has none."""
        return [item.name or position for position, item in enumerate(self._inputs)]

    def required_input_names(self) -> list[Any]:
        """The names of the inputs that must be there."""
        return [item.name or position for position, item in enumerate(self._inputs) if item.required]

    def optional_input_names(self) -> list[Any]:
        """The names of the inputs that may be missing."""
        return [item.name or position for position, item in enumerate(self._inputs) if not item.required]

    def input_types(self) -> list[Any]:
        """The type of each input: a data type, or the numpy dtype of a tensor."""
        return [item.type for item in self._inputs]

    def input_types_dict(self) -> dict[Any, Any]:
        """The type of each input by its name."""
        return {name: item.type for name, item in self.input_dict().items()}

    def input_dict(self) -> dict[Any, Spec]:
        """Each input by its name."""
        if not self.has_input_names():
            raise InvalidInput("the inputs of this schema have no names, so they cannot be found by name")
        return {item.name: item for item in self._inputs}

    def column_types(self) -> list[ValueType]:
        """The data type of each column; tensors have none."""
        if self.is_tensor_spec():
            raise InvalidInput("this schema lists tensors, which have numpy types: ask for numpy_types()")
        return self.input_types()

    def numpy_types(self) -> list[Any]:
        """The numpy dtype of each input."""
        if self.is_tensor_spec():
            return self.input_types()
        return [kind.to_numpy() for kind in self._plain_types("numpy")]

    def pandas_types(self) -> list[Any]:
        """The pandas dtype of each column."""
        return [kind.to_pandas() for kind in self._plain_types("pandas")]

    def _plain_types(self, library: str) -> list[DataType]:
        types = self.column_types()
        plain = [kind for kind in types if isinstance(kind, DataType)]
        if len(plain) < len(types):
            nested = next(kind for kind in types if not isinstance(kind, DataType))
            raise InvalidInput(f"{nested!r} has no {library} type; only plain data types have one")
        return plain

    def to_dict(self) -> list[dict[str, Any]]:
        """The entries of its JSON."""
        return [item.to_dict() for item in self._inputs]

    def to_json(self) -> str:
        """The text that MLmodel files hold."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> Schema:
        """A schema from the text that MLmodel files hold."""
        return cls([_read_input(value, position) for position, value in enumerate(loaded_list(json_str, "schema"))])


def _read_input(value: object, position: int) -> Spec:
    name = f" ({value['name']!r})" if isinstance(value, dict) and "name" in value else ""
    place = f"input {position} of the schema{name}"
    return (TensorSpec if member(value, "type", place) == "tensor" else ColSpec).read(value, place)


def convert_dataclass_to_schema(dataclass: Any) -> Schema:
    """The schema of a dataclass: a column for each field."""
    return Schema(dataclass_columns(dataclass))
