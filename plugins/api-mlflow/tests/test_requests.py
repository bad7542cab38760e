"""How requests are read and what is said of bad ones, whatever the endpoint."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from runyard.host import Host
from runyard.protocols.access import Operation, Principal
from runyard.server.failures import STATUS
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.server import asgi_client
from runyard_api_mlflow.application import application, collected

CREATE = "/api/2.0/mlflow/experiments/create"
GET = "/api/2.0/mlflow/experiments/get"
LOG = "/api/2.0/mlflow/runs/log-metric"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_both_prefixes_answer(client: httpx.Client, prefix: str) -> None:
    created = client.post(f"{prefix}/2.0/mlflow/experiments/create", json={"name": "a"})
    assert created.status_code == 200
    assert created.headers["content-type"] == "application/json"
    found = client.get(f"{prefix}/2.0/mlflow/experiments/get", params=created.json())
    assert found.json()["experiment"]["name"] == "a"


def test_a_post_without_a_content_type_is_refused(client: httpx.Client) -> None:
    answer = client.post(CREATE, content=b'{"name": "a"}')
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error_code": "INVALID_PARAMETER_VALUE",
            "message": "Bad Request. Content-Type header is missing.",
            "error_class": "InvalidInput",
        },
    )


def test_a_post_of_another_content_type_is_refused(client: httpx.Client) -> None:
    answer = client.post(CREATE, data={"name": "a"})
    assert answer.status_code == 400
    assert "application/json" in answer.json()["message"]


def test_a_content_type_may_name_a_charset(client: httpx.Client) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post(CREATE, content=b'{"name": "a"}', headers=headers).status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"nonsense", b"[" * 100_000, b'"{"', b"null", b"\xff\xfe"])
def test_a_malformed_body_is_an_empty_request(client: httpx.Client, body: bytes) -> None:
    answer = client.post(CREATE, content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Missing value for required parameter 'name'. See the API docs for more information about request parameters."
    )


@pytest.mark.parametrize("body", [b"[]", b"7", b"true", b'"[]"'])
def test_a_body_that_is_no_object_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post(CREATE, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_json_in_a_json_string_is_decoded_twice(client: httpx.Client) -> None:
    answer = client.post(CREATE, content=b'"{\\"name\\": \\"old client\\"}"', headers=JSON)
    assert answer.status_code == 200


def test_unknown_fields_are_ignored(client: httpx.Client) -> None:
    assert client.post(CREATE, json={"name": "a", "colour": "red"}).status_code == 200


def test_a_field_may_be_spelled_in_camel_case(client: httpx.Client) -> None:
    number = client.post(CREATE, json={"name": "a"}).json()["experiment_id"]
    renamed = client.post("/api/2.0/mlflow/experiments/update", json={"experimentId": number, "newName": "b"})
    assert renamed.status_code == 200
    assert client.get(GET, params={"experiment_id": number}).json()["experiment"]["name"] == "b"


def test_both_spellings_of_a_field_at_once_are_refused(client: httpx.Client) -> None:
    answer = client.post(LOG, json={"run_id": "a", "runId": "b", "key": "k", "value": 1, "timestamp": 1})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Request specifies both 'run_id' and 'runId'; provide only one of them."


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}])
def test_a_missing_field_is_named(client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post(CREATE, json=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Missing value for required parameter 'name'. See the API docs")


@pytest.mark.parametrize("name", [5, 1.5, True, ["a"], {"a": 1}])
def test_what_is_no_text_is_refused_for_a_text(client: httpx.Client, name: Any) -> None:
    answer = client.post(CREATE, json={"name": name})
    assert answer.status_code == 400
    kind = type(name).__name__
    assert answer.json()["message"].endswith(
        f"for parameter 'name' supplied:  Hint: Value was of type '{kind}'. "
        "See the API docs for more information about request parameters."
    )


def test_numbers_may_be_written_as_texts(client: httpx.Client, run_id: str) -> None:
    point = {"run_id": run_id, "key": "k", "value": "0.5", "timestamp": "12", "step": "3"}
    assert client.post(LOG, json=point).status_code == 200
    history = client.get("/api/2.0/mlflow/metrics/get-history", params={"run_id": run_id, "metric_key": "k"})
    assert history.json()["metrics"] == [{"key": "k", "value": 0.5, "timestamp": 12, "step": 3}]


@pytest.mark.parametrize(
    "wrong",
    [
        {"value": "much"},
        {"value": True},
        {"value": "nan"},
        {"value": [1]},
        {"value": 10**400},
        {"value": "1e999"},
        {"timestamp": "soon"},
        {"timestamp": 1.5},
        {"timestamp": True},
        {"timestamp": 2**63},
        {"timestamp": -1},
        {"timestamp": None},
        {"step": "1.5"},
        {"step": {}},
        {"step": 1e300},
    ],
)
def test_what_is_no_number_is_refused_for_a_number(client: httpx.Client, run_id: str, wrong: dict[str, Any]) -> None:
    point = {"run_id": run_id, "key": "k", "value": 1, "timestamp": 1, **wrong}
    answer = client.post(LOG, content=json.dumps(point), headers=JSON)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_bare_nan_which_is_no_json_is_read_all_the_same(client: httpx.Client, run_id: str) -> None:
    body = b'{"run_id": "%s", "key": "k", "value": NaN, "timestamp": 1}' % run_id.encode()
    assert client.post(LOG, content=body, headers=JSON).status_code == 200


def test_half_of_a_surrogate_pair_is_refused(client: httpx.Client) -> None:
    answer = client.post(CREATE, content=b'{"name": "\\ud800"}', headers=JSON)
    assert answer.status_code == 400


def test_a_nul_character_is_refused(client: httpx.Client) -> None:
    assert client.post(CREATE, json={"name": "a\0b"}).status_code == 400
    assert client.get(GET, params={"experiment_id": "\0"}).status_code == 400


def test_an_unknown_path_is_answered_as_clients_understand(client: httpx.Client) -> None:
    for path in (
        "/api/2.0/mlflow/experiments/list",
        "/api/3.0/mlflow/traces/search",
        "/api/2.0/preview/mlflow/runs/get",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/2.0/mlflow/webhooks"),
        ("POST", "/api/3.0/mlflow/traces"),
        ("POST", "/api/3.0/mlflow/scorers/register"),
        ("POST", "/api/3.0/mlflow/datasets/create"),
        ("GET", "/api/3.0/mlflow/workspaces"),
        ("PATCH", "/api/3.0/mlflow/workspaces/default"),
        ("POST", "/ajax-api/3.0/mlflow/gateway/endpoints/create"),
    ],
)
def test_what_is_for_language_models_is_not_there(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path, json={})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_wrong_method_is_told_which_are_right(client: httpx.Client) -> None:
    answer = client.get(CREATE)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.post("/api/2.0/mlflow/runs/get", json={}).status_code == 405


def test_a_failure_of_the_server_tells_nothing_of_its_inside(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        @staticmethod
        def allows(principal: Principal, operation: Operation) -> bool:
            raise OSError("/secret/path is gone")

    with asgi_client(application(Service(service.host, policy=Broken()))) as client:
        answer = client.get(GET, params={"experiment_id": "0"})
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    assert "/secret/path is gone" in caplog.text


def test_what_may_not_be_done_is_403(service: Service) -> None:
    class Nobody:
        @staticmethod
        def allows(principal: Principal, operation: Operation) -> bool:
            return False

    with asgi_client(application(Service(service.host, policy=Nobody()))) as client:
        answer = client.get(GET, params={"experiment_id": "0"})
        assert (answer.status_code, answer.json()["error_code"]) == (403, "PERMISSION_DENIED")


def test_a_store_that_is_away_is_503() -> None:
    host = Host(Settings(tracking_uri="postgresql://nobody@127.0.0.1:1/nothing"))
    with host, asgi_client(application(Service(host))) as client:
        answer = client.get(GET, params={"experiment_id": "0"})
    assert (answer.status_code, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert "INSERT" not in answer.text
    assert "SELECT" not in answer.text


def test_every_code_of_the_error_tree_has_a_status() -> None:
    from runyard import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.RunyardError)]
    assert {kind.code for kind in kinds} <= set(STATUS)


def test_every_plain_route_starts_below_a_prefix_of_the_mount() -> None:
    from runyard_api_mlflow.plugin import runyard_server_mounts

    prefixes = runyard_server_mounts()[0].prefixes
    for route in collected():
        for prefix in route.prefixes:
            assert (prefix + route.path).startswith(prefixes)


def test_the_server_says_what_it_can_do(client: httpx.Client) -> None:
    answer = client.get("/api/3.0/mlflow/server-info").json()
    assert answer["store_type"] == "SqlStore"
    assert answer["workspaces_enabled"] is False
    assert answer["artifact_serving_enabled"] is True
