"""The one type that fits values of two types, as those of a list's items."""

from __future__ import annotations

from runyard.errors import InvalidInput
from runyard.types.datatypes import AnyType, Array, DataType, Map, Object, Property, SparkMLVector, ValueType


def merged(first: ValueType, second: ValueType) -> ValueType:
    """The type of values of either type: what is unknown gives way, what only some objects have is optional."""
    if isinstance(first, AnyType):
        return second if isinstance(second, DataType | AnyType) else merged(second, first)
    if isinstance(second, AnyType):
        return _all_optional(first) if isinstance(first, Object) else first
    if first == second:
        return first
    if isinstance(first, Object) and isinstance(second, Object):
        return _merged_objects(first, second)
    if isinstance(first, SparkMLVector) or isinstance(second, SparkMLVector):
        raise _different(first, second)
    if isinstance(first, Array) and isinstance(second, Array):
        return Array(merged(first.dtype, second.dtype))
    if isinstance(first, Map) and isinstance(second, Map):
        return Map(merged(first.value_type, second.value_type))
    raise _different(first, second)


def _merged_objects(first: Object, second: Object) -> Object:
    ours = {item.name: item for item in first.properties}
    theirs = {item.name: item for item in second.properties}
    both = ours.keys() & theirs.keys()
    alone = [item for item in (*ours.values(), *theirs.values()) if item.name not in both]
    return Object(
        [
            *(Property(item.name, item.dtype, required=False) for item in alone),
            *(_merged_properties(ours[name], theirs[name]) for name in both),
        ]
    )


def _merged_properties(first: Property, second: Property) -> Property:
    return Property(first.name, merged(first.dtype, second.dtype), first.required and second.required)


def _all_optional(kind: Object) -> Object:
    return Object([Property(item.name, item.dtype, required=False) for item in kind.properties])


def _different(first: ValueType, second: ValueType) -> InvalidInput:
    return InvalidInput(
        f"values of different types stand together: {first!r} and {second!r}; "
        "declare the schema by hand with Array(AnyType()) where that is meant"
    )
