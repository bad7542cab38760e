"""Params of a call made to fit their schema, with defaults for those that are not given."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.kinds import is_scalar, type_name
from runyard.types.params import ParamSchema


class ParamEnforcer:
    """Makes the params of a call fit a schema: unknown ones are dropped with a warning, defaults are filled in."""

    def __init__(self, schema: ParamSchema | None) -> None:
        self._specs = {spec.name: spec for spec in schema or ()}
        self._takes_params = schema is not None
        self._defaults = {name: spec.default for name, spec in self._specs.items()}
        self._shared = [name for name, value in self._defaults.items() if not is_scalar(value)]

    def __call__(self, params: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        if not self._takes_params:
            return _dropped(params) if params else None if params is None else {}
        if params is not None and not isinstance(params, Mapping):
            raise InvalidInput(f"params are given as a dictionary, got {type_name(params)}")
        given = {str(name): value for name, value in params.items()} if params else {}
        if unknown := [name for name in given if name not in self._specs]:
            warnings.warn(
                f"params that the model's signature does not know are dropped: {', '.join(unknown)}; "
                f"it knows {', '.join(self._specs)}",
                stacklevel=2,
            )
        fitted = self._fitted({name: value for name, value in given.items() if name in self._specs})
        return {**fitted, **{name: value for name, value in self._fresh_defaults().items() if name not in fitted}}

    def _fitted(self, given: dict[str, Any]) -> dict[str, Any]:
        fitted, problems = {}, []
        for name, value in given.items():
            try:
                fitted[name] = self._specs[name].fitted(value)
            except InvalidInput as error:
                problems.append(str(error))
        if problems:
            raise InvalidInput("; ".join(problems))
        return fitted

    def _fresh_defaults(self) -> dict[str, Any]:
        """The defaults; a list or dictionary is copied, for the model may change what it is given."""
        defaults = dict(self._defaults)
        for name in self._shared:
            defaults[name] = deepcopy(defaults[name])
        return defaults


def _dropped(params: Any) -> dict[str, Any]:
    named = ", ".join(map(str, params)) if isinstance(params, dict) else type_name(params)
    warnings.warn(f"params are dropped, for the model's signature says of none: {named}", stacklevel=3)
    return {}
