"""Data made to fit a schema before a model sees it: made once per model, called for each prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runyard.types.enforce_params import ParamEnforcer
from runyard.types.schema import Schema

__all__ = ["Enforcer", "ParamEnforcer", "enforce"]


def Enforcer(schema: Schema) -> Callable[[Any], Any]:  # noqa: N802 - it makes what is called
    """What makes data fit a schema: it returns the data, or raises an error that says what does not fit."""
    if schema.is_tensor_spec():
        from runyard.types.enforce_tensors import tensor_enforcer

        return tensor_enforcer(schema)
    from runyard.types.enforce_frames import FrameEnforcer

    return FrameEnforcer(schema)


def enforce(data: Any, schema: Schema) -> Any:
    """The data as a schema wants it, once."""
    return Enforcer(schema)(data)
