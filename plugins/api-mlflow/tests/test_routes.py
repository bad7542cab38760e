"""Which endpoint answers a path, and how streams are answered that fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from runyard.errors import NotFound
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_mlflow.application import Application
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import API, Receive, Route, Scope, Send, StreamRoute, Table


def named(name: str, *parameters: str) -> Any:
    """A handler that tells its name and its parameters."""

    def handler(call: Call) -> Mapping[str, Any]:
        return {"name": name, **{parameter: call.path(parameter) for parameter in parameters}}

    return handler


ROUTES = (
    Route("GET", "/models", named("all")),
    Route("GET", "/models/search", named("search")),
    Route("GET", "/models/{model_id}", named("one", "model_id")),
    Route("DELETE", "/models/{model}/tags/{tag_key}", named("tag", "model", "tag_key")),
    Route("POST", "/models/{model_id}/tags", named("tags", "model_id")),
    Route("GET", "/files/{path:path}", named("file", "path")),
    Route("GET", "/files/{name}/size", named("size", "name")),
    Route("GET", "/only", named("only"), prefixes=(API,)),
    Route("GET", "/nothing", lambda _: None),
    Route("GET", "/bytes", lambda _: b'{"name":"bytes"}'),
)


@pytest.fixture
def client(service: Service) -> Any:
    with asgi_client(Application(service, Table(ROUTES))) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/models", {"name": "all"}),
        ("GET", "/ajax-api/models/search", {"name": "search"}),
        ("GET", "/api/models/m-1", {"name": "one", "model_id": "m-1"}),
        ("GET", "/api/models/a%20b%2Fc", {"name": "one", "model_id": "a b/c"}),
        ("DELETE", "/api/models/m/tags/a%2Fb", {"name": "tag", "model": "m", "tag_key": "a/b"}),
        ("GET", "/api/files/a/b%20c/d", {"name": "file", "path": "a/b c/d"}),
        ("GET", "/api/files/a/size", {"name": "a"}),
        ("GET", "/api/files/a/b/size", {"name": "file", "path": "a/b/size"}),
        ("GET", "/api/files/", {"name": "file", "path": ""}),
        ("GET", "/api/only", {"name": "only"}),
        ("GET", "/api/nothing", {}),
        ("GET", "/api/bytes", {"name": "bytes"}),
    ],
)
def test_a_path_leads_to_its_endpoint(client: httpx.Client, method: str, path: str, expected: dict[str, str]) -> None:
    assert client.request(method, path).json() == expected


@pytest.mark.parametrize(
    "path", ["/models", "/api/model", "/api/models/a/b", "/ajax-api/only", "/api/models/m/tags/a/b"]
)
def test_other_paths_lead_nowhere(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_wrong_method_on_a_path_with_parameters_is_told_so(client: httpx.Client) -> None:
    answer = client.patch("/api/models/m/tags", json={})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_what_is_asked_for_by_head_is_what_get_answers(client: httpx.Client) -> None:
    assert client.head("/api/models").status_code == 200


def test_a_nul_in_a_path_is_refused(client: httpx.Client) -> None:
    assert client.get("/api/models/a%00b").status_code == 400


def test_two_routes_for_one_path_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two routes answer GET /api/models"):
        Table((*ROUTES, Route("GET", "/models", named("again"))))


async def _early(service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]) -> None:
    raise NotFound(f"nothing at {path_params['path']}")


async def _late(service: Service, scope: Scope, receive: Receive, send: Send, path_params: Mapping[str, str]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise NotFound("too late to say so")


def test_a_stream_that_fails_at_once_is_answered_and_one_that_fails_later_is_broken_off(service: Service) -> None:
    table = Table([StreamRoute("GET", "/early/{path:path}", _early), StreamRoute("GET", "/late", _late)])
    with asgi_client(Application(service, table)) as client:
        answer = client.get("/api/early/a/b")
        assert (answer.status_code, answer.json()["message"]) == (404, "nothing at a/b")
        with pytest.raises(ConnectionAbortedError):
            client.get("/api/late")
