"""Which endpoint answers a path, and how streams are answered that fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from runyard.errors import NotFound
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_mlflow.application import Application, collected
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.routes import API, BOTH, Receive, Route, Scope, Send, StreamRoute, Table


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


# The part of MLflow's REST API that is about runs, models and artifacts: methods and a path each.
CLASSIC = """
GET /2.0/mlflow-artifacts/artifacts
GET PUT DELETE /2.0/mlflow-artifacts/artifacts/a/b.txt
GET /2.0/mlflow-artifacts/artifacts
POST /2.0/mlflow-artifacts/mpu/abort/a/b.txt
POST /2.0/mlflow-artifacts/mpu/complete/a/b.txt
POST /2.0/mlflow-artifacts/mpu/create/a/b.txt
GET /2.0/mlflow-artifacts/presigned/a/b.txt
GET /2.0/mlflow/artifacts/list
POST /2.0/mlflow/artifacts/presigned-download-url
POST /2.0/mlflow/artifacts/presigned-upload-url
POST /2.0/mlflow/experiments/create
POST /2.0/mlflow/experiments/delete
POST /2.0/mlflow/experiments/delete-experiment-tag
GET /2.0/mlflow/experiments/get
GET /2.0/mlflow/experiments/get-by-name
POST /2.0/mlflow/experiments/restore
POST GET /2.0/mlflow/experiments/search
POST /2.0/mlflow/experiments/search-datasets
POST /2.0/mlflow/experiments/set-experiment-tag
POST /2.0/mlflow/experiments/update
POST /2.0/mlflow/logged-models
PATCH GET DELETE /2.0/mlflow/logged-models/model_id
GET /2.0/mlflow/logged-models/model_id/artifacts/directories
POST /2.0/mlflow/logged-models/model_id/params
PATCH /2.0/mlflow/logged-models/model_id/tags
DELETE /2.0/mlflow/logged-models/model_id/tags/tag_key
POST /2.0/mlflow/logged-models/search
GET /2.0/mlflow/metrics/get-history
GET /2.0/mlflow/metrics/get-history-bulk-interval
POST /2.0/mlflow/model-versions/create
DELETE /2.0/mlflow/model-versions/delete
DELETE /2.0/mlflow/model-versions/delete-tag
GET /2.0/mlflow/model-versions/get
GET /2.0/mlflow/model-versions/get-download-uri
GET /2.0/mlflow/model-versions/search
POST /2.0/mlflow/model-versions/set-tag
POST /2.0/mlflow/model-versions/transition-stage
PATCH /2.0/mlflow/model-versions/update
POST DELETE GET /2.0/mlflow/registered-models/alias
POST /2.0/mlflow/registered-models/create
DELETE /2.0/mlflow/registered-models/delete
DELETE /2.0/mlflow/registered-models/delete-tag
GET /2.0/mlflow/registered-models/get
POST GET /2.0/mlflow/registered-models/get-latest-versions
POST /2.0/mlflow/registered-models/rename
GET /2.0/mlflow/registered-models/search
POST /2.0/mlflow/registered-models/set-tag
PATCH /2.0/mlflow/registered-models/update
POST /2.0/mlflow/runs/create
POST /2.0/mlflow/runs/delete
POST /2.0/mlflow/runs/delete-tag
GET /2.0/mlflow/runs/get
POST /2.0/mlflow/runs/log-batch
POST /2.0/mlflow/runs/log-inputs
POST /2.0/mlflow/runs/log-metric
POST /2.0/mlflow/runs/log-model
POST /2.0/mlflow/runs/log-parameter
POST /2.0/mlflow/runs/outputs
POST /2.0/mlflow/runs/restore
POST /2.0/mlflow/runs/search
POST /2.0/mlflow/runs/set-tag
POST /2.0/mlflow/runs/update
GET GET /3.0/mlflow/server-info
"""


@pytest.mark.parametrize("line", CLASSIC.split("\n")[1:-1])
def test_all_of_mlflow_s_classic_protocol_is_served_below_both_prefixes(line: str) -> None:
    *methods, path = line.split(" ")
    table = Table(collected())
    for prefix in BOTH:
        found, _ = table.find({"path": prefix + path, "raw_path": (prefix + path).encode()})
        assert set(methods) <= set(found), f"{prefix}{path} takes {sorted(found)}"
