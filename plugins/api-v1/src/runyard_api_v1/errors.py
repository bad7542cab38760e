"""Errors as they cross HTTP: a status, a code and one line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

import attrs
import orjson

from runyard.errors import InvalidInput, RunyardError
from runyard.server.failures import told
from runyard_api_v1.fields import About

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


@attrs.frozen
class Error:
    """What went wrong."""

    error_code: Annotated[str, About("A name that stays the same, such as RESOURCE_DOES_NOT_EXIST.")]
    message: Annotated[str, About("What was asked, what exists, what to do.")]
    error_class: Annotated[str | None, About("Runyard's name for it, such as InvalidState; null where it has none.")]


class TooLarge(InvalidInput):
    """A body of more bytes than are taken."""


def answer_to(error: RunyardError) -> tuple[int, bytes]:
    """The status and the body that tell of an error."""
    status, message = told(error)
    return 413 if isinstance(error, TooLarge) else status, body_of(error.code, message, error.error_class)


def body_of(code: str, message: str, error_class: str | None = None) -> bytes:
    return orjson.dumps({"error_code": code, "message": message, "error_class": error_class})
