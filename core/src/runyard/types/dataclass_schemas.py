"""Columns from a dataclass with type hints, for models whose input or output is described by one."""

from __future__ import annotations

import dataclasses
import datetime as dt
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from runyard.errors import InvalidInput
from runyard.types.columns import ColSpec
from runyard.types.datatypes import Array, DataType, Object, Property, ValueType

# MLflow's choice, which differs from that for other hints: a float is a single.
_PLAIN: dict[Any, DataType] = {
    bool: DataType.boolean,
    int: DataType.long,
    float: DataType.float,
    str: DataType.string,
    bytes: DataType.binary,
    dt.date: DataType.datetime,
}


def dataclass_columns(dataclass: Any) -> list[ColSpec]:
    """A column for each field of a dataclass and its parents."""
    return [ColSpec(kind, name, required) for name, kind, required in _fields(dataclass)]


def _fields(dataclass: Any) -> list[tuple[str, ValueType, bool]]:
    kind = dataclass if isinstance(dataclass, type) else type(dataclass)
    hints = get_type_hints(kind)
    return [
        (field.name, *_field_type(hints[field.name], f"{kind.__name__}.{field.name}"))
        for field in dataclasses.fields(kind)
    ]


def _field_type(hint: Any, place: str) -> tuple[ValueType, bool]:
    if get_origin(hint) in {Union, UnionType}:
        known = [item for item in get_args(hint) if item is not NoneType]
        if len(known) != 1 or len(get_args(hint)) != 2:
            raise InvalidInput(f"the only union that a field of a dataclass may have is Optional; {place} is {hint}")
        return _type(known[0], place), False
    return _type(hint, place), True


def _type(hint: Any, place: str) -> ValueType:
    if get_origin(hint) is list:
        return Array(_type(get_args(hint)[0], place))
    if dataclasses.is_dataclass(hint):
        return Object([Property(name, kind, required) for name, kind, required in _fields(hint)])
    if hint in _PLAIN:
        return _PLAIN[hint]
    names = ", ".join(kind.__name__ for kind in _PLAIN)
    raise InvalidInput(f"{place} is {hint}: a field has one of {names}, a dataclass, or a list of these")
