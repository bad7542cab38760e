"""The ASGI application: MLflow's scoring protocol, a page and an OpenAPI document."""

from __future__ import annotations

import asyncio
import logging
import math
from concurrent.futures import ThreadPoolExecutor

import simdjson

from runyard import __version__
from runyard.errors import RunyardError
from runyard.server.answers import CLOSE, Answer, Receive, Scope, Send
from runyard.server.hosts import HostCheck
from runyard_serve_http import openapi, page
from runyard_serve_http.batching import Batcher
from runyard_serve_http.deadlines import Deadlines
from runyard_serve_http.replies import Failures, text
from runyard_serve_http.requests import JSON, Question, Unsupported, kind_of
from runyard_serve_http.scoring import ScoredModel
from runyard_serve_http.settings import Options
from runyard_serve_http.sources import Source
from runyard_serve_http.streams import EVENTS, stream, wants_stream
from runyard_serve_http.swapping import watch

logger = logging.getLogger("runyard.serve")

LARGE = 256 * 1024  # bytes of a body that is not read on the event loop, for that would keep others waiting

_HEALTHY = Answer(200, b"\n", JSON.encode())
_NO_PATH = Answer(404, b'{"detail":"Not Found"}', JSON.encode())
_LATE = Answer.error(504, "DEADLINE_EXCEEDED", "the prediction took longer than this server waits for one")
_BAD_HOST = Answer(403, b"Invalid Host header - possible DNS rebinding attack detected")
_LENGTH = b"content-length"


class Application:
    """Answers with one model, which may be replaced by another at any time."""

    def __init__(self, source: Source, model: ScoredModel, options: Options) -> None:
        self._source = source
        self._options = options
        self._failures = Failures(options.stack_traces)
        self._threads = ThreadPoolExecutor(options.threads, thread_name_prefix="predict")
        self._parser = simdjson.Parser()
        self._kinds: dict[bytes | None, str] = {}
        self._hosts = HostCheck.of(options.host, options.allowed_hosts or (("*",) if options.allow_network else ()))
        self._in_flight = 0
        self._watcher: asyncio.Task[None] | None = None
        self._model = model
        self._batcher: Batcher | None = None
        self._deadlines: Deadlines | None = None
        self._head: list[tuple[bytes, bytes]] = []

    def start(self) -> None:
        """Begin to look after the model; called on the event loop."""
        self._deadlines = Deadlines(self._options.timeout)
        self.put(self._model)
        if self._options.poll_interval and self._source.can_move:
            self._watcher = asyncio.create_task(watch(self._source, self.put, self._options.poll_interval))

    def put(self, model: ScoredModel) -> None:
        """Answer with this model from now on; what was asked before is answered by the earlier one."""
        self._batcher = Batcher(model, self._threads, self._options.max_batch)
        self._head = [(b"content-type", JSON.encode()), *model.headers]
        self._model = model

    def close(self) -> None:
        """Look after the model no longer; what is in flight is answered."""
        if self._watcher is not None:
            self._watcher.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        headers = dict(scope["headers"])
        if not self._hosts.allows(headers.get(b"host", b"localhost").decode("latin-1")):
            await _BAD_HOST.give(send)
        elif path == "/invocations" and method == "POST":
            await self._invocations(headers, receive, send)
        else:
            answer = self._page(path, method)
            await answer.give(send, without_body=method == "HEAD")

    def _page(self, path: str, method: str) -> Answer:
        is_read = method in {"GET", "HEAD"}
        match path:
            case "/invocations":
                return _no_method(b"POST")
            case "/ping" | "/health":
                return _HEALTHY if is_read else _no_method(b"GET, HEAD")
            case "/version":
                return Answer(200, __version__.encode(), JSON.encode()) if is_read else _no_method(b"GET, HEAD")
            case "/openapi.json":
                return openapi.answer(self._model) if is_read else _no_method(b"GET, HEAD")
            case "/" if self._options.page:
                return page.answer(self._model) if is_read else _no_method(b"GET, HEAD")
        return _NO_PATH

    async def _invocations(self, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        batcher, head = self._batcher, self._head
        assert batcher is not None
        self._in_flight += 1
        try:
            refused = self._refused(headers, batcher)
            if refused is not None:
                await refused.give(send)
                return
            body = await self._body(receive)
            if body is None:
                await self._too_large().give(send)
                return
            reply = await self._reply(batcher, headers, body)
            if isinstance(reply, bytes):
                await send(
                    {
                        "type": "http.response.start",
                        "status": 200,
                        "headers": [*head, (_LENGTH, str(len(reply)).encode())],
                    }
                )
                await send({"type": "http.response.body", "body": reply})
            elif isinstance(reply, Question):
                await stream(batcher.model, reply, self._threads, self._failures, receive, send)
            else:
                await reply.give(send)
        finally:
            self._in_flight -= 1

    def _refused(self, headers: dict[bytes, bytes], batcher: Batcher) -> Answer | None:
        """The answer to a request that is not even read."""
        if self._in_flight > self._options.max_queue:
            seconds = self._options.max_queue * (batcher.model.pace.expected(1) or 0)
            wait = max(1, min(math.ceil(seconds), 60))
            return Answer.error(
                503,
                "TEMPORARILY_UNAVAILABLE",
                "too many requests wait for an answer; try again",
                (b"retry-after", str(wait).encode()),
            )
        content_type = headers.get(b"content-type")
        if content_type not in self._kinds:
            try:
                kind = kind_of(content_type)
            except Unsupported as error:
                return text(415, str(error))
            if len(self._kinds) < 32:
                self._kinds[content_type] = kind
        most = self._options.max_body_size
        length = headers.get(_LENGTH, b"0")
        if most and length.isdigit() and int(length) > most:
            return self._too_large()
        return None

    async def _body(self, receive: Receive) -> bytes | None:
        """All of a body; None where it is too large."""
        most = self._options.max_body_size or float("inf")
        message = await receive()
        parts = [message.get("body", b"")]
        size = len(parts[0])
        while message.get("more_body") and size <= most:
            message = await receive()
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        if size > most:
            return None
        if len(parts) == 1:
            return bytes(parts[0])
        return b"".join(parts)

    async def _reply(self, batcher: Batcher, headers: dict[bytes, bytes], body: bytes) -> bytes | Question | Answer:
        """The body of a reply, a question whose answer is streamed, or another answer."""
        model = batcher.model
        content_type = headers.get(b"content-type")
        kind = self._kinds.get(content_type) or kind_of(content_type)
        try:
            question = None if len(body) > LARGE else model.reader.quick(body, kind, self._parser)
            if question is None:
                if len(body) > LARGE or not model.reader.is_prepared:
                    loop = asyncio.get_running_loop()
                    question = await loop.run_in_executor(self._threads, model.reader.whole, body, kind)
                else:
                    question = model.reader.read(body, kind)
            if wants_stream(question, headers.get(b"accept", b"")):
                if model.streams:
                    return question
                if headers.get(b"accept", b"") == EVENTS:
                    return text(406, "the model gives its answer whole only; ask for application/json")
            future = batcher.ask(question)
            if not future.done():
                assert self._deadlines is not None
                self._deadlines.watch(future)
            reply = await future
        except TimeoutError:
            return _LATE
        except RunyardError as error:
            return self._failures.answer(error)
        except Exception as error:
            logger.exception("a request failed")
            return self._failures.answer(error)
        return reply if isinstance(reply, bytes) else self._failures.answer(reply)

    def _too_large(self) -> Answer:
        most = self._options.max_body_size
        return Answer.error(413, "BAD_REQUEST", f"a request has at most {most:,} bytes here; send it in parts", CLOSE)


def _no_method(allowed: bytes) -> Answer:
    return Answer(405, b'{"detail":"Method Not Allowed"}', JSON.encode(), ((b"allow", allowed),))
