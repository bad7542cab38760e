"""Which handler answers which method and path: a look-up for plain paths, a walk for those with parameters."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, unquote

import attrs

from runyard.server.service import Service
from runyard_api_mlflow.call import Call

API = "/api"
AJAX = "/ajax-api"
BOTH = (API, AJAX)

Answer: TypeAlias = Mapping[str, Any] | bytes | None  # bytes are JSON already; None is an empty object
Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


@attrs.frozen
class Route:
    """An endpoint whose handler is called in a thread with the whole request.

    Segments such as `{model_id}` are parameters; a last one `{path:path}` takes all that is left of the path.
    """

    method: str
    path: str  # below each of the prefixes
    handler: Callable[[Call], Answer]
    prefixes: Sequence[str] = BOTH


class StreamEndpoint(Protocol):
    """Answers a request by itself, piece by piece."""

    async def __call__(
        self, service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]
    ) -> None: ...


@attrs.frozen
class StreamRoute:
    """An endpoint that reads its request and writes its answer itself; what it raises before that is answered."""

    method: str
    path: str
    endpoint: StreamEndpoint
    prefixes: Sequence[str] = BOTH


AnyRoute: TypeAlias = Route | StreamRoute
Methods: TypeAlias = dict[str, AnyRoute]


@attrs.define
class _Node:
    """A place in the tree of paths with parameters; `rest` are the routes that take all that is left."""

    segments: dict[str, _Node] = attrs.field(factory=dict)
    parameter: _Node | None = None
    here: Methods = attrs.field(factory=dict)
    rest: Methods = attrs.field(factory=dict)


class Table:
    """All routes."""

    def __init__(self, routes: Iterable[AnyRoute]) -> None:
        self._plain: dict[str, Methods] = {}
        self._root = _Node()
        for route in routes:
            for prefix in route.prefixes:
                self._add(prefix + route.path, route)

    def find(self, scope: Scope) -> tuple[Methods, Sequence[str]]:
        """The routes of a path, by method, and the values of its parameters; no routes where nothing is there."""
        methods = self._plain.get(scope["path"])
        if methods is not None:
            return methods, ()
        return self._walk(self._root, _raw_path(scope).lstrip("/").split("/"))

    def _add(self, path: str, route: AnyRoute) -> None:
        methods = self._plain.setdefault(path, {}) if "{" not in path else self._place(path)
        if route.method in methods:
            raise ValueError(f"two routes answer {route.method} {path}")
        methods[route.method] = route

    def _place(self, path: str) -> Methods:
        node = self._root
        for segment in path.lstrip("/").split("/"):
            if segment.endswith(":path}"):
                return node.rest
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.segments.setdefault(segment, _Node())
        return node.here

    def _walk(self, node: _Node, segments: Sequence[str]) -> tuple[Methods, Sequence[str]]:
        """The routes at the end of a path, plain segments before parameters, those before the rest of a path."""
        if not segments:
            return node.here, ()
        below = node.segments.get(segments[0])
        if below is not None:
            methods, values = self._walk(below, segments[1:])
            if methods:
                return methods, values
        if node.parameter is not None:
            methods, values = self._walk(node.parameter, segments[1:])
            if methods:
                return methods, [unquote(segments[0]), *values]
        return node.rest, [unquote("/".join(segments))]


@functools.cache
def parameters(path: str) -> Sequence[str]:
    """The names of the parameters in a route's path."""
    return [segment.strip("{}").partition(":")[0] for segment in path.split("/") if segment.startswith("{")]


def _raw_path(scope: Scope) -> str:
    """The path as it was sent, so that an encoded slash does not part segments."""
    raw: bytes | None = scope.get("raw_path")
    return raw.partition(b"?")[0].decode("latin-1") if raw else quote(scope["path"])
