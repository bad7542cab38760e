"""The type of a value: of scalars, of what lists and dictionaries hold, and of dtypes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.datatypes import AnyType, Array, DataType, Object, Property, ValueType
from runyard.types.kinds import is_array, is_missing, is_moment, is_numpy_scalar, type_name
from runyard.types.merging import merged

_OF_TYPE: dict[type, DataType] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.double,
    str: DataType.string,
    object: DataType.string,
    bytes: DataType.binary,
    bytearray: DataType.binary,
}
_OF_NUMPY_TYPE: dict[str, DataType] = {
    "bool": DataType.boolean,
    "bool_": DataType.boolean,
    "int32": DataType.integer,
    "int64": DataType.long,
    "float32": DataType.float,
    "float64": DataType.double,
    "str_": DataType.string,
    "bytes_": DataType.binary,
}


def datatype_of_dtype(dtype: Any) -> DataType:
    """The type of a numpy dtype, or of a pandas dtype that behaves like one: the narrowest that holds every value."""
    kind = dtype.kind
    if kind in "iu":
        bits = 8 * dtype.itemsize + (kind == "u")  # an unsigned number needs one more than a signed one
        if bits <= 64:
            return DataType.integer if bits <= 32 else DataType.long
    if kind == "f" and dtype.itemsize <= 8:
        return DataType.float if dtype.itemsize <= 4 else DataType.double
    plain = {"b": DataType.boolean, "U": DataType.string, "S": DataType.binary, "M": DataType.datetime}
    if kind not in plain:
        raise InvalidInput(f"values of dtype {dtype} have no data type; convert them, as with astype()")
    return plain[kind]


def value_type(value: Any) -> ValueType:
    """The type of one value; of nothing, an empty list or an empty dictionary it is `any`."""
    kind = _known_type(value)
    if kind is None:
        raise InvalidInput("nothing is known of the items of an empty array; give at least one")
    return kind


def item_type(values: Iterable[Any]) -> ValueType:
    """The type that all values have; at least one is needed."""
    kind = _common_type(values)
    if kind is None:
        raise InvalidInput("nothing is known of the values: there are none, or only empty arrays")
    return kind


def _known_type(value: Any) -> ValueType | None:
    if is_missing(value) or (isinstance(value, list | dict) and not value):
        return AnyType()
    if isinstance(value, dict):
        return _object_type(value)
    if isinstance(value, list) or is_array(value):
        items = _array_items(value) if is_array(value) else _common_type(value)
        return None if items is None else Array(items)
    return _scalar_type(value)


def _array_items(array: Any) -> ValueType | None:
    """The type of an array's items; only floats may be missing, so the others need no look at each item."""
    name = array.dtype.type.__name__
    if array.ndim == 1 and array.size and name in _OF_NUMPY_TYPE:
        return AnyType() if name == "float64" and (array != array).all() else _OF_NUMPY_TYPE[name]  # noqa: PLR0124
    return _common_type(array)


def _common_type(values: Iterable[Any]) -> ValueType | None:
    common: ValueType | None = None
    for value in values:
        kind = _known_type(value)
        if kind is not None:
            common = kind if common is None else merged(common, kind)
    return common


def _object_type(value: dict[Any, Any]) -> Object:
    types = {name: value_type(item) for name, item in value.items()}
    return Object([Property(name, kind, required=not isinstance(kind, AnyType)) for name, kind in types.items()])


def _scalar_type(value: Any) -> DataType:
    kind = _OF_TYPE.get(type(value))
    if kind is None and is_numpy_scalar(value):
        kind = _OF_NUMPY_TYPE.get(type(value).__name__)
    if kind is not None:
        return kind
    if is_moment(value):
        return DataType.datetime
    if hasattr(type(value), "model_fields"):
        raise PydanticExample(
            "the schema of a pydantic object is not inferred from an example; "
            "give the model's predict function the type hint list[YourModel] instead"
        )
    raise InvalidInput(f"a value of type {type_name(value)} has no data type: {value!r:.80}")


class PydanticExample(InvalidInput):
    """A pydantic object given as an example, which cannot stand for its class."""
