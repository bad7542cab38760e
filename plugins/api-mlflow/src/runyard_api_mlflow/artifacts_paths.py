"""Paths of artifacts as requests have them, checked; and messages that do not tell where the server keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qs

from runyard.errors import InvalidInput, RunyardError
from runyard.server.service import Service
from runyard.uris import artifact_path
from runyard_api_mlflow.call import MAX_QUERY_FIELDS
from runyard_api_mlflow.fields import Fields
from runyard_api_mlflow.routes import Scope

MAX_PATH = 2_048  # bytes; below a root this still is a path that every program on the server's machine can open


def safe_path(path: str) -> str:
    """A path below the root, normalized; empty for the root itself.

    Raises:
        InvalidInput: it leads out of the root, is too long, or was not UTF-8.
    """
    if "\ufffd" in path:  # what decoding puts where bytes are no UTF-8; two names could become one
        raise InvalidInput(f"invalid artifact path {path!r}: it must be UTF-8")
    size = len(path.encode(errors="surrogatepass"))
    if size > MAX_PATH:
        raise InvalidInput(f"an artifact path of {size:,} bytes is too long; {MAX_PATH:,} are allowed")
    return artifact_path(path)


def named_path(path: str) -> str:
    """The path of a file.

    Raises:
        InvalidInput: it names none.
    """
    name = safe_path(path)
    if not name or path.endswith("/"):
        raise InvalidInput(f"Artifact path must include a filename (cannot be empty or end with '/'), got {path!r}.")
    return name


def query_of(scope: Scope) -> Fields:
    """The fields of a query string.

    Raises:
        InvalidInput: they are too many.
    """
    text = scope.get("query_string", b"").decode("latin-1")
    if not text:
        return Fields({}, repeated=True)
    try:
        return Fields(parse_qs(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS), repeated=True)
    except ValueError as error:
        raise InvalidInput(f"the query string has more than {MAX_QUERY_FIELDS:,} fields") from error


def headers_of(scope: Scope) -> Mapping[str, str]:
    """The headers of a request, repeated ones joined."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


@contextmanager
def without_places(service: Service) -> Iterator[None]:
    """Keep where the server's artifacts are out of what clients are told of errors."""
    try:
        yield
    except RunyardError as error:
        root = service.artifact_root
        place = "" if root is None else str(root.local_path if root.scheme == "file" else root).rstrip("/")
        if len(place) < 2 or place not in error.message:
            raise
        raise type(error)(error.message.replace(place, "the server's artifacts")) from error
