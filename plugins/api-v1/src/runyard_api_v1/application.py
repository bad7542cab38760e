"""The ASGI application: finds the endpoint, reads the request, has it handled in a thread, answers."""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import orjson

from runyard.errors import InvalidInput, RunyardError
from runyard.server.failures import INTERNAL
from runyard.server.service import REQUEST_ID, Service
from runyard.server.threads import in_thread
from runyard.wire import to_plain
from runyard_api_v1.catalogue import ENDPOINTS
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply, Shared
from runyard_api_v1.errors import TooLarge, answer_to, body_of
from runyard_api_v1.reading import read_body, read_parameters

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Any]]
Send: TypeAlias = Callable[[Any], Awaitable[None]]
Answer: TypeAlias = Reply | Callable[[Scope, Receive, Send], Awaitable[None]]

COMPRESS_FROM = 2_048  # bytes
BODILESS = {204, 304}

log = logging.getLogger(__name__)


def application(service: Service) -> Application:
    """Runyard's own API on a server's stores."""
    return Application(service, ENDPOINTS)


class Application:
    """Answers the requests below /api/v1."""

    def __init__(self, service: Service, endpoints: Sequence[Endpoint]) -> None:
        self._service = service
        self._routes = _Routes(endpoints)
        self._shared = Shared()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"this application answers HTTP only, not {scope['type']}")
        answer = await self._answer_to(scope, receive)
        if isinstance(answer, Reply):
            await _send(answer, send)
        elif answer is not None:
            await answer(scope, receive, send)

    async def _answer_to(self, scope: Scope, receive: Receive) -> Answer | None:
        """The answer; None where the client went away."""
        try:
            methods, path = self._routes.find(scope["path"])
            endpoint = methods.get(scope["method"])
            if endpoint is None:
                return _no_endpoint(scope, methods)
            data = await _body(endpoint, scope, receive)
            if data is None:
                return None
            return await in_thread(self._answer, endpoint, scope, path, data)
        except RunyardError as error:
            status, content = answer_to(error)
            if status == 500:
                log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            return Reply(content, status=status)
        except Exception:  # the boundary: whatever went wrong, the client gets an answer without internals
            log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            return Reply(body_of("INTERNAL_ERROR", INTERNAL), status=500)

    def _answer(self, endpoint: Endpoint, scope: Scope, path: Mapping[str, str], data: bytes) -> Answer:
        call = Call(self._service, self._shared, scope)
        call.parameters = read_parameters(endpoint.parameters, path, scope.get("query_string", b""))
        call.body = _read(endpoint, call, data)
        found = endpoint.handle(call)
        if found is None:
            return Reply(b"", status=204)
        if callable(found):
            answer: Answer = found
            return answer
        return _packed(found if isinstance(found, Reply) else Reply(orjson.dumps(to_plain(found))), call)


class _Routes:
    """Endpoints by path."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._plain: dict[str, dict[str, Endpoint]] = {}
        patterns: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            table = patterns if "{" in endpoint.path else self._plain
            table.setdefault(endpoint.full_path, {})[endpoint.method] = endpoint
        self._patterns = [(_pattern(path), methods) for path, methods in patterns.items()]

    def find(self, path: str) -> tuple[Mapping[str, Endpoint], Mapping[str, str]]:
        """The endpoints of a path by method, and the parameters in it."""
        plain = self._plain.get(path)
        if plain is not None:
            return plain, {}
        for pattern, methods in self._patterns:
            match = pattern.fullmatch(path)
            if match:
                return methods, match.groupdict()
        return {}, {}


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", path)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def _no_endpoint(scope: Scope, methods: Mapping[str, Endpoint]) -> Reply:
    asked = f"{scope['method']} {scope['path']}"
    if not methods:
        message = f"there is nothing at {asked}; /api/v1/openapi.json lists what there is"
        return Reply(body_of("ENDPOINT_NOT_FOUND", message), status=404)
    allowed = ", ".join(sorted(methods))
    message = f"{asked} is not possible; allowed: {allowed}"
    return Reply(body_of("BAD_REQUEST", message), headers={"allow": allowed}, status=405)


async def _body(endpoint: Endpoint, scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None where the client went away."""
    limit = endpoint.max_body if endpoint.body else 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise TooLarge(f"the body has {int(value):,} bytes; at most {limit:,} are taken here")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise TooLarge(f"the body has more than {limit:,} bytes, the most that are taken here")
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _read(endpoint: Endpoint, call: Call, data: bytes) -> Any:
    if endpoint.body is None:
        return None
    wanted = endpoint.body if isinstance(endpoint.body, str) else JSON
    given = call.header("content-type").partition(";")[0].strip().lower()
    if given != wanted:
        raise InvalidInput(f"the body must have the content type {wanted}, got {given or 'none'!r:.80}")
    return data if isinstance(endpoint.body, str) else read_body(endpoint.body, data)


def _packed(reply: Reply, call: Call) -> Reply:
    """The same, compressed where that pays and the client takes it."""
    if not reply.compressible or len(reply.content) < COMPRESS_FROM:
        return reply
    headers = dict(reply.headers)
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
    if not _takes_gzip(call.header("accept-encoding")):
        return attrs.evolve(reply, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return attrs.evolve(reply, content=gzip.compress(reply.content, 1, mtime=0), headers=headers)


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    if reply.status not in BODILESS:
        headers.append((b"content-type", reply.media_type.encode("latin-1")))
        headers.append((b"content-length", str(len(reply.content)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.content})


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        if name in {"gzip", "*"}:
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False
