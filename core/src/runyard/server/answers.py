"""Whole responses that the server gives itself: plain texts, and errors in MLflow's form."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import attrs

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = Iterable[tuple[bytes, bytes]]

CLOSE = (b"connection", b"close")
IS_GONE = "runyard.is_gone"  # where a scope may say whether the client has hung up
IS_FULL = "runyard.is_full"  # where it may say whether what is sent would have to wait for the client


@attrs.frozen
class Answer:
    """A status, headers and a body."""

    status: int
    body: bytes = b""
    content_type: bytes = b"text/plain; charset=utf-8"
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @classmethod
    def error(cls, status: int, code: str, message: str, *headers: tuple[bytes, bytes]) -> Answer:
        body = json.dumps({"error_code": code, "message": message, "error_class": None}).encode()
        return cls(status, body, b"application/json", headers)

    async def give(self, send: Send, *, without_body: bool = False) -> None:
        own = [] if self.status == 204 else [(b"content-type", self.content_type)]
        length = [] if self.status == 204 else [(b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": [*own, *length, *self.headers]})
        await send({"type": "http.response.body", "body": b"" if without_body else self.body})
