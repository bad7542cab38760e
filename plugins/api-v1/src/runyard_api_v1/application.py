"""The ASGI application: finds the endpoint, reads the request, has it handled in a thread, answers."""

from __future__ import annotations

import gzip
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from runyard.errors import InvalidInput, RunyardError
from runyard.server.failures import INTERNAL
from runyard.server.service import REQUEST_ID, Service
from runyard.wire import to_plain
from runyard_api_v1.catalogue import ENDPOINTS
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply, Shared
from runyard_api_v1.errors import TooLarge, answer_to, body_of
from runyard_api_v1.reading import read_body, read_parameters

COMPRESS_FROM = 2_048  # bytes

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
        response = await self._response(scope, receive)
        if response is not None:
            await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        """The response; None where the client went away."""
        try:
            methods, path = self._routes.find(scope["path"])
            endpoint = methods.get(scope["method"])
            if endpoint is None:
                return _no_endpoint(scope, methods)
            data = await _body(endpoint, scope, receive)
            if data is None:
                return None
            return await run_in_threadpool(self._answer, endpoint, scope, path, data)
        except RunyardError as error:
            status, content = answer_to(error)
            if status == 500:
                log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            return Response(content, status, media_type=JSON)
        except Exception:  # the boundary: whatever went wrong, the client gets an answer without internals
            log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            return Response(body_of("INTERNAL_ERROR", INTERNAL), 500, media_type=JSON)

    def _answer(self, endpoint: Endpoint, scope: Scope, path: Mapping[str, str], data: bytes) -> Response:
        call = Call(self._service, self._shared, scope)
        call.parameters = read_parameters(endpoint.parameters, path, scope.get("query_string", b""))
        call.body = _read(endpoint, call, data)
        found = endpoint.handle(call)
        if isinstance(found, Response):
            return found
        if found is None:
            return Response(status_code=204)
        reply = found if isinstance(found, Reply) else Reply(orjson.dumps(to_plain(found)))
        return _sent(reply, call)


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


def _no_endpoint(scope: Scope, methods: Mapping[str, Endpoint]) -> Response:
    asked = f"{scope['method']} {scope['path']}"
    if not methods:
        message = f"there is nothing at {asked}; /api/v1/openapi.json lists what there is"
        return Response(body_of("ENDPOINT_NOT_FOUND", message), 404, media_type=JSON)
    allowed = ", ".join(sorted(methods))
    message = f"{asked} is not possible; allowed: {allowed}"
    return Response(body_of("BAD_REQUEST", message), 405, {"Allow": allowed}, JSON)


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


def _sent(reply: Reply, call: Call) -> Response:
    content, headers = reply.content, dict(reply.headers)
    if reply.compressible and len(content) >= COMPRESS_FROM:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Accept-Encoding")))
        if _takes_gzip(call.header("accept-encoding")):
            content = gzip.compress(content, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
    return Response(content, reply.status, headers, reply.media_type)


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, *parameters = (part.strip() for part in one.split(";"))
        if name in {"gzip", "*"}:
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False
