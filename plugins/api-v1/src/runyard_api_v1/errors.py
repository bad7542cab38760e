"""Errors as they cross HTTP: a status, a code and one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import attrs
import orjson

from runyard.errors import InvalidInput, RunyardError
from runyard_api_v1.fields import About

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "INVALID_PARAMETER_VALUE": 400,
        "RESOURCE_ALREADY_EXISTS": 400,
        "PERMISSION_DENIED": 403,
        "RESOURCE_DOES_NOT_EXIST": 404,
        "RESOURCE_CONFLICT": 409,
        "RESOURCE_EXHAUSTED": 429,
        "NOT_IMPLEMENTED": 501,
        "TEMPORARILY_UNAVAILABLE": 503,
    }
)
MEANINGS: Mapping[int, str] = MappingProxyType(
    {
        400: "What was sent is refused; the message says what and why.",
        403: "Who asks may not do this.",
        404: "There is no such thing.",
        409: "Somebody else changed it first.",
        413: "The body is too large.",
        429: "No room is left.",
        500: "The server failed; its log says why.",
        501: "The store of this server cannot do this.",
        503: "A store cannot be reached now; try again later.",
    }
)
INTERNAL = "the server failed to answer this request; its log says why"


@attrs.frozen
class Error:
    """What went wrong."""

    error_code: Annotated[str, About("A name that stays the same, such as RESOURCE_DOES_NOT_EXIST.")]
    message: Annotated[str, About("What was asked, what exists, what to do.")]
    error_class: Annotated[str | None, About("Runyard's name for it, such as InvalidState; null where it has none.")]


class TooLarge(InvalidInput):
    """A body of more bytes than are taken."""


def answer_to(error: RunyardError) -> tuple[int, bytes]:
    """The status and the body that tell of an error; what is the server's own fault is not described."""
    status = 413 if isinstance(error, TooLarge) else STATUS.get(error.code, 500)
    return status, body_of(error.code, INTERNAL if status == 500 else error.message, error.error_class)


def body_of(code: str, message: str, error_class: str | None = None) -> bytes:
    return orjson.dumps({"error_code": code, "message": message, "error_class": error_class})
