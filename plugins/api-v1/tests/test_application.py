"""Requests are found, read strictly and answered; what goes wrong is told in one line."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from runyard.protocols.access import Action, Operation, Principal, ResourceKind
from runyard.server.failures import INTERNAL
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_v1.application import application


def test_what_is_nowhere_is_404_and_says_where_to_look(client: httpx.Client) -> None:
    answer = client.get("/api/v1/nothing")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert "openapi.json" in answer.json()["message"]


def test_another_method_is_405_and_says_which(client: httpx.Client) -> None:
    answer = client.get("/api/v1/runs/columns")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.put("/api/v1/views").headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("/api/v1/changes?sinc=1", "did you mean 'since'"),
        ("/api/v1/changes?since=1&since=2", "given twice"),
        ("/api/v1/changes?since=x", "a place in the changes reads"),
        ("/api/v1/changes?max_results=ten", "max_results must be a whole number, got 'ten'"),
        ("/api/v1/changes?max_results=1.5", "max_results must be a whole number, got 1.5"),
        ("/api/v1/changes?max_results=0", "max_results must be at least 1"),
        ("/api/v1/server?x=1", "there is no parameter 'x'; none is taken here"),
        ("/api/v1/runs/abc/metric", "key must be given"),
        ("/api/v1/runs/abc/metric?key=a&run_id=b", "'run_id' is given twice"),
        ("/api/v1/artifacts/file?path=a&run_id=r&inline=yes", "inline must be true or false, got 'yes'"),
        ("/api/v1/changes?since=%ff", "cannot be read"),
    ],
)
def test_parameters_are_read_strictly(client: httpx.Client, url: str, said: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert "\n" not in answer.json()["message"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "the body must be an object"),
        (b'{"run_ids": NaN}', "no JSON"),
        (b"{}", "run_ids, keys must be given"),
        (b'{"run_ids": "abc", "keys": ["k"]}', "run_ids must be a list"),
        (b'{"run_ids": [1], "keys": ["k"]}', "run_ids[0] must be a string, got 1"),
        (b'{"run_ids": ["a"], "keys": ["k"], "width": true}', "width must be a whole number, got True"),
        (b'{"run_ids": ["a"], "keys": ["k"], "width": 99999999999999999999}', "width must be a whole number"),
        (b'{"run_ids": ["\\u0000"], "keys": ["k"]}', "cannot be stored"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_bodies_are_read_strictly(client: httpx.Client, content: bytes, said: str) -> None:
    answer = client.post("/api/v1/metrics/series", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_a_body_of_no_type_or_of_another_is_refused(client: httpx.Client) -> None:
    for headers in ({}, {"Content-Type": "text/plain"}):
        answer = client.post("/api/v1/metrics/series", content=b"{}", headers=headers)
        assert answer.status_code == 400
        assert "application/json" in answer.json()["message"]


def test_a_body_that_is_too_large_is_not_read(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    for content in (b" " * (17 << 20), (b" " * (1 << 20) for _ in range(17))):
        answer = client.post("/api/v1/metrics/series", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (413, "INVALID_PARAMETER_VALUE")
    assert client.request("GET", "/api/v1/server", content=b"x").status_code == 413


class NoReading:
    """A policy that lets nobody read runs or the server; it notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Operation] = []

    def allows(self, principal: Principal, operation: Operation) -> bool:
        self.asked.append(operation)
        return operation.action is not Action.READ


def test_what_the_policy_does_not_allow_is_403(service: Service, runs: list[str]) -> None:
    policy = NoReading()
    made = Service(service.host, policy=policy, artifact_root=service.artifact_root)
    body: dict[str, Any] = {"experiment_ids": ["0"]}
    with asgi_client(application(made), principal=Principal("bob")) as client:
        for answer in (
            client.get("/api/v1/server"),
            client.get("/api/v1/plugins"),
            client.get(f"/api/v1/runs/{runs[0]}"),
            client.get(f"/api/v1/runs/{runs[0]}/metric?key=loss"),
            client.get(f"/api/v1/artifacts/list?run_id={runs[0]}"),
            client.get("/api/v1/events"),
            client.get("/api/v1/changes"),
            client.get("/api/v1/models/m/history"),
            client.post("/api/v1/runs/columns", json=body),
            client.post("/api/v1/runs/schema", json=body),
            client.post("/api/v1/runs/aggregate", json=body),
            client.post("/api/v1/runs/diff", json={"run_ids": runs}),
            client.post("/api/v1/metrics/series", json={"run_ids": runs, "keys": ["loss"]}),
            client.post("/api/v1/metrics/read", json={"pairs": [[runs[0], "loss"]]}),
        ):
            assert answer.status_code == 403, answer.url
            assert answer.json()["message"].startswith("bob may not read"), answer.json()
    assert ResourceKind.SERVER in {resource.kind for one in policy.asked for resource in one.resources}


def test_what_breaks_is_logged_and_not_shown(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_path: str, *_arguments: object, **_named: object) -> None:
        raise RuntimeError("secret of the house")

    with asgi_client(application(service), request_id="r-17") as client, caplog.at_level(logging.ERROR):
        monkeypatch.setattr(type(service.host.tracking_store()), "get_run", broken)
        answer = client.get("/api/v1/runs/abc")
    assert (answer.status_code, answer.json()) == (
        500,
        {"error_code": "INTERNAL_ERROR", "message": INTERNAL, "error_class": None},
    )
    assert "r-17" in caplog.text
    assert "secret of the house" in caplog.text
