"""The Docker engine: where it is, and what it refuses, told as Runyard's errors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from docker import DockerClient
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.errors import APIError, DockerException
from urllib3.exceptions import HTTPError

from runyard.errors import InvalidInput, RunyardError, Unavailable

# What a connection that breaks raises; the errors of requests are OSErrors.
UNREACHABLE = (DockerException, HTTPError, OSError)


def address_of_engine() -> str:
    """Where the engine is: what DOCKER_HOST says, else the context that the command `docker` uses."""
    said = os.environ.get("DOCKER_HOST")
    if said:
        return said
    try:
        context = ContextAPI.get_current_context()
    except UNREACHABLE as error:
        raise InvalidInput(f"Docker's context cannot be read: {error}; say where it is with DOCKER_HOST") from error
    return str((context and context.Host) or DEFAULT_UNIX_SOCKET).replace("http+", "")


def connect(address: str) -> DockerClient:
    """A client of the engine there, which answers.

    Raises:
        Unavailable: it does not.
    """
    try:
        return DockerClient.from_env(
            environment={**os.environ, "DOCKER_HOST": address}, use_ssh_client=address.startswith("ssh:")
        )
    except UNREACHABLE as error:
        raise Unavailable(
            f"no Docker engine answers at {address}; start one, such as with systemctl start docker or by Docker "
            f"Desktop, or say where it is with DOCKER_HOST ({_in_a_line(error)})"
        ) from error


@contextmanager
def explained(what: str, kind: type[RunyardError] = InvalidInput) -> Iterator[None]:
    """Tell what the engine refuses as an error of a kind, and that it does not answer as Unavailable."""
    try:
        yield
    except APIError as error:
        raise kind(f"{what}: {reason_of(error)}") from error
    except UNREACHABLE as error:
        raise Unavailable(f"{what}: the Docker engine does not answer ({_in_a_line(error)})") from error


def reason_of(error: APIError) -> str:
    """What the engine says, in one line."""
    return " ".join(str(error.explanation or error).split())


def _in_a_line(error: BaseException) -> str:
    """The innermost reason, which the libraries wrap several times."""
    while error.__context__ is not None:
        error = error.__context__
    return " ".join(str(error).split()) or type(error).__name__
