"""Errors as MLflow's clients read them: a status, a code, a message."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runyard.errors import RunyardError

STATUS: Mapping[str, int] = MappingProxyType(
    {
        "BAD_REQUEST": 400,
        "INVALID_PARAMETER_VALUE": 400,
        "RESOURCE_ALREADY_EXISTS": 400,
        "UNAUTHENTICATED": 401,
        "PERMISSION_DENIED": 403,
        "ENDPOINT_NOT_FOUND": 404,
        "RESOURCE_DOES_NOT_EXIST": 404,
        "RESOURCE_CONFLICT": 409,
        "RESOURCE_EXHAUSTED": 429,
        "DATA_LOSS": 500,
        "INTERNAL_ERROR": 500,
        "INVALID_STATE": 500,
        "NOT_IMPLEMENTED": 501,
        "TEMPORARILY_UNAVAILABLE": 503,
    }
)
INTERNAL = "the server failed to answer this request; its log says why"


def answer_to(error: RunyardError) -> tuple[int, dict[str, str]]:
    """The status and the body that tell a client of an error.

    What is the server's own fault is not described, for its description may name files and addresses of the server.
    """
    status = STATUS.get(error.code, 500)
    body = body_of(error.code, error.message if status != 500 else INTERNAL)
    return status, {**body, "error_class": error.error_class}


def body_of(code: str, message: str) -> dict[str, str]:
    return {"error_code": code, "message": message}
