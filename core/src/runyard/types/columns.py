"""What a schema lists: columns of a table, or tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.types.datatypes import ValueType, as_type
from runyard.types.reading import is_required, member, read_type


@attrs.frozen(repr=False)
class ColSpec:
    """One column: its type, its name if the schema has names, and whether it must be there."""

    type: ValueType = attrs.field(converter=as_type)
    name: Any = None
    required: bool = True

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r}: "
        return f"{name}{self.type!r} ({'required' if self.required else 'optional'})"

    def to_dict(self) -> dict[str, Any]:
        """The column as it stands in a schema's JSON."""
        name = {} if self.name is None else {"name": self.name}
        return {**self.type.to_dict(), **name, "required": self.required}

    @classmethod
    def from_json_dict(cls, **value: Any) -> ColSpec:
        """A column from its entry in a schema's JSON."""
        return cls.read(value, "column")

    @classmethod
    def read(cls, value: object, place: str) -> ColSpec:
        """A column from its entry in a schema's JSON; errors name the place."""
        kind = read_type(value, place)
        assert isinstance(value, Mapping)
        return cls(kind, value.get("name"), is_required(value, place))


def _as_dtype(value: object) -> Any:
    import numpy as np

    try:
        dtype = np.dtype(value)  # type: ignore[call-overload]  # anything at all; what is none is refused
    except TypeError as error:
        raise InvalidInput(f"the type of a tensor is a numpy dtype, got {value!r}") from error
    if dtype.kind in "US" and dtype.itemsize:
        plain = "str" if dtype.kind == "U" else "bytes"
        raise InvalidInput(f"the type of a tensor says nothing of the length of texts: write {plain!r}, not {dtype}")
    return dtype


def _as_shape(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"the shape of a tensor is a tuple of integers, -1 where the length may vary, got {value!r}")
    return tuple(value)


@attrs.frozen(repr=False)
class TensorSpec:
    """One tensor: its numpy dtype, its shape (-1 where the length may vary), and its name if it has one."""

    type: Any = attrs.field(converter=_as_dtype)
    shape: tuple[int, ...] = attrs.field(converter=_as_shape)
    name: str | None = None

    @property
    def required(self) -> bool:
        """Whether it must be there: a tensor always must."""
        return True

    def __repr__(self) -> str:
        name = "" if self.name is None else f"{self.name!r}: "
        return f"{name}Tensor({self.type.name!r}, {self.shape!r})"

    def to_dict(self) -> dict[str, Any]:
        """The tensor as it stands in a schema's JSON."""
        name = {} if self.name is None else {"name": self.name}
        return {**name, "type": "tensor", "tensor-spec": {"dtype": self.type.name, "shape": self.shape}}

    @classmethod
    def from_json_dict(cls, **value: Any) -> TensorSpec:
        """A tensor from its entry in a schema's JSON."""
        return cls.read(value, "tensor")

    @classmethod
    def read(cls, value: object, place: str) -> TensorSpec:
        """A tensor from its entry in a schema's JSON; errors name the place."""
        if member(value, "type", place) != "tensor":
            raise InvalidInput(f"{place}: the 'type' of a tensor is 'tensor'")
        spec = member(value, "tensor-spec", place)
        dtype, shape = member(spec, "dtype", f"{place}.tensor-spec"), member(spec, "shape", f"{place}.tensor-spec")
        assert isinstance(value, Mapping)
        try:
            return cls(dtype, shape, value.get("name"))
        except InvalidInput as error:
            raise InvalidInput(f"{place}: {error}") from error
