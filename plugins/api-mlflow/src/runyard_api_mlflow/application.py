"""The ASGI application: finds the endpoint, reads the request, calls the handler in a thread, answers in JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from runyard.errors import RunyardError
from runyard.server.failures import INTERNAL
from runyard.server.service import REQUEST_ID, Service
from runyard.server.threads import in_thread
from runyard_api_mlflow import (
    artifacts,
    experiments,
    logged_models,
    metrics,
    model_versions,
    proxy,
    registered_models,
    run_inputs,
    run_logging,
    runs,
    server_info,
    uploads,
)
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.errors import answer_to, body_of
from runyard_api_mlflow.json_fields import encode
from runyard_api_mlflow.routes import AnyRoute, Receive, Route, Scope, Send, StreamRoute, Table, parameters

ENDPOINTS = (
    artifacts,
    experiments,
    logged_models,
    metrics,
    model_versions,
    registered_models,
    runs,
    run_inputs,
    run_logging,
    server_info,
    uploads,
)

log = logging.getLogger(__name__)


def application(service: Service) -> Application:
    """MLflow's REST API on a server's stores."""
    return Application(service, Table(collected()))


def collected() -> list[AnyRoute]:
    """The routes of all endpoint modules."""
    return [*(route for module in ENDPOINTS for route in module.ROUTES), *proxy.STREAM_ROUTES]


class Application:
    """Answers requests; every answer, errors included, is what MLflow's clients understand."""

    def __init__(self, service: Service, table: Table) -> None:
        self._service = service
        self._table = table

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        answer = _Answer(send)
        try:
            await self._answer(scope, receive, answer)
        except RunyardError as error:
            status, body = answer_to(error)
            if status == 500:
                log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            await answer.fail(status, body)
        except Exception:  # the boundary: whatever went wrong, the client gets an answer without internals
            log.exception("request %s failed", scope.get(REQUEST_ID, ""))
            await answer.fail(500, body_of("INTERNAL_ERROR", INTERNAL))

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        methods, values = self._table.find(scope)
        route = methods.get(scope["method"]) or (methods.get("GET") if scope["method"] == "HEAD" else None)
        path = dict(zip(parameters(route.path), values, strict=True)) if route else {}
        match route:
            case Route():
                body = await _read(receive)
                if body is not None:
                    content = await in_thread(_call, route, self._service, scope, body, path)
                    await answer.json(200, content)
            case StreamRoute():
                await route.endpoint(self._service, scope, receive, answer.send, path)
            case None if methods:
                allowed = ", ".join(sorted(methods))
                message = f"{scope['method']} is not allowed for {scope['path']}; allowed: {allowed}"
                await answer.json(405, encode(body_of("BAD_REQUEST", message)), [(b"allow", allowed.encode())])
            case None:
                message = f"No API found for '{scope['method']} {scope['path']}'"
                await answer.json(404, encode(body_of("ENDPOINT_NOT_FOUND", message)))


class _Answer:
    """The answer to one request, which can be started only once."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._is_started = False

    async def send(self, message: Mapping[str, Any]) -> None:
        self._is_started = self._is_started or message["type"] == "http.response.start"
        await self._send(message)

    async def json(self, status: int, content: bytes, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        length = str(len(content)).encode()
        common = [(b"content-type", b"application/json"), (b"content-length", length)]
        await self.send({"type": "http.response.start", "status": status, "headers": [*common, *headers]})
        await self.send({"type": "http.response.body", "body": content})

    async def fail(self, status: int, body: Mapping[str, str]) -> None:
        """Tell of an error, where the answer has not begun; else the connection is all that can be broken."""
        if self._is_started:
            raise ConnectionAbortedError("the answer had begun when it failed; the log says why")
        await self.json(status, encode(body))


def _call(route: Route, service: Service, scope: Scope, body: bytes, path: Mapping[str, str]) -> bytes:
    content = route.handler(Call(service, scope, body, path))
    return content if isinstance(content, bytes) else encode(content or {})


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None where the client went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _live(receive: Receive, send: Send) -> None:
    """Nothing is to be started or stopped here: the stores are the server's."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
