"""Runs over MLflow's API: creation, changes, the bin, searches."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

API = "/api/2.0/mlflow/runs"


def post(client: httpx.Client, what: str, **body: Any) -> httpx.Response:
    return client.post(f"{API}/{what}", json=body)


def get(client: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{API}/get", params={"run_id": run_id}).json()["run"]
    return found


def tags_of(run: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"]["tags"]}


def create(client: httpx.Client, **body: Any) -> dict[str, Any]:
    run: dict[str, Any] = post(client, "create", **{"experiment_id": "0", "start_time": 1, **body}).json()["run"]
    return run


def test_a_run_is_created_and_found(client: httpx.Client, experiment_id: str) -> None:
    created = create(
        client,
        experiment_id=experiment_id,
        user_id="ada",
        start_time=1_000,
        run_name="first",
        tags=[{"key": "stage", "value": "train"}],
    )
    run_id = created["info"]["run_id"]
    assert re.fullmatch("[0-9a-f]{32}", run_id)
    assert created["info"] == {
        "run_id": run_id,
        "run_uuid": run_id,
        "run_name": "first",
        "experiment_id": experiment_id,
        "user_id": "ada",
        "status": "RUNNING",
        "start_time": 1_000,
        "artifact_uri": f"mlflow-artifacts:/{experiment_id}/{run_id}/artifacts",
        "lifecycle_stage": "active",
    }
    assert tags_of(created) == {"stage": "train", "mlflow.runName": "first"}
    assert get(client, run_id) == {**created, "outputs": {}}


def test_a_run_is_found_by_the_old_name_of_its_id_too(client: httpx.Client, run_id: str) -> None:
    for query in ({"run_uuid": run_id}, {"run_id": run_id, "run_uuid": run_id}):
        answer = client.get(f"{API}/get", params=query)
        assert answer.json()["run"]["info"]["run_id"] == run_id


def test_a_run_without_a_name_gets_one(client: httpx.Client) -> None:
    run = create(client)
    assert re.fullmatch(r"[a-z]+-[a-z]+-\d+", run["info"]["run_name"])
    assert tags_of(run) == {"mlflow.runName": run["info"]["run_name"]}


def test_a_run_may_be_named_by_its_tag(client: httpx.Client) -> None:
    run = create(client, tags=[{"key": "mlflow.runName", "value": "by tag"}])
    assert run["info"]["run_name"] == "by tag"


def test_a_name_and_a_tag_that_differ_are_refused(client: httpx.Client) -> None:
    tags = [{"key": "mlflow.runName", "value": "b"}]
    assert post(client, "create", experiment_id="0", run_name="a", tags=tags).status_code == 400
    assert post(client, "create", experiment_id="0", run_name="b", tags=tags).status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"experiment_id": "abc"}, 400),
        ({"experiment_id": 0}, 400),
        ({"experiment_id": "99"}, 404),
        ({"experiment_id": "0", "tags": [{"value": "no key"}]}, 400),
        ({"experiment_id": "0", "tags": [{"key": "../up", "value": ""}]}, 400),
        ({"experiment_id": "0", "tags": "none"}, 400),
        ({"experiment_id": "0", "start_time": "now"}, 400),
    ],
)
def test_a_bad_run_is_refused(client: httpx.Client, body: dict[str, Any], status: int) -> None:
    answer = post(client, "create", **body)
    assert answer.status_code == status
    assert "SELECT" not in answer.text
    assert "INSERT" not in answer.text


def test_no_run_is_created_in_a_deleted_experiment(client: httpx.Client, experiment_id: str) -> None:
    client.post("/api/2.0/mlflow/experiments/delete", json={"experiment_id": experiment_id})
    assert post(client, "create", experiment_id=experiment_id).status_code == 400


def test_a_client_may_choose_the_id_so_that_a_retry_makes_no_second_run(client: httpx.Client) -> None:
    tags = [{"key": "runyard.run_id", "value": "f" * 32}]
    first = create(client, run_name="a", tags=tags)
    assert first["info"]["run_id"] == "f" * 32
    assert "runyard.run_id" not in tags_of(first)
    assert create(client, run_name="a", tags=tags) == first
    assert len(post(client, "search", experiment_ids=["0"]).json()["runs"]) == 1


def test_an_id_of_another_experiments_run_is_refused(client: httpx.Client, experiment_id: str, run_id: str) -> None:
    answer = post(client, "create", experiment_id="0", tags=[{"key": "runyard.run_id", "value": run_id}])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    assert "ada" not in answer.text


@pytest.mark.parametrize("chosen", ["", "../x", "a/b", "x" * 257, "é"])
def test_a_bad_id_is_refused(client: httpx.Client, chosen: str) -> None:
    answer = post(client, "create", experiment_id="0", tags=[{"key": "runyard.run_id", "value": chosen}])
    assert answer.status_code == 400


def test_a_run_is_ended(client: httpx.Client, run_id: str) -> None:
    answer = post(client, "update", run_id=run_id, status="FINISHED", end_time=2_000).json()["run_info"]
    assert (answer["status"], answer["end_time"], answer["run_name"]) == ("FINISHED", 2_000, "a run")
    assert get(client, run_id)["info"] == answer


def test_a_status_may_be_a_number(client: httpx.Client, run_id: str) -> None:
    assert post(client, "update", run_uuid=run_id, status=4).json()["run_info"]["status"] == "FAILED"


@pytest.mark.parametrize("status", ["DONE", "finished", "", 0, 6, True, ["FAILED"]])
def test_an_unknown_status_is_refused(client: httpx.Client, run_id: str, status: Any) -> None:
    answer = post(client, "update", run_id=run_id, status=status, end_time=5)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert get(client, run_id)["info"]["status"] == "RUNNING"
    assert "end_time" not in get(client, run_id)["info"]


def test_a_name_and_its_tag_stay_the_same(client: httpx.Client, run_id: str) -> None:
    post(client, "update", run_id=run_id, run_name="b")
    assert tags_of(get(client, run_id))["mlflow.runName"] == "b"
    post(client, "set-tag", run_id=run_id, key="mlflow.runName", value="c")
    assert get(client, run_id)["info"]["run_name"] == "c"
    post(client, "update", run_id=run_id, run_name="")
    assert get(client, run_id)["info"]["run_name"] == "c"


def test_a_run_is_deleted_and_restored_any_number_of_times(client: httpx.Client, run_id: str) -> None:
    for _ in range(2):
        assert post(client, "delete", run_id=run_id).json() == {}
        deleted = get(client, run_id)["info"]
        assert deleted["lifecycle_stage"] == "deleted"
        assert deleted["deleted_time"] > 1_600_000_000_000
    for _ in range(2):
        assert post(client, "restore", run_id=run_id).json() == {}
        restored = get(client, run_id)["info"]
        assert (restored["lifecycle_stage"], "deleted_time" in restored) == ("active", False)


def test_a_deleted_run_cannot_be_written_to(client: httpx.Client, run_id: str) -> None:
    post(client, "delete", run_id=run_id)
    answers = [
        post(client, "update", run_id=run_id, status="FINISHED"),
        post(client, "log-metric", run_id=run_id, key="m", value=1, timestamp=1),
        post(client, "log-parameter", run_id=run_id, key="p", value="1"),
        post(client, "set-tag", run_id=run_id, key="t", value="1"),
        post(client, "delete-tag", run_id=run_id, key="mlflow.runName"),
        post(client, "log-batch", run_id=run_id, params=[{"key": "p", "value": "1"}]),
        post(client, "log-inputs", run_id=run_id, datasets=[_dataset("d")]),
        post(client, "log-model", run_id=run_id, model_json=MODEL),
    ]
    expected = f"The run {run_id} must be in the 'active' state. Current state is deleted."
    for answer in answers:
        assert answer.status_code == 400
        assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
        assert answer.json()["message"].startswith(expected)


def test_a_run_that_does_not_exist_is_404(client: httpx.Client) -> None:
    answers = [
        client.get(f"{API}/get", params={"run_id": "none"}),
        *(post(client, what, run_id="none") for what in ("delete", "restore", "update")),
        post(client, "log-metric", run_id="none", key="m", value=1, timestamp=1),
        post(client, "log-parameter", run_id="none", key="m", value="1"),
        post(client, "set-tag", run_id="none", key="m", value="1"),
        post(client, "delete-tag", run_id="none", key="m"),
        post(client, "log-batch", run_id="none"),
        post(client, "log-inputs", run_id="none", datasets=[_dataset("d")]),
        post(client, "log-model", run_id="none", model_json=MODEL),
    ]
    assert {(answer.status_code, answer.json()["error_code"]) for answer in answers} == {
        (404, "RESOURCE_DOES_NOT_EXIST")
    }


def test_runs_are_searched_for_and_paged(client: httpx.Client, experiment_id: str) -> None:
    for number in range(7):
        run_id = create(client, experiment_id=experiment_id, run_name=f"r{number}", start_time=number)["info"]["run_id"]
        post(client, "log-metric", run_id=run_id, key="loss", value=number % 3, timestamp=1)
    found: list[str] = []
    query: dict[str, Any] = {"experiment_ids": [experiment_id], "max_results": 2, "filter": "metrics.loss < 2"}
    while True:
        answer = post(client, "search", **query, order_by=["metrics.loss DESC", "attributes.start_time"]).json()
        found += [run["info"]["run_name"] for run in answer["runs"]]
        if "next_page_token" not in answer:
            break
        query["page_token"] = answer["next_page_token"]
    assert found == ["r1", "r4", "r0", "r3", "r6"]


def test_a_search_without_results_is_an_empty_object(client: httpx.Client) -> None:
    assert post(client, "search").json() == {}
    for experiment_ids in ([], ["99"], ["0"]):
        assert post(client, "search", experiment_ids=experiment_ids).json() == {}


def test_deleted_runs_are_found_where_they_are_asked_for(client: httpx.Client, run_id: str, experiment_id: str) -> None:
    post(client, "delete", run_id=run_id)
    found = {
        view: "runs" in post(client, "search", experiment_ids=[experiment_id], run_view_type=view).json()
        for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 2)
    }
    assert found == {"ACTIVE_ONLY": False, "DELETED_ONLY": True, "ALL": True, 2: True}


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": 0},
        {"max_results": 50_001},
        {"max_results": "many"},
        {"page_token": "nonsense"},
        {"page_token": "eyJvZmZzZXQiOiAyfQ=="},
        {"filter": "metrics.loss >"},
        {"filter": "colour = 'red'"},
        {"filter": "metrics.loss = 'low'"},
        {"filter": 5},
        {"order_by": ["colour"]},
        {"order_by": "metrics.loss"},
        {"run_view_type": "SOME"},
        {"experiment_ids": "0"},
        {"experiment_ids": [0]},
    ],
)
def test_a_bad_search_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    answer = post(client, "search", **{"experiment_ids": ["0"], **query})
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_order_that_is_given_twice_does_no_harm(client: httpx.Client, run_id: str, experiment_id: str) -> None:
    order = ["metrics.loss", "metrics.loss DESC"]
    assert post(client, "search", experiment_ids=[experiment_id], order_by=order).status_code == 200


def test_or_not_and_parentheses_may_stand_in_filters(client: httpx.Client, experiment_id: str) -> None:
    for name in ("a", "b", "c"):
        create(client, experiment_id=experiment_id, run_name=name)
    condition = "NOT (run_name = 'a' OR run_name = 'b')"
    answer = post(client, "search", experiment_ids=[experiment_id], filter=condition).json()
    assert [run["info"]["run_name"] for run in answer["runs"]] == ["c"]


def test_data_sets_are_noted_and_summarized(client: httpx.Client, run_id: str, experiment_id: str) -> None:
    used = [{**_dataset("d"), "tags": [{"key": "mlflow.data.context", "value": "train"}]}, _dataset("e")]
    for _ in range(2):
        assert post(client, "log-inputs", run_id=run_id, datasets=used).json() == {}
    assert get(client, run_id)["inputs"] == {"dataset_inputs": used}
    bases = ("/api/2.0mlflow", "/api/2.0/mlflow", "/ajax-api/2.0/mlflow")
    paths = [f"{base}/experiments/search-datasets" for base in bases]
    for path in paths:
        answer = client.post(path, json={"experiment_ids": [experiment_id]})
        assert answer.json()["dataset_summaries"] == [
            {"experiment_id": experiment_id, "name": "d", "digest": "d0", "context": "train"},
            {"experiment_id": experiment_id, "name": "e", "digest": "d0"},
        ]
    assert client.post(paths[0], json={"experiment_ids": ["0"]}).json() == {}
    assert client.post(paths[0], json={}).status_code == 400
    assert client.post(paths[0], json={"experiment_ids": [str(number) for number in range(21)]}).status_code == 400


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"dataset": {}},
        {"dataset": {"name": "d"}},
        {"dataset": {"name": "d", "digest": "x" * 37, "source_type": "a", "source": "b"}},
        {"dataset": {"name": "x" * 501, "digest": "x", "source_type": "a", "source": "b"}},
        {"dataset": "d"},
        "d",
    ],
)
def test_a_bad_data_set_is_refused(client: httpx.Client, run_id: str, item: Any) -> None:
    answer = post(client, "log-inputs", run_id=run_id, datasets=[item])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_model_of_an_old_client_goes_into_a_tag(client: httpx.Client, run_id: str) -> None:
    for _ in range(2):
        assert post(client, "log-model", run_id=run_id, model_json=MODEL).json() == {}
    history = tags_of(get(client, run_id))["mlflow.log-model.history"]
    one = {
        "run_id": "r",
        "artifact_path": "m",
        "utc_time_created": "now",
        "model_uuid": None,
        "flavors": {"f": {"a": 1}},
    }
    assert json.loads(history) == [one, one]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"artifact_path": "m"}', 5])
def test_a_bad_model_is_refused(client: httpx.Client, run_id: str, text: Any) -> None:
    assert post(client, "log-model", run_id=run_id, model_json=text).status_code == 400


def test_models_that_a_run_used_and_produced_are_noted(client: httpx.Client, run_id: str, experiment_id: str) -> None:
    created = client.post("/api/2.0/mlflow/logged-models", json={"experiment_id": experiment_id, "name": "m"})
    model_id = created.json()["model"]["info"]["model_id"]
    assert post(client, "log-inputs", run_id=run_id, models=[{"model_id": model_id}]).json() == {}
    assert post(client, "outputs", run_id=run_id, models=[{"model_id": model_id, "step": 3}]).json() == {}
    run = get(client, run_id)
    assert run["inputs"] == {"model_inputs": [{"model_id": model_id}]}
    assert run["outputs"] == {"model_outputs": [{"model_id": model_id, "step": 3}]}
    assert post(client, "outputs", run_id=run_id).status_code == 400
    assert post(client, "outputs", run_id=run_id, models=[{}]).status_code == 400


MODEL = '{"run_id":"r","artifact_path":"m","utc_time_created":"now","flavors":{"f":{"a":1,"config":{"b":2}}},"x":5}'


def _dataset(name: str) -> dict[str, Any]:
    return {
        "dataset": {
            "name": name,
            "digest": "d0",
            "source_type": "local",
            "source": "{}",
            "schema": "[]",
            "profile": "{}",
        }
    }
