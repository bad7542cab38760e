"""The types of values: eight plain ones, and arrays, objects and maps of them."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable
from enum import Enum
from typing import Any

import attrs

from runyard.errors import InvalidInput, did_you_mean
from runyard.types.kinds import is_moment, is_numpy_scalar


class DataType(Enum):
    """The plain types of values; numbers and names are MLflow's."""

    boolean = 1
    integer = 2  # 32 bits
    long = 3  # 64 bits
    float = 4  # 32 bits
    double = 5  # 64 bits
    string = 6
    binary = 7
    datetime = 8

    def __repr__(self) -> str:
        return self.name

    def __str__(self) -> str:
        return self.name

    def to_numpy(self) -> Any:
        """The numpy dtype of such values."""
        return _dtype(_NUMPY_NAMES[self])

    def to_pandas(self) -> Any:
        """The pandas dtype of a column of such values; strings and bytes are objects."""
        return object if self in {DataType.string, DataType.binary} else self.to_numpy()

    def to_python(self) -> type:
        """The type of Python that such a value has."""
        return _PYTHON_TYPES[self]

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        return {"type": self.name}

    @classmethod
    def check_type(cls, data_type: DataType, value: object) -> bool:
        """Whether a single value has the type without conversion."""
        kind: Any = type(value)
        if data_type is cls.datetime:
            return is_moment(value)
        if kind is _PYTHON_TYPES[data_type] or (data_type is cls.binary and kind is bytearray):
            return True
        if kind is object:
            return data_type in {cls.string, cls.binary}
        return is_numpy_scalar(value) and bool(_dtype(kind) == data_type.to_numpy())

    @classmethod
    def all_types(cls) -> list[DataType]:
        """Every plain type, in order."""
        return list(cls)

    @classmethod
    def from_numpy_type(cls, np_type: Any) -> DataType | None:
        """The type whose numpy dtype this is, if there is one."""
        return next((kind for kind in cls if kind.to_numpy() == np_type), None)


_NUMPY_NAMES = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
    DataType.string: "str",
    DataType.binary: "bytes",
    DataType.datetime: "datetime64[ns]",
}
_PYTHON_TYPES: dict[DataType, type] = {
    DataType.boolean: bool,
    DataType.integer: int,
    DataType.long: int,
    DataType.float: float,
    DataType.double: float,
    DataType.string: str,
    DataType.binary: bytes,
    DataType.datetime: dt.date,
}


@functools.cache
def _dtype(kind: Any) -> Any:
    import numpy as np

    return np.dtype(kind)


def as_type(value: object) -> ValueType:
    """A type from itself or from the name of a plain one."""
    if isinstance(value, str):
        if value not in DataType.__members__:
            names = list(DataType.__members__)
            raise InvalidInput(
                f"no data type is named {value!r}{did_you_mean(value, names)}; there are {', '.join(names)}"
            )
        return DataType[value]
    if not isinstance(value, DataType | Array | Object | Map | AnyType):
        raise InvalidInput(f"{value!r} is no data type: give a DataType, its name, an Array, Object, Map or AnyType")
    return value


@attrs.frozen(repr=False)
class AnyType:
    """Any JSON value, None included; nothing is checked or converted."""

    def __repr__(self) -> str:
        return "Any"

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        return {"type": "any"}


@attrs.frozen(repr=False)
class Array:
    """A list of values of one type."""

    dtype: ValueType = attrs.field(converter=as_type)

    def __repr__(self) -> str:
        return f"Array({self.dtype!r})"

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        return {"type": "array", "items": self.dtype.to_dict()}


@attrs.frozen(repr=False)
class SparkMLVector(Array):
    """A vector of Spark ML: an array of doubles."""

    dtype: ValueType = attrs.field(default=DataType.double, init=False)

    def __repr__(self) -> str:
        return "SparkML vector"

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        return {"type": "sparkml_vector"}


@attrs.frozen(repr=False)
class Map:
    """A dictionary whose keys are any strings and whose values have one type."""

    value_type: ValueType = attrs.field(converter=as_type)

    def __repr__(self) -> str:
        return f"Map(str -> {self.value_type!r})"

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        return {"type": "map", "values": self.value_type.to_dict()}


@attrs.frozen(repr=False, order=False)
class Property:
    """One named value of an object."""

    name: str = attrs.field()
    dtype: ValueType = attrs.field(converter=as_type)
    required: bool = True

    @name.validator
    def _is_text(self, _: object, name: object) -> None:
        if not isinstance(name, str):
            raise InvalidInput(f"the name of a property is a string, got {name!r}")

    def __lt__(self, other: Property) -> bool:
        return self.name < other.name

    def __repr__(self) -> str:
        return f"{self.name}: {self.dtype!r} ({'required' if self.required else 'optional'})"

    def to_dict(self) -> dict[str, Any]:
        """The property as it stands in an object's JSON: its name and what it holds."""
        return {self.name: {**self.dtype.to_dict(), "required": self.required}}


def _sorted_properties(properties: object) -> tuple[Property, ...]:
    if not isinstance(properties, list | tuple) or not all(isinstance(item, Property) for item in properties):
        raise InvalidInput(f"the properties of an Object are a list of Property, got {properties!r}")
    if not properties:
        raise InvalidInput("an Object has at least one property; for objects with any keys there is Map")
    names = [item.name for item in properties]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"the properties of an Object have different names; repeated: {', '.join(repeated)}")
    return tuple(sorted(properties))


@attrs.frozen(repr=False)
class Object:
    """A dictionary with named values, each of its own type."""

    _properties: Iterable[Property] = attrs.field(converter=_sorted_properties)

    @property
    def properties(self) -> list[Property]:
        """The properties, sorted by name."""
        return list(self._properties)

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self._properties)) + "}"

    def to_dict(self) -> dict[str, Any]:
        """The type as it stands in a schema's JSON."""
        properties = {name: value for item in self._properties for name, value in item.to_dict().items()}
        return {"type": "object", "properties": properties}


ValueType = DataType | AnyType | Array | Object | Map
