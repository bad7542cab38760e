"""Metrics, params and tags over MLflow's API, on every database."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

API = "/api/2.0/mlflow"


@pytest.fixture
def store_uri(database_uri: str) -> str:
    return database_uri


def post(client: httpx.Client, what: str, **body: Any) -> httpx.Response:
    return client.post(f"{API}/runs/{what}", json=body)


def data_of(client: httpx.Client, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"{API}/runs/get", params={"run_id": run_id}).json()["run"]["data"]
    return found


def history(client: httpx.Client, run_id: str, key: str, **more: Any) -> dict[str, Any]:
    query = {"run_id": run_id, "metric_key": key, **more}
    found: dict[str, Any] = client.get(f"{API}/metrics/get-history", params=query).json()
    return found


def point(key: str, value: Any, timestamp: int, step: int) -> dict[str, Any]:
    return {"key": key, "value": value, "timestamp": timestamp, "step": step}


def test_a_batch_is_logged_and_sending_it_again_changes_nothing(client: httpx.Client, run_id: str) -> None:
    batch = {
        "metrics": [point("loss", step / 2, 1_000 + step, step) for step in range(900)],
        "params": [{"key": f"p{number}", "value": str(number)} for number in range(50)],
        "tags": [{"key": f"t{number}", "value": "é"} for number in range(50)],
    }
    for _ in range(2):
        assert post(client, "log-batch", run_id=run_id, **batch).json() == {}
    data = data_of(client, run_id)
    assert data["metrics"] == [point("loss", 449.5, 1_899, 899)]
    assert len(data["params"]) == 50
    assert len(data["tags"]) == 51
    assert history(client, run_id, "loss")["metrics"] == batch["metrics"]


def test_metrics_may_be_sent_less_plainly(client: httpx.Client, run_id: str) -> None:
    sent = [
        {"key": "a", "value": 1, "timestamp": 1},
        {"key": "a", "value": "2.5", "timestamp": "2", "step": "-7"},
        {"key": "a", "value": "NaN", "timestamp": 3.0, "step": None},
        {"key": "a", "value": "Infinity", "timestamp": 4, "colour": "red", "other": 1},
        {"key": "a", "value": "-Infinity", "timestamp": 5, "datasetName": "", "modelId": None, "step": 2},
    ]
    assert post(client, "log-batch", run_id=run_id, metrics=sent).json() == {}
    assert history(client, run_id, "a")["metrics"] == [
        point("a", 1.0, 1, 0),
        point("a", 2.5, 2, -7),
        point("a", "NaN", 3, 0),
        point("a", "Infinity", 4, 0),
        point("a", "-Infinity", 5, 2),
    ]
    assert data_of(client, run_id)["metrics"] == [point("a", "-Infinity", 5, 2)]


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ({"value": 1, "timestamp": 1}, "Missing value for required parameter 'metrics[1].key'"),
        ({"key": "", "value": 1, "timestamp": 1}, "Missing value for required parameter 'metrics[1].key'"),
        ({"key": "a", "timestamp": 1}, "Missing value for required parameter 'metrics[1].value'"),
        ({"key": "a", "value": 1}, "Missing value for required parameter 'metrics[1].timestamp'"),
        ({"key": 5, "value": 1, "timestamp": 1}, "Invalid value 5 for parameter 'metrics[1].key'"),
        ({"key": "a", "value": "x", "timestamp": 1}, "Invalid value \"x\" for parameter 'metrics[1].value'"),
        ({"key": "a", "value": True, "timestamp": 1}, "Invalid value true for parameter 'metrics[1].value'"),
        ({"key": "a", "value": 1, "timestamp": "x"}, "Invalid value \"x\" for parameter 'metrics[1].timestamp'"),
        ({"key": "a", "value": 1, "timestamp": 1, "step": 0.5}, "Invalid value 0.5 for parameter 'metrics[1].step'"),
        ({"key": "a", "value": 1, "timestamp": -1}, "timestamp of metric 'a'"),
        ({"key": "../a", "value": 1, "timestamp": 1}, "metric key '../a'"),
        ({"key": "a\0", "value": 1.0, "timestamp": 1, "step": 1}, "metric key"),
        ({"key": "k" * 251, "value": 1, "timestamp": 1}, "metric key"),
        ([], "Invalid value"),
    ],
)
def test_a_bad_metric_is_refused_and_nothing_is_logged(
    client: httpx.Client, run_id: str, metric: Any, message: str
) -> None:
    good = point("good", 1.0, 1, 1)
    answer = post(client, "log-batch", run_id=run_id, metrics=[good, metric], tags=[{"key": "t", "value": "1"}])
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer.json()["message"].startswith(message)
    assert "metrics" not in data_of(client, run_id)
    assert len(data_of(client, run_id)["tags"]) == 1


@pytest.mark.parametrize(
    ("metrics", "params", "tags", "accepted"),
    [
        (1_000, 0, 0, True),
        (1_001, 0, 0, False),
        (0, 100, 100, True),
        (0, 101, 0, False),
        (0, 0, 101, False),
        (900, 51, 50, False),
    ],
)
def test_a_batch_has_limits(
    client: httpx.Client, run_id: str, metrics: int, params: int, tags: int, accepted: bool
) -> None:
    answer = post(
        client,
        "log-batch",
        run_id=run_id,
        metrics=[point("m", 1.0, 1, step) for step in range(metrics)],
        params=[{"key": str(number), "value": ""} for number in range(params)],
        tags=[{"key": str(number), "value": ""} for number in range(tags)],
    )
    assert answer.status_code == (200 if accepted else 400)
    if not accepted:
        assert answer.json()["message"].startswith("A batch logging request can contain at most")


def test_params_are_written_once(client: httpx.Client, run_id: str) -> None:
    for _ in range(2):
        assert post(client, "log-parameter", run_id=run_id, key="lr", value="0.1").json() == {}
    expected = (
        f"Changing param values is not allowed. Param with key='lr' was already logged with value='0.1' "
        f"for run ID='{run_id}'. Attempted logging new value '0.2'."
    )
    batch = [{"key": "new", "value": "1"}, {"key": "lr", "value": "0.2"}]
    for answer in (
        post(client, "log-parameter", run_id=run_id, key="lr", value="0.2"),
        post(client, "log-batch", run_id=run_id, params=batch),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
        assert answer.json()["message"] == expected
    assert data_of(client, run_id)["params"] == [{"key": "lr", "value": "0.1"}]


def test_a_param_twice_in_a_batch_is_refused(client: httpx.Client, run_id: str) -> None:
    params = [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]
    assert post(client, "log-batch", run_id=run_id, params=params).status_code == 400


def test_the_last_of_a_tag_in_a_batch_counts(client: httpx.Client, run_id: str) -> None:
    tags = [{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]
    assert post(client, "log-batch", run_id=run_id, tags=tags).status_code == 200
    assert {"key": "a", "value": "2"} in data_of(client, run_id)["tags"]


def test_long_values_are_cut_as_mlflow_cuts_them(client: httpx.Client, run_id: str) -> None:
    post(client, "log-parameter", run_id=run_id, key="a", value="x" * 7_000)
    post(client, "log-parameter", run_id=run_id, key="a", value="x" * 7_000)
    post(client, "set-tag", run_id=run_id, key="a", value="y" * 9_000)
    long = [{"key": "b", "value": "z" * 10_000}]
    assert post(client, "log-batch", run_id=run_id, params=long, tags=long).status_code == 200
    data = data_of(client, run_id)
    assert {param["key"]: len(param["value"]) for param in data["params"]} == {"a": 6_000, "b": 6_000}
    tags = {tag["key"]: len(tag["value"]) for tag in data["tags"]}
    assert (tags["a"], tags["b"]) == (8_000, 8_000)


def test_an_empty_or_missing_value_is_kept_as_empty(client: httpx.Client, run_id: str) -> None:
    assert post(client, "log-parameter", run_id=run_id, key="a").json() == {}
    assert post(client, "log-batch", run_id=run_id, params=[{"key": "b"}, {"key": "c", "value": None}]).json() == {}
    assert post(client, "set-tag", run_id=run_id, key="t", value="").json() == {}
    assert [param["value"] for param in data_of(client, run_id)["params"]] == ["", "", ""]


@pytest.mark.parametrize("key", ["a//b", "../b", "a/", ".", "/a", "a;b", "a\nb", "k" * 251])
def test_a_bad_key_is_refused(client: httpx.Client, run_id: str, key: str) -> None:
    answers = [
        post(client, "log-metric", run_id=run_id, key=key, value=1, timestamp=1),
        post(client, "log-parameter", run_id=run_id, key=key, value="1"),
        post(client, "set-tag", run_id=run_id, key=key, value="1"),
        post(client, "log-batch", run_id=run_id, params=[{"key": key, "value": "1"}]),
        post(client, "log-batch", run_id=run_id, tags=[{"key": key, "value": "1"}]),
    ]
    assert {answer.status_code for answer in answers} == {400}


@pytest.mark.parametrize("key", ["a/b", "é.ü_1-2 :x", "k" * 250])
def test_a_key_may_have_letters_of_any_language_and_some_marks(client: httpx.Client, run_id: str, key: str) -> None:
    assert post(client, "log-metric", run_id=run_id, key=key, value=1, timestamp=1).status_code == 200
    assert history(client, run_id, key)["metrics"] == [point(key, 1.0, 1, 0)]


def test_a_tag_is_set_anew_and_deleted(client: httpx.Client, run_id: str) -> None:
    for value in ("1", "2"):
        assert post(client, "set-tag", run_id=run_id, key="a", value=value).json() == {}
    assert {"key": "a", "value": "2"} in data_of(client, run_id)["tags"]
    assert post(client, "delete-tag", run_id=run_id, key="a").json() == {}
    answer = post(client, "delete-tag", run_id=run_id, key="a")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_the_latest_value_is_that_of_the_greatest_step(client: httpx.Client, run_id: str) -> None:
    for value, timestamp, step in ((1, 5, 3), (9, 9, 1), (2, 5, 3), (0, 4, 3)):
        post(client, "log-metric", run_id=run_id, key="m", value=value, timestamp=timestamp, step=step)
    assert data_of(client, run_id)["metrics"] == [point("m", 2.0, 5, 3)]
    assert [(item["timestamp"], item["step"], item["value"]) for item in history(client, run_id, "m")["metrics"]] == [
        (4, 3, 0.0),
        (5, 3, 1.0),
        (5, 3, 2.0),
        (9, 1, 9.0),
    ]


def test_a_repeated_point_is_kept_once(client: httpx.Client, run_id: str) -> None:
    for _ in range(3):
        for value in (1, "NaN"):
            assert post(client, "log-metric", run_id=run_id, key="m", value=value, timestamp=1, step=1).json() == {}
    assert len(history(client, run_id, "m")["metrics"]) == 2


def test_points_measured_on_a_model_go_to_the_model_too(client: httpx.Client, run_id: str, experiment_id: str) -> None:
    created = client.post(f"{API}/logged-models", json={"experiment_id": experiment_id, "name": "m"})
    model_id = created.json()["model"]["info"]["model_id"]
    more = {"model_id": model_id, "dataset_name": "d", "dataset_digest": "d0"}
    assert post(client, "log-metric", run_id=run_id, **point("a", 0.5, 1, 1), **more).json() == {}
    batch = [{**point("b", 1.5, 1, 1), **more}, {"key": "c", "value": 2.5, "timestamp": 1, "modelId": model_id}]
    assert post(client, "log-batch", run_id=run_id, metrics=batch).json() == {}
    assert {metric["key"] for metric in data_of(client, run_id)["metrics"]} == {"a", "b", "c"}
    model = client.get(f"{API}/logged-models/{model_id}").json()["model"]
    assert {metric["key"] for metric in model["data"]["metrics"]} == {"a", "b", "c"}
    unknown = post(client, "log-metric", run_id=run_id, **point("a", 0.5, 1, 1), model_id="m-" + "0" * 32)
    assert unknown.status_code == 404
