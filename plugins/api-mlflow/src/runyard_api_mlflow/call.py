"""One request to an endpoint: its fields, who asks, and the stores as that one sees them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from runyard.errors import InvalidInput
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import capability
from runyard.server.service import Service, Stores
from runyard_api_mlflow.fields import Fields, checked
from runyard_api_mlflow.json_fields import decode

JSON = "application/json"
MAX_QUERY_FIELDS = 10_000


class Call(Fields):
    """What a handler gets. The fields are those of the JSON body, or for GET those of the query string."""

    def __init__(
        self, service: Service, scope: Mapping[str, Any], body: bytes = b"", path: Mapping[str, str] | None = None
    ) -> None:
        query = _query(scope) if scope["method"] in {"GET", "HEAD"} else {}
        if scope["method"] in {"POST", "PUT"}:
            _check_content_type(scope)
        super().__init__(query or decode(body), repeated=bool(query))
        self.service = service
        self.scope = scope
        self._path = path or {}

    @cached_property
    def stores(self) -> Stores:
        """The stores as whoever asks sees them."""
        return self.service.stores(self.scope)

    @property
    def logged_models(self) -> KeepsLoggedModels:
        """The tracking store as one that keeps logged models; `NotSupported` where it does not."""
        return capability(self.stores.tracking, KeepsLoggedModels)  # type: ignore[type-abstract]

    @property
    def user(self) -> str | None:
        """Whom a change is put down to; None where nobody knows."""
        return self.stores.principal.name or None

    def path(self, name: str) -> str:
        """A segment of the path, percent-decoded once."""
        return checked(name, self._path[name])

    def run_id(self) -> str:
        """The run that a request is about, by either of its names."""
        old = self.text("run_uuid")
        return self.text("run_id", required=not old) or old or ""


def _query(scope: Mapping[str, Any]) -> dict[str, list[str]]:
    try:
        text = scope.get("query_string", b"").decode("latin-1")
        return parse_qs(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError as error:
        raise InvalidInput(
            f"the query string has more than {MAX_QUERY_FIELDS:,} fields; ask in several steps"
        ) from error


def _check_content_type(scope: Mapping[str, Any]) -> None:
    for name, value in scope["headers"]:
        if name == b"content-type":
            if value.partition(b";")[0].strip().lower() == JSON.encode():
                return
            raise InvalidInput(f"Bad Request. Content-Type must be one of ['{JSON}'].")
    raise InvalidInput("Bad Request. Content-Type header is missing.")
