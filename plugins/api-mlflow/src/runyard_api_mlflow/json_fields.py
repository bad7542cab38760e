"""JSON as MLflow's clients read and write it: what is not finite is a text, and old clients encode twice."""

from __future__ import annotations

import json
from typing import Any

import orjson

from runyard.errors import InvalidInput


def encode(value: Any) -> bytes:
    """JSON; floats must have gone through `runyard.wire.plain_float`."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a surrogate pair, or an integer of more than 64 bits
        return json.dumps(value, allow_nan=False).encode()


def decode(body: bytes) -> dict[str, Any]:
    """The object in a request's body; empty where there is none or it is no JSON.

    Raises:
        InvalidInput: it is JSON, but no object.
    """
    value = _parsed(body)
    if isinstance(value, str):
        value = _parsed(value.encode(errors="replace"))
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidInput(f"the body of a request must be a JSON object, got {type(value).__name__}")
    return value


def _parsed(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parsed_as_python_does(body) if body.strip() else None


def _parsed_as_python_does(body: bytes) -> Any:
    """The same with a bare NaN, which is no JSON, but which Python's own clients write."""
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("the body of a request holds half of a surrogate pair, which is no text") from error
    except (ValueError, RecursionError):
        return None
    return value
