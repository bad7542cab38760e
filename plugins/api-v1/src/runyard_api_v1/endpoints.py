"""What an endpoint is: its path, what it takes and answers, and the function that does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs

from runyard.server.service import Service, Stores
from runyard_api_v1.curves import Curves
from runyard_api_v1.hub import Hub

BASE = "/api/v1"
JSON = "application/json"
MAX_JSON = 16 << 20  # bytes of a JSON body


@attrs.frozen(eq=False)
class Shared:
    """What the requests of one server process share."""

    curves: Curves = attrs.field(factory=Curves)
    hub: Hub = attrs.field(factory=Hub)


@attrs.define(slots=False)
class Call:
    """One request: its parameters and its body, read, and the stores as whoever asks sees them."""

    service: Service
    shared: Shared
    scope: Mapping[str, Any]
    parameters: Any = None  # an instance of the endpoint's `parameters`
    body: Any = None  # an instance of the endpoint's `body`; bytes where that is a media type

    @cached_property
    def stores(self) -> Stores:
        return self.service.stores(self.scope)

    @property
    def user(self) -> str | None:
        """Whom a change is put down to; None where nobody knows."""
        return self.stores.principal.name or None

    def header(self, name: str) -> str:
        """The value of a header, by its name in lower case; empty where there is none."""
        wanted = name.encode()
        values = [value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted]
        return ", ".join(values)

    def accepts(self, media_type: str) -> bool:
        """Whether the client asks for a media type by its name."""
        return any(one.partition(";")[0].strip() == media_type for one in self.header("accept").lower().split(","))


@attrs.frozen
class Reply:
    """An answer that is bytes already."""

    content: bytes
    media_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict)
    status: int = 200
    compressible: bool = True


@attrs.frozen(kw_only=True)
class Endpoint:
    """One operation of the API.

    `handle` is called in a thread. It returns a value that `to_plain` knows, None for an answer without content, a
    `Reply`, or an ASGI application that answers. `answers` says by media type what comes: a class, or None for bytes.
    """

    operation: str
    method: str
    path: str  # below BASE
    summary: str
    tag: str
    handle: Callable[[Call], Any]
    parameters: type | None = None
    body: type | str | None = None  # a class for JSON, else a media type
    max_body: int = MAX_JSON
    answers: Mapping[str, Any] = attrs.field(factory=dict)
    errors: Sequence[int] = ()
    events: Sequence[type] = ()  # of what the data in a stream are

    @property
    def full_path(self) -> str:
        return BASE + self.path
