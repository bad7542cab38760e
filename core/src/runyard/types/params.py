"""The params that a model takes at inference, with their types and defaults."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.types.datatypes import DataType, Object, as_type
from runyard.types.param_values import fitted_param
from runyard.types.reading import loaded_list, member, read_type


def _param_type(value: object) -> DataType | Object:
    kind = as_type(value)
    if not isinstance(kind, DataType | Object) or kind is DataType.binary:
        raise InvalidInput(f"a param has a plain data type other than binary, or is an Object; got {kind!r}")
    return kind


def _param_shape(value: Any) -> tuple[int, ...] | None:
    return None if value is None else tuple(value)


@attrs.frozen(repr=False)
class ParamSpec:
    """One param: its type, its default, and the shape (-1,) if it is a list."""

    name: str = attrs.field(converter=str)
    dtype: DataType | Object = attrs.field(converter=_param_type)
    default: Any = attrs.field()
    shape: tuple[int, ...] | None = attrs.field(default=None, converter=_param_shape)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "default", self.fitted(self.default))

    def fitted(self, value: Any) -> Any:
        """The value as this param wants it."""
        return fitted_param(value, self.dtype, self.shape, f"param {self.name!r}")

    @classmethod
    def validate_param_spec(cls, value: Any, param_spec: ParamSpec) -> Any:
        """The value as a param wants it; MLflow's name for `fitted`."""
        return param_spec.fitted(value)

    def __repr__(self) -> str:
        shape = "" if self.shape is None else f" (shape: {self.shape})"
        return f"{self.name!r}: {self.dtype!r} (default: {self.default}){shape}"

    def to_dict(self) -> dict[str, Any]:
        """The param as it stands in a schema's JSON."""
        default = self.default
        if self.dtype is DataType.datetime and default is not None:
            default = default.isoformat() if self.shape is None else [item.isoformat() for item in default]
        return {"name": self.name, "default": default, "shape": self.shape, **self.dtype.to_dict()}

    @classmethod
    def from_json_dict(cls, **value: Any) -> ParamSpec:
        """A param from its entry in a schema's JSON."""
        return cls.read(value, "param")

    @classmethod
    def read(cls, value: object, place: str) -> ParamSpec:
        """A param from its entry in a schema's JSON; errors name the place."""
        name, default = member(value, "name", place), member(value, "default", place)
        assert isinstance(value, Mapping)
        if "type" not in value and "dtype" in value:  # as early versions of MLflow wrote it
            value = {**value, "type": value["dtype"]}
        kind = read_type(value, place)
        return cls(name, kind, default, value.get("shape"))


def _as_params(params: object) -> tuple[ParamSpec, ...]:
    if not isinstance(params, list | tuple) or not all(isinstance(item, ParamSpec) for item in params):
        raise InvalidInput(f"a ParamSchema is made of a list of ParamSpec, got {params!r:.80}")
    names = [item.name for item in params]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput(f"the params of a ParamSchema have different names; repeated: {', '.join(repeated)}")
    return tuple(params)


@attrs.frozen(repr=False)
class ParamSchema:
    """The params that a model takes."""

    _params: tuple[ParamSpec, ...] = attrs.field(converter=_as_params)

    def __len__(self) -> int:
        return len(self._params)

    def __iter__(self) -> Iterator[ParamSpec]:
        return iter(self._params)

    def __repr__(self) -> str:
        return repr(self.params)

    @property
    def params(self) -> list[ParamSpec]:
        """The params, in order."""
        return list(self._params)

    def to_dict(self) -> list[dict[str, Any]]:
        """The entries of its JSON."""
        return [item.to_dict() for item in self._params]

    def to_json(self) -> str:
        """The text that MLmodel files hold."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_json(cls, json_str: str) -> ParamSchema:
        """The params from the text that MLmodel files hold."""
        values = loaded_list(json_str, "schema of params")
        return cls([ParamSpec.read(value, f"param {position} of the schema") for position, value in enumerate(values)])
