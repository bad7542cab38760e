"""How a server tells of errors, in whichever API: a status of HTTP, and a line that shows nothing of its insides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runyard.errors import RunyardError

# By the code of the error, as MLflow's server does; every other code is 500.
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


def told(error: RunyardError) -> tuple[int, str]:
    """The status and the message that a client is told.

    What is the server's own fault is not described, for its description may name files and addresses of the server.
    """
    status = STATUS.get(error.code, 500)
    return status, INTERNAL if status == 500 else error.message
