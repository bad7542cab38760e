"""One request and its response on their way through the door: counted, limited, and never answered twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from runyard.server.answers import CLOSE, Answer, Message, Receive, Send

GONE: Message = {"type": "http.disconnect"}
EVENT_STREAM = b"text/event-stream"


class ClientGone(OSError):
    """Nobody is there any more to send to; raised by `send`, as ASGI 2.4 has it."""


class Exchange:
    """The `receive` and `send` that a mount is given.

    Once the door has answered in the mount's place, the mount sees a client that has hung up.
    """

    __slots__ = (
        "_idle",
        "_left",
        "_receive",
        "_send",
        "_task",
        "_timer",
        "_waiting",
        "complete",
        "headers",
        "is_full",
        "is_gone",
        "on_stream",
        "overruled",
        "received",
        "size",
        "status",
        "streaming",
        "taken",
        "without_body",
    )

    def __init__(self, receive: Receive, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._receive = receive
        self._send = send
        self._left: int | None = None
        self._idle: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[Any] | None = None
        self._waiting = False  # for a piece of the body
        self.headers = headers  # that every response gets
        self.is_gone: Callable[[], bool] = _never  # whether the client has hung up
        self.is_full: Callable[[], bool] = _always  # whether what is sent has to wait for the client
        self.on_stream: Callable[[], None] | None = None
        self.overruled = False  # the door has answered in the mount's place
        self.received = False  # all of the request's body
        self.taken = 0  # bytes of it
        self.status = 0
        self.size = 0
        self.complete = False
        self.streaming = False  # events, for as long as somebody listens
        self.without_body = False

    def limit_body(self, size: int) -> None:
        """Let the body have so many bytes; beyond, the answer is 413."""
        self._left = size

    def limit_time(self, seconds: float) -> None:
        """Let all of it take so long; then the answer is 408 or 504, whichever side was slow."""
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._expire, seconds)

    def limit_idleness(self, seconds: float) -> None:
        """Let each piece that is received or sent take so long."""
        self._idle = seconds

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def give(self, answer: Answer) -> None:
        """Answer in the mount's place, unless it has begun to."""
        if not self.status:
            await answer.give(self._pass_on, without_body=self.without_body)

    async def receive(self) -> Message:
        if self._is_overruled():
            return GONE
        self._waiting = True
        if self._idle is None or self.received:
            message = await self._receive()
        else:
            try:
                async with asyncio.timeout(self._idle):
                    message = await self._receive()
            except TimeoutError:
                await self._overrule(_late_client(self._idle))
                return GONE
        self._waiting = False
        if self._is_overruled():
            return GONE
        if message["type"] == "http.request":
            self.taken += len(message.get("body", b""))
            if not message.get("more_body", False):
                self.received = True
            if self._left is not None and self.taken > self._left:
                await self._overrule(too_large(self._left))
                return GONE
        return message

    async def send(self, message: Message) -> None:
        """Send for the mount.

        Raises:
            ClientGone: nobody is there any more.
        """
        if self.overruled or self.is_gone():
            raise ClientGone
        noted = self._noted(message, foreign=True)
        if self._idle is None or not self.is_full():
            await self._send(noted)
        else:
            try:
                async with asyncio.timeout(self._idle):
                    await self._send(noted)
            except TimeoutError:
                self.overruled = True  # the connection is closed, as the response is not complete
                raise ClientGone from None
        if message.get("more_body", False):
            await asyncio.sleep(0)  # a mount that sends without end must not keep everybody else waiting

    async def _pass_on(self, message: Message) -> None:
        await self._send(self._noted(message, foreign=False))

    def _noted(self, message: Message, *, foreign: bool) -> Message:
        """The message to send, with all headers, after a look at what it says."""
        if message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
        elif message["type"] == "http.response.start":
            self.status = message["status"]
            return {**message, "headers": self._all_headers(message.get("headers", ()), foreign=foreign)}
        return message

    def _all_headers(self, given: Iterable[tuple[bytes, bytes]], *, foreign: bool) -> list[tuple[bytes, bytes]]:
        """The mount's headers and the door's; a mount may be stricter about frames, but not looser about origins."""
        headers = []
        names = set()
        for name, value in given:
            lowered = name.lower()
            if lowered == b"content-type" and value.startswith(EVENT_STREAM):
                self._become_stream()
            elif foreign and lowered.startswith(b"access-control-"):
                continue
            names.add(lowered)
            headers.append((lowered, value))
        headers += [header for header in self.headers if header[0] not in names or header[0] == b"vary"]
        return headers

    def _become_stream(self) -> None:
        self.end()
        if not self.streaming and self.on_stream is not None:
            self.on_stream()
            self.streaming = True

    def _is_overruled(self) -> bool:
        return self.overruled  # which another task may have set meanwhile

    async def _overrule(self, answer: Answer) -> None:
        self.overruled = True
        await self.give(answer)

    def _expire(self, seconds: float) -> None:
        self._timer = None
        if self.overruled or self.complete:
            return
        self.overruled = True
        slow_client = self._waiting and not self.received
        answer = _late_client(seconds) if slow_client else _late_server(seconds)
        # The mount may be waiting for a thread that cannot be stopped: the answer does not wait for it.
        reply = asyncio.ensure_future(self.give(answer))
        reply.add_done_callback(self._cancel)

    def _cancel(self, _reply: object) -> None:
        if self._task is not None:
            self._task.cancel()


def _never() -> bool:
    return False


def _always() -> bool:
    return True


def too_large(limit: int) -> Answer:
    message = f"the body of this request is longer than the {limit} bytes that server.max_body_size allows"
    return Answer.error(413, "INVALID_PARAMETER_VALUE", message, CLOSE)


def _late_client(seconds: float) -> Answer:
    message = f"the request did not arrive within {seconds:g} s"
    return Answer.error(408, "TEMPORARILY_UNAVAILABLE", message, CLOSE)


def _late_server(seconds: float) -> Answer:
    message = f"this took longer than the {seconds:g} s that server.request_timeout allows"
    return Answer.error(504, "DEADLINE_EXCEEDED", message, CLOSE)
