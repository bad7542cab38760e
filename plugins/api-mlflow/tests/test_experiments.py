"""Experiments over MLflow's API."""

from __future__ import annotations

from typing import Any

import attrs
import httpx
import pytest

from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

API = "/api/2.0/mlflow/experiments"


def post(client: httpx.Client, what: str, **body: Any) -> httpx.Response:
    return client.post(f"{API}/{what}", json=body)


def get(client: httpx.Client, number: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{API}/get", params={"experiment_id": number}).json()["experiment"]
    return found


def create(client: httpx.Client, name: str, **more: Any) -> str:
    number: str = post(client, "create", name=name, **more).json()["experiment_id"]
    return number


def names(answer: httpx.Response) -> list[str]:
    return [experiment["name"] for experiment in answer.json().get("experiments", [])]


def test_the_default_experiment_is_there(client: httpx.Client) -> None:
    experiment = get(client, "0")
    assert (experiment["name"], experiment["lifecycle_stage"]) == ("Default", "active")


def test_an_experiment_is_created_and_found(client: httpx.Client) -> None:
    number = create(client, "vision/cats", tags=[{"key": "team", "value": "a"}, {"key": "empty"}])
    experiment = get(client, number)
    times = [experiment.pop("creation_time"), experiment.pop("last_update_time")]
    assert all(isinstance(time, int) for time in times)
    assert sorted(experiment.pop("tags"), key=str) == [{"key": "empty", "value": ""}, {"key": "team", "value": "a"}]
    assert experiment == {
        "experiment_id": number,
        "name": "vision/cats",
        "artifact_location": f"mlflow-artifacts:/{number}",
        "lifecycle_stage": "active",
    }
    named = client.get(f"{API}/get-by-name", params={"experiment_name": "vision/cats"})
    assert named.json()["experiment"]["experiment_id"] == number


def test_a_name_that_is_taken_is_refused_as_clients_expect(client: httpx.Client) -> None:
    create(client, "a")
    answer = post(client, "create", name="a")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


def test_the_name_of_a_deleted_experiment_is_free(client: httpx.Client) -> None:
    first = create(client, "a")
    assert post(client, "delete", experiment_id=first).status_code == 200
    second = create(client, "a")
    assert second != first
    answer = post(client, "restore", experiment_id=first)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


@pytest.mark.parametrize("name", ["  ", "x" * 501, "a\nb"])
def test_a_bad_name_is_refused(client: httpx.Client, name: str) -> None:
    number = create(client, "good")
    for answer in (post(client, "create", name=name), post(client, "update", experiment_id=number, new_name=name)):
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_what_does_not_exist_is_404(client: httpx.Client) -> None:
    answers = [
        client.get(f"{API}/get", params={"experiment_id": "99"}),
        client.get(f"{API}/get-by-name", params={"experiment_name": "none"}),
        *(post(client, what, experiment_id="99") for what in ("delete", "restore")),
        post(client, "update", experiment_id="99", new_name="b"),
        post(client, "set-experiment-tag", experiment_id="99", key="a", value="b"),
    ]
    assert {(answer.status_code, answer.json()["error_code"]) for answer in answers} == {
        (404, "RESOURCE_DOES_NOT_EXIST")
    }


@pytest.mark.parametrize("number", ["abc", "-1", "1.5", "٣", "1 OR 1=1"])
def test_an_id_that_is_no_number_is_refused(client: httpx.Client, number: str) -> None:
    assert client.get(f"{API}/get", params={"experiment_id": number}).status_code == 400


def test_an_experiment_is_renamed(client: httpx.Client) -> None:
    number = create(client, "a")
    assert post(client, "update", experiment_id=number, new_name="b").json() == {}
    assert get(client, number)["name"] == "b"


def test_to_rename_a_deleted_experiment_is_the_users_error(client: httpx.Client) -> None:
    number = create(client, "a")
    post(client, "delete", experiment_id=number)
    assert post(client, "update", experiment_id=number, new_name="b").status_code == 400


def test_deletion_takes_the_runs_along_and_restoring_brings_them_back(
    client: httpx.Client, experiment_id: str, run_id: str
) -> None:
    assert post(client, "delete", experiment_id=experiment_id).json() == {}
    deleted = get(client, experiment_id)
    assert (deleted["lifecycle_stage"], deleted["deleted_time"] > 1_600_000_000_000) == ("deleted", True)
    assert _stage(client, run_id) == "deleted"
    assert post(client, "delete", experiment_id=experiment_id).status_code == 404
    assert post(client, "restore", experiment_id=experiment_id).json() == {}
    assert _stage(client, run_id) == "active"
    assert post(client, "restore", experiment_id=experiment_id).status_code == 404


def test_tags_are_set_and_deleted(client: httpx.Client, experiment_id: str) -> None:
    assert post(client, "set-experiment-tag", experiment_id=experiment_id, key="a", value="1").json() == {}
    assert post(client, "set-experiment-tag", experiment_id=experiment_id, key="a", value="2").json() == {}
    assert get(client, experiment_id)["tags"] == [{"key": "a", "value": "2"}]
    assert post(client, "delete-experiment-tag", experiment_id=experiment_id, key="a").json() == {}
    assert "tags" not in get(client, experiment_id)
    assert post(client, "delete-experiment-tag", experiment_id=experiment_id, key="a").status_code == 404


def test_tags_of_a_deleted_experiment_cannot_be_changed(client: httpx.Client, experiment_id: str) -> None:
    post(client, "set-experiment-tag", experiment_id=experiment_id, key="a", value="1")
    post(client, "delete", experiment_id=experiment_id)
    assert post(client, "set-experiment-tag", experiment_id=experiment_id, key="a", value="2").status_code == 400
    assert post(client, "delete-experiment-tag", experiment_id=experiment_id, key="a").status_code == 400


def test_an_experiments_tag_may_have_20000_characters(client: httpx.Client, experiment_id: str) -> None:
    def put(length: int) -> int:
        value = "x" * length
        return post(client, "set-experiment-tag", experiment_id=experiment_id, key="a", value=value).status_code

    assert (put(20_000), put(20_001)) == (200, 400)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_experiments_are_searched_for_by_both_methods(client: httpx.Client, method: str) -> None:
    for name in ("a", "b", "c"):
        create(client, name)
    query = {"max_results": 10, "filter": "name != 'b'", "order_by": ["name DESC"], "view_type": "ALL"}
    named = {"params": query} if method == "GET" else {"json": query}
    assert names(client.request(method, f"{API}/search", **named)) == ["c", "a", "Default"]  # type: ignore[arg-type]


def test_experiments_are_paged(client: httpx.Client) -> None:
    for number in range(5):
        create(client, f"e{number}")
    found: list[str] = []
    token: str | None = ""
    while token is not None:
        answer = post(client, "search", max_results=2, order_by=["name"], page_token=token, filter="name LIKE 'e%'")
        found += names(answer)
        token = answer.json().get("next_page_token")
    assert found == ["e0", "e1", "e2", "e3", "e4"]


def test_a_search_without_results_is_an_empty_object(client: httpx.Client) -> None:
    assert post(client, "search", max_results=5, filter="name = 'none'").json() == {}


def test_deleted_experiments_are_found_where_they_are_asked_for(client: httpx.Client) -> None:
    post(client, "delete", experiment_id=create(client, "gone"))
    assert names(post(client, "search", max_results=5)) == ["Default"]
    assert names(post(client, "search", max_results=5, view_type="DELETED_ONLY")) == ["gone"]
    assert names(post(client, "search", max_results=5, view_type=3, order_by=["name"])) == ["Default", "gone"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 50_001},
        {"max_results": 5, "page_token": "nonsense"},
        {"max_results": 5, "page_token": "eyJvZmZzZXQiOiAyfQ=="},
        {"max_results": 5, "filter": "name"},
        {"max_results": 5, "filter": "metrics.loss > 1"},
        {"max_results": 5, "order_by": ["colour"]},
        {"max_results": 5, "order_by": "name"},
        {"max_results": 5, "order_by": [1]},
        {"max_results": 5, "view_type": "SOME"},
        {"max_results": 5, "view_type": 4},
    ],
)
def test_a_bad_search_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    answer = post(client, "search", **query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_or_not_and_parentheses_may_stand_in_filters(client: httpx.Client) -> None:
    for name in ("a", "b", "c"):
        create(client, name)
    answer = post(client, "search", max_results=5, filter="NOT (name = 'a' OR name = 'Default')", order_by=["name"])
    assert names(answer) == ["b", "c"]


@pytest.mark.parametrize(
    "location", ["s3://bucket/a", "/data/x", "file:///data/x", "mlflow-artifacts:/a", "gs://b/?x=1"]
)
def test_an_artifact_location_may_be_chosen(client: httpx.Client, location: str) -> None:
    assert get(client, create(client, "a", artifact_location=location))["artifact_location"] == location


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/a#fragment",
        "s3://bucket/a;params",
        "s3://bucket/a?x=..",
        "s3://bucket/a?x=%252e%252e",
        "http://10.0.0.1/latest/meta-data",
        "https://host/a",
        "ftp://host/a",
        "sftp://host/a",
        "hdfs://host/a",
        "viewfs://host/a",
        "r2://bucket@host/a",
        "b2://bucket@host/a",
        "abfss://files@host/a",
        "mlflow-artifacts://host:5000/a",
        "HTTP://host/a",
        "http:///a",
        "http://[",
        "runs:/abc/a",
        "models:/m/1",
        "s3://bucket/" + "a" * 2_100,
    ],
)
def test_an_artifact_location_that_is_dangerous_is_refused(client: httpx.Client, location: str) -> None:
    answer = post(client, "create", name="a", artifact_location=location)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_host_of_the_servers_own_artifacts_may_be_chosen(service: Service) -> None:
    own = attrs.evolve(service, artifact_root=Uri.parse("abfss://files@host.example/root"))
    with asgi_client(application(own)) as client:
        assert post(client, "create", name="a", artifact_location="abfss://files@HOST.example/x").status_code == 200
        assert post(client, "create", name="b", artifact_location="abfss://files@other.example/x").status_code == 400


def _stage(client: httpx.Client, run_id: str) -> str:
    stage: str = client.get("/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]["info"][
        "lifecycle_stage"
    ]
    return stage
