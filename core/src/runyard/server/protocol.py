"""HTTP/1.1 as uvicorn speaks it, with limits on headers and on how slowly a client may send them."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from runyard.server.answers import IS_FULL, IS_GONE, Answer
from runyard.server.joining import JoiningTransport

LINGER = 10.0  # seconds for which the rest of a body that nobody wants is taken, so that the client reads the answer

_MALFORMED = Answer.error(400, "BAD_REQUEST", "this is no HTTP request that the server understands")
_TOO_LONG = Answer.error(431, "BAD_REQUEST", "the line and headers of this request are longer than the server takes")
_TOO_SLOW = Answer.error(408, "BAD_REQUEST", "the headers of this request did not arrive in time")


@attrs.frozen
class HeaderLimits:
    """The most bytes and headers of a request, and the seconds in which they must arrive."""

    size: int
    count: int
    seconds: float


class _TooLong(Exception):
    """The headers are longer than they may be."""


class LimitedProtocol(HttpToolsProtocol):
    """A connection. The limits are set on a subclass, as uvicorn makes each connection from the class."""

    limits: HeaderLimits

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._seen = 0  # bytes that came while headers were not complete
        self._size = 0  # bytes of the headers that the parser has told of
        self._in_headers = True
        self._begun = False  # the first byte of a request has come
        self._too_long = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.transport = JoiningTransport(transport, self.loop)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_headers:
            # The parser keeps a header that never ends, and tells nobody.
            self._seen += len(data)
        super().data_received(data)
        if self._in_headers and self._seen > self.limits.size and not self.transport.is_closing():
            self._too_long = True
            self.send_400_response("")

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's hook
        self._refuse(_TOO_LONG if self._too_long else _MALFORMED)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_headers = self._begun = True
        self._size = 0
        if self._deadline is None:
            self._start_deadline()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._seen = 0
        self._stop_deadline()
        super().on_headers_complete()
        cycle, flow = self.cycle, self.flow
        self.scope[IS_GONE] = lambda: cycle.disconnected  # type: ignore[literal-required]  # ours
        self.scope[IS_FULL] = lambda: flow.write_paused  # type: ignore[literal-required]  # ours

    def on_body(self, body: bytes) -> None:
        # uvicorn collects a body's pieces in a bytearray and copies that for the application. One that is taken before
        # the next one comes, as most are, is handed over as it is.
        if not self.cycle.body:
            self.cycle.body, body = body, b""  # type: ignore[assignment]  # it is only added to and made bytes of
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._begun = False
        self._in_headers = True
        self._stop_deadline()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._begun and not self.pipeline and not self.transport.is_closing():
            self._deadline = self.loop.call_later(LINGER, self.transport.close)

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self.limits.size or len(self.headers) > self.limits.count:
            self._too_long = True
            raise _TooLong

    def _start_deadline(self) -> None:
        if self.limits.seconds:
            self._deadline = self.loop.call_later(self.limits.seconds, self._expire)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._begun:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, answer: Answer) -> None:
        """Answer a request that never became one, and hang up; an answer that is on its way is not mixed with it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()
            return
        head = (
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            (b"connection", b"close"),
            (b"x-content-type-options", b"nosniff"),
        )
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in head)
        self.transport.write(STATUS_LINE[answer.status] + lines + b"\r\n" + answer.body)
        self.transport.close()
