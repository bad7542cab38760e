"""What the answers of servers mean: their errors as Runyard's, whoever wrote the server."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
import requests

from runyard import errors
from runyard.errors import (
    AlreadyExists,
    Conflict,
    CorruptData,
    DeliveryError,
    Forbidden,
    InvalidInput,
    InvalidState,
    NotFound,
    NotSupported,
    QueryError,
    RunyardError,
    StorageFull,
    Unavailable,
)

ReadT = TypeVar("ReadT")

RETRIED = frozenset({408, 429, 502, 503, 504})
CODES: Mapping[str, type[RunyardError]] = MappingProxyType(
    {
        "ABORTED": Conflict,
        "ALREADY_EXISTS": AlreadyExists,
        "BAD_REQUEST": InvalidInput,
        "CUSTOMER_UNAUTHORIZED": Forbidden,
        "DATA_LOSS": CorruptData,
        "DEADLINE_EXCEEDED": Unavailable,
        "ENDPOINT_NOT_FOUND": NotSupported,
        "INVALID_PARAMETER_VALUE": InvalidInput,
        "INVALID_STATE": InvalidState,
        "NOT_FOUND": NotFound,
        "NOT_IMPLEMENTED": NotSupported,
        "PERMISSION_DENIED": Forbidden,
        "REQUEST_LIMIT_EXCEEDED": Unavailable,
        "RESOURCE_ALREADY_EXISTS": AlreadyExists,
        "RESOURCE_CONFLICT": Conflict,
        "RESOURCE_DOES_NOT_EXIST": NotFound,
        "RESOURCE_EXHAUSTED": StorageFull,
        "TEMPORARILY_UNAVAILABLE": Unavailable,
        "UNAUTHENTICATED": Forbidden,
    }
)
# What a Runyard server names; other errors have only a code. A DeliveryError is of a client, and has no message.
CLASSES: Mapping[str, type[RunyardError]] = MappingProxyType(
    {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, RunyardError) and kind not in {RunyardError, DeliveryError}
    }
)
# MLflow has one code for what is wrong and for what is wrong just now; its words, and ours, tell them apart.
_STATE = re.compile(
    r"must be in the '?(active|deleted)'? (state|lifecycle_stage)|Current state is \w+|"
    r"^(run|experiment|logged model|model) \S+ is (deleted|active)\b|^(run|experiment) '.*' is (deleted|active)\b",
    re.IGNORECASE,
)
_SHOWN = 200  # characters of a body that is no error of MLflow's


class PastTheEnd(InvalidInput):
    """A range that begins after the end of a file."""


def content(response: requests.Response, server: str) -> Any:
    """The JSON of an answer that says that all is well."""
    if not response.content:
        return {}
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError as error:
        raise RunyardError(f"{_no_server(response, server)}; it answers {_shown(response)}") from error


def read(answer: Any, reader: Callable[[Any], ReadT], server: str) -> ReadT:
    """What a reader makes of an answer.

    Raises:
        RunyardError: the answer is not what MLflow's protocol says.
    """
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, RunyardError):
            raise
        what = f"{type(error).__name__}: {error}"
        raise RunyardError(f"{server} gave an answer that cannot be understood ({what})") from error


def error_of(response: requests.Response, server: str, who: str) -> RunyardError:
    """What an answer with a status of 400 or more says; `who` is named where the server lets nobody in."""
    code, name, message = _told(response)
    status = response.status_code
    if status == 401:
        return Forbidden(
            f"{server} does not let {who} in ({message or response.reason}); set RUNYARD_STORE_HTTP_TOKEN, or "
            "RUNYARD_STORE_HTTP_USERNAME and RUNYARD_STORE_HTTP_PASSWORD"
        )
    if status == 413:
        return InvalidInput(f"{server} takes no request that large: {message or response.reason}")
    if status == 416:
        return PastTheEnd(message or str(response.reason))
    kind = CLASSES.get(name) or _kind_by_code(response, code, message)
    if kind is None:
        return _unknown(response, server, who, code, message)
    if kind is QueryError:
        return _query_error(message)
    return kind(message or f"{server} refuses this to {who}: it answers {_shown(response)}")


def pause_of(response: requests.Response) -> float | None:
    """How many seconds to wait, as the server asks for; None where it does not."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (at - datetime.now(UTC)).total_seconds()) if at.tzinfo is not None else None


def _kind_by_code(response: requests.Response, code: str, message: str) -> type[RunyardError] | None:
    kind = CODES.get(code)
    if kind is InvalidInput and _STATE.search(message):
        return InvalidState
    if kind is StorageFull and "Retry-After" in response.headers:
        return Unavailable  # a limit on how often one asks
    return kind


def _told(response: requests.Response) -> tuple[str, str, str]:
    """The code, the class and the message in the body of an error, empty where it has none."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    told = body if isinstance(body, dict) else {}
    code, name, message = (told.get(field) for field in ("error_code", "error_class", "message"))
    return _text(code), _text(name), _text(message)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _query_error(message: str) -> QueryError:
    """What its message says: the problem, and below it the line of the query with a mark where it is wrong."""
    *problem, text, mark = ["", "", *message.split("\n")]
    if len(problem) > 2 and mark.strip() == "^" and text.startswith("  "):
        return QueryError("\n".join(problem[2:]), text[2:], len(mark) - 3)
    return QueryError(message, "", 0)


def _unknown(response: requests.Response, server: str, who: str, code: str, message: str) -> RunyardError:
    status = response.status_code
    if status == 403:
        return Forbidden(f"{server} does not allow this to {who}: {message or _shown(response)}")
    if code:
        return RunyardError(f"{server} failed with {code}: {message}")
    if status in {404, 405}:
        return RunyardError(f"{_no_server(response, server)}; it answers {_shown(response)}")
    if status in RETRIED:
        return Unavailable(f"{server} is not available: it answers {_shown(response)}")
    return RunyardError(f"{server} failed: it answers {_shown(response)}")


def _no_server(response: requests.Response, server: str) -> str:
    path = urlsplit(response.url).path
    return f"no MLflow or Runyard server answers at {server} (asked for {path})"


def _shown(response: requests.Response) -> str:
    status = f"{response.status_code} {response.reason}".strip()
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if kind == "text/html":
        return f"{status} with a web page"
    text = " ".join(response.text.split())
    return f"{status}: {text[:_SHOWN]}" if text else status
