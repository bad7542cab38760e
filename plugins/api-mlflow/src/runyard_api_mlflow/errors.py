"""Errors as MLflow's clients read them: a status, a code, a message."""

from __future__ import annotations

from runyard.errors import RunyardError
from runyard.server.failures import told


def answer_to(error: RunyardError) -> tuple[int, dict[str, str]]:
    """The status and the body that tell a client of an error."""
    status, message = told(error)
    return status, {**body_of(error.code, message), "error_class": error.error_class}


def body_of(code: str, message: str) -> dict[str, str]:
    return {"error_code": code, "message": message}
