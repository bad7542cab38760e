"""Logged models over MLflow's API: answers, codes, params, metrics, searches."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

MODELS = "/api/2.0/mlflow/logged-models"
RUNS = "/api/2.0/mlflow/runs"


def send(client: httpx.Client, method: str, path: str, **body: Any) -> tuple[int, Any]:
    answer = client.request(method, path, json=None if method == "GET" else body)
    return answer.status_code, answer.json()


def create(client: httpx.Client, name: str = "model", **more: Any) -> str:
    status, answer = send(client, "POST", MODELS, experiment_id="0", name=name, **more)
    assert status == 200, answer
    model_id: str = answer["model"]["info"]["model_id"]
    return model_id


def get(client: httpx.Client, model_id: str) -> dict[str, Any]:
    model: dict[str, Any] = send(client, "GET", f"{MODELS}/{model_id}")[1]["model"]
    return model


def log(client: httpx.Client, run_id: str, model_id: str, key: str, value: Any, **more: Any) -> None:
    point = {"run_id": run_id, "key": key, "value": value, "timestamp": 1_000, "model_id": model_id, **more}
    status, answer = send(client, "POST", f"{RUNS}/log-metric", **point)
    assert status == 200, answer


def names(client: httpx.Client, **asked: Any) -> list[str]:
    status, answer = send(client, "POST", f"{MODELS}/search", experiment_ids=["0"], **asked)
    assert status == 200, answer
    return [model["info"]["name"] for model in answer.get("models", [])]


def test_a_new_model_is_shown_as_mlflow_shows_it(client: httpx.Client) -> None:
    model_id = create(client, "tree")
    model = get(client, model_id)
    assert isinstance(model["info"].pop("creation_timestamp_ms"), int)
    assert isinstance(model["info"].pop("last_updated_timestamp_ms"), int)
    assert model == {
        "info": {
            "model_id": model_id,
            "experiment_id": "0",
            "name": "tree",
            "artifact_uri": f"mlflow-artifacts:/0/models/{model_id}/artifacts",
            "status": "LOGGED_MODEL_PENDING",
            "model_type": "",
            "source_run_id": "",
        },
        "data": {},
    }


def test_a_model_shows_all_it_has(client: httpx.Client, run_id: str) -> None:
    model_id = create(
        client,
        "tree",
        model_type="agent",
        source_run_id=run_id,
        params=[{"key": "depth", "value": "3"}, {"key": "empty"}],
        tags=[{"key": "team", "value": "vision"}],
    )
    log(client, run_id, model_id, "acc", 0.5, step=2, dataset_name="train", dataset_digest="d1")
    log(client, run_id, model_id, "loss", "-Infinity")
    log(client, run_id, model_id, "nan", "NaN")
    model = get(client, model_id)
    assert (model["info"]["model_type"], model["info"]["source_run_id"]) == ("agent", run_id)
    assert model["info"]["tags"] == [{"key": "team", "value": "vision"}]
    assert model["data"]["params"] == [{"key": "depth", "value": "3"}, {"key": "empty", "value": ""}]
    point = {"timestamp": 1_000, "step": 0, "model_id": model_id, "run_id": run_id}
    assert model["data"]["metrics"] == [
        {**point, "key": "acc", "value": 0.5, "step": 2, "dataset_name": "train", "dataset_digest": "d1"},
        {**point, "key": "loss", "value": "-Infinity"},
        {**point, "key": "nan", "value": "NaN"},
    ]


def test_a_model_without_a_name_gets_one(client: httpx.Client) -> None:
    for name in ("", None):
        assert get(client, create(client, name=name))["info"]["name"]  # type: ignore[arg-type] # a client may send it


@pytest.mark.parametrize(
    "wrong",
    [
        {"experiment_id": ""},
        {"experiment_id": None},
        {"experiment_id": 0},
        {"name": "a/b"},
        {"name": "a.b"},
        {"name": 5},
        {"params": "depth"},
        {"params": [{"value": "3"}]},
        {"params": [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]},
        {"params": [{"key": "a", "value": "x" * 6_001}]},
        {"tags": [{"key": "../a", "value": "1"}]},
        {"tags": {"a": "b"}},
    ],
)
def test_a_model_that_cannot_be_kept_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    status, answer = send(client, "POST", MODELS, **{"experiment_id": "0", **wrong})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert names(client) == []


def test_a_model_of_a_missing_experiment_is_refused(client: httpx.Client) -> None:
    assert send(client, "POST", MODELS, experiment_id="987654")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", {}),
        ("PATCH", "", {"status": "LOGGED_MODEL_READY"}),
        ("DELETE", "", {}),
        ("PATCH", "/tags", {"tags": [{"key": "a", "value": "b"}]}),
        ("DELETE", "/tags/a", {}),
        ("POST", "/params", {"params": [{"key": "a", "value": "b"}]}),
    ],
)
def test_a_missing_model_is_not_found(client: httpx.Client, method: str, path: str, body: Any) -> None:
    for model_id in ("m-" + "0" * 32, "nonsense", "a%2Fb", "%2e%2e", "x" * 5_000):
        status, answer = send(client, method, f"{MODELS}/{model_id}{path}", model_id=model_id, **body)
        assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST"), model_id[:40]


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("LOGGED_MODEL_READY", "LOGGED_MODEL_READY"),
        ("LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"),
        (2, "LOGGED_MODEL_READY"),
        ("3", "LOGGED_MODEL_UPLOAD_FAILED"),
    ],
)
def test_a_model_is_finalized(client: httpx.Client, status: Any, meant: str) -> None:
    model_id = create(client)
    answer = send(client, "PATCH", f"{MODELS}/{model_id}", model_id=model_id, status=status)[1]
    assert answer["model"]["info"]["status"] == meant
    assert get(client, model_id)["info"]["status"] == meant


@pytest.mark.parametrize("status", [None, "", "READY", "zzz", 0, 77, ["LOGGED_MODEL_READY"]])
def test_an_unknown_status_is_refused(client: httpx.Client, status: Any) -> None:
    model_id = create(client)
    code, answer = send(client, "PATCH", f"{MODELS}/{model_id}", model_id=model_id, status=status)
    assert (code, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert get(client, model_id)["info"]["status"] == "LOGGED_MODEL_PENDING"


def test_params_are_written_once(client: httpx.Client) -> None:
    model_id = create(client)
    for _ in range(2):
        assert send(client, "POST", f"{MODELS}/{model_id}/params", params=[{"key": "a", "value": "1"}]) == (200, {})
    status, answer = send(client, "POST", f"{MODELS}/{model_id}/params", params=[{"key": "a", "value": "2"}])
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert get(client, model_id)["data"]["params"] == [{"key": "a", "value": "1"}]


def test_tags_are_set_and_deleted(client: httpx.Client) -> None:
    model_id = create(client)
    tags = [{"key": "a/b", "value": "1"}, {"key": "c d", "value": "2"}, {"key": "c d", "value": "3"}]
    assert send(client, "PATCH", f"{MODELS}/{model_id}/tags", tags=tags) == (200, {})
    assert send(client, "DELETE", f"{MODELS}/{model_id}/tags/a%2Fb") == (200, {})
    assert send(client, "DELETE", f"{MODELS}/{model_id}/tags/a%2Fb")[0] == 404
    assert get(client, model_id)["info"]["tags"] == [{"key": "c d", "value": "3"}]


def test_a_deleted_model_is_gone_and_may_be_deleted_again(client: httpx.Client) -> None:
    model_id = create(client)
    for _ in range(2):
        assert send(client, "DELETE", f"{MODELS}/{model_id}") == (200, {})
    assert send(client, "GET", f"{MODELS}/{model_id}")[0] == 404
    assert names(client) == []


def test_a_deleted_model_is_shown_to_who_allows_deleted_ones(client: httpx.Client) -> None:
    model_id = create(client, "gone")
    send(client, "DELETE", f"{MODELS}/{model_id}")
    for asked in ("true", "True"):
        answer = client.get(f"{MODELS}/{model_id}", params={"allow_deleted": asked})
        assert (answer.status_code, answer.json()["model"]["info"]["name"]) == (200, "gone")
    assert client.get(f"{MODELS}/{model_id}", params={"allow_deleted": "false"}).status_code == 404


def test_pages_lead_through_all_models_whatever_is_written_meanwhile(client: httpx.Client) -> None:
    for index in range(5):
        create(client, f"m{index}")
    found: list[str] = []
    token = ""
    for turn in range(3):
        asked = {"experiment_ids": ["0"], "max_results": 2, "order_by": [{"field_name": "name"}], "page_token": token}
        page = send(client, "POST", f"{MODELS}/search", **asked)[1]
        found.extend(model["info"]["name"] for model in page["models"])
        token = page.get("next_page_token", "")
        create(client, f"a{turn}")
    assert (found, token) == ([f"m{index}" for index in range(5)], "")


def test_a_page_has_fifty_models_unless_told_otherwise(client: httpx.Client) -> None:
    for index in range(51):
        create(client, f"m{index}")
    assert len(names(client)) == len(names(client, max_results=0)) == 50
    assert len(names(client, max_results=1_000_000)) == 51


def test_a_model_is_found_by_all_that_it_has(client: httpx.Client, run_id: str) -> None:
    for index in range(3):
        params, tags = [{"key": "depth", "value": str(index)}], [{"key": "odd", "value": str(index % 2)}]
        log(client, run_id, create(client, f"m{index}", params=params, tags=tags), "val acc/1", index / 2)
    order = [{"field_name": "name"}]
    assert names(client, filter="params.depth = '1'") == ["m1"]
    assert names(client, filter="tags.odd = '0'", order_by=order) == ["m0", "m2"]
    assert names(client, filter="metrics.`val acc/1` >= 0.5 AND tags.odd = '0'") == ["m2"]
    assert names(client, filter="name = 'm0' OR NOT params.depth = '1'", order_by=order) == ["m0", "m2"]


@pytest.mark.parametrize("field", ["metrics.val acc/1", "metrics.`val acc/1`", 'metrics."val acc/1"'])
def test_an_order_names_a_metric_with_or_without_quotes(client: httpx.Client, run_id: str, field: str) -> None:
    for index in range(3):
        log(client, run_id, create(client, f"m{index}"), "val acc/1", index)
    assert names(client, order_by=[{"field_name": field, "ascending": False}]) == ["m2", "m1", "m0"]
    assert names(client, order_by=[{"field_name": field}]) == ["m0", "m1", "m2"]


def test_metrics_count_on_the_data_sets_that_are_asked_for(client: httpx.Client, run_id: str) -> None:
    for index, (train, test) in enumerate([(1, 6), (2, 5), (3, 4)]):
        model_id = create(client, f"m{index}")
        log(client, run_id, model_id, "acc", train, dataset_name="train", dataset_digest="d1")
        log(client, run_id, model_id, "acc", test, dataset_name="test", dataset_digest="d2")
    create(client, "unmeasured")
    on = {"dataset_name": "train", "dataset_digest": "d1"}
    assert names(client, filter="metrics.acc > 2", datasets=[on]) == ["m2"]
    assert names(client, datasets=[on], order_by=[{"field_name": "metrics.acc", **on}]) == ["m0", "m1", "m2"]
    other = {"field_name": "metrics.acc", "dataset_name": "test"}
    assert names(client, datasets=[on], order_by=[other]) == ["m2", "m1", "m0"]
    assert names(client, datasets=[{"dataset_name": "train", "dataset_digest": "d2"}]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"experiment_ids": None},
        {"experiment_ids": "0"},
        {"experiment_ids": [0]},
        {"max_results": -1},
        {"max_results": "x"},
        {"page_token": "nonsense"},
        {"filter": "color = 'red'"},
        {"filter": "metrics.acc > 'x'"},
        {"filter": "name ="},
        {"order_by": [{}]},
        {"order_by": ["name"]},
        {"order_by": [{"field_name": "color"}]},
        {"order_by": [{"field_name": "metrics."}]},
        {"order_by": [{"field_name": "name, model_id"}]},
        {"order_by": [{"field_name": "name", "ascending": "yes"}]},
        {"datasets": [{"dataset_digest": "d1"}]},
        {"datasets": ["train"]},
    ],
)
def test_a_search_that_cannot_be_read_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    create(client)
    status, answer = send(client, "POST", f"{MODELS}/search", **{"experiment_ids": ["0"], **wrong})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_deleted_models_are_shown_where_they_are_asked_for(client: httpx.Client) -> None:
    create(client, "kept")
    send(client, "DELETE", f"{MODELS}/{create(client, 'gone')}")
    assert names(client) == names(client, view_type="ACTIVE_ONLY") == ["kept"]
    assert set(names(client, view_type="ALL")) == {"kept", "gone"}
    status, answer = send(client, "POST", f"{MODELS}/search", experiment_ids=["0"], view_type="DELETED_ONLY")
    (info,) = [model["info"] for model in answer["models"]]
    assert (status, info["name"], info["lifecycle_stage"]) == (200, "gone", "deleted")
    assert info["deleted_time"] >= info["creation_timestamp_ms"]
    status, answer = send(client, "POST", f"{MODELS}/search", experiment_ids=["0"], view_type="SOME")
    assert (status, answer["error_code"], answer["error_class"]) == (400, "INVALID_PARAMETER_VALUE", "InvalidInput")
