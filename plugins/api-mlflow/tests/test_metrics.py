"""Histories of metrics over MLflow's API."""

from __future__ import annotations

import math
from array import array
from typing import Any

import httpx
import pytest

from runyard.entities import Metric, MetricColumns
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard_api_mlflow.points import by_time, evenly, points_json

API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"


@pytest.fixture
def store(service: Service) -> TrackingStore:
    return service.host.tracking_store()


def get(client: httpx.Client, path: str, **query: Any) -> httpx.Response:
    return client.get(path, params=query)


def curve(store: TrackingStore, run_id: str, key: str, count: int) -> None:
    """A curve whose times run against its steps."""
    points = [Metric(key, step / 2, 10_000_000 - step, step) for step in range(count)]
    store.log_batch(run_id, metrics=points)


def test_a_whole_history_is_ordered_by_time(client: httpx.Client, store: TrackingStore, run_id: str) -> None:
    curve(store, run_id, "m", 50)
    answer = get(client, f"{API}/metrics/get-history", run_id=run_id, metric_key="m").json()
    assert [point["step"] for point in answer["metrics"]] == list(range(49, -1, -1))
    assert "next_page_token" not in answer


def test_a_history_is_paged(client: httpx.Client, store: TrackingStore, run_id: str) -> None:
    curve(store, run_id, "m", 25)
    found: list[int] = []
    query: dict[str, Any] = {"run_uuid": run_id, "metric_key": "m", "max_results": 10}
    while True:
        answer = get(client, f"{API}/metrics/get-history", **query).json()
        found += [point["step"] for point in answer["metrics"]]
        if "next_page_token" not in answer:
            break
        query["page_token"] = answer["next_page_token"]
    assert found == list(range(24, -1, -1))


def test_what_was_never_logged_has_no_points(client: httpx.Client, run_id: str) -> None:
    for run, key in ((run_id, "none"), ("none", "m")):
        answer = get(client, f"{API}/metrics/get-history", run_id=run, metric_key=key)
        assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize(
    "query",
    [
        {"run_id": "r"},
        {"metric_key": "m"},
        {"max_results": 0},
        {"max_results": -5},
        {"max_results": "many"},
        {"page_token": "nonsense"},
        {"page_token": "W10="},
    ],
)
def test_a_bad_question_for_a_history_is_refused(client: httpx.Client, run_id: str, query: dict[str, Any]) -> None:
    whole = {"run_id": run_id, "metric_key": "m"} if set(query) & {"max_results", "page_token"} else {}
    answer = get(client, f"{API}/metrics/get-history", **whole, **query)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_several_runs_are_read_at_once(client: httpx.Client, store: TrackingStore, experiment_id: str) -> None:
    runs = sorted(_run(client, experiment_id) for _ in range(3))
    for run in runs[:2]:
        curve(store, run, "m", 4)
    path = f"{AJAX}/metrics/get-history-bulk"
    answer = get(client, path, run_id=[*reversed(runs), "none"], metric_key="m").json()
    assert [(point["run_id"], point["step"]) for point in answer["metrics"]] == [
        (run, step) for run in runs[:2] for step in (3, 2, 1, 0)
    ]
    assert answer["metrics"][0] == {"key": "m", "value": 1.5, "timestamp": 9_999_997, "step": 3, "run_id": runs[0]}
    limited = get(client, path, run_id=runs, metric_key="m", max_results=5).json()
    assert len(limited["metrics"]) == 5
    assert get(client, path, run_id=runs[2], metric_key="m").json() == {"metrics": []}


@pytest.mark.parametrize(
    "query",
    [
        {"metric_key": "m"},
        {"run_id": ["r"]},
        {"run_id": ["r"] * 101, "metric_key": "m"},
        {"run_id": ["r"], "metric_key": "m", "max_results": "x"},
        {"run_id": ["r"], "metric_key": "m", "max_results": -1},
    ],
)
def test_a_bad_question_for_many_histories_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    assert get(client, f"{AJAX}/metrics/get-history-bulk", **query).status_code == 400


def test_many_histories_are_for_browsers_only(client: httpx.Client) -> None:
    assert get(client, f"{API}/metrics/get-history-bulk", run_id="r", metric_key="m").status_code == 404


@pytest.mark.parametrize("prefix", [API, AJAX])
def test_long_histories_are_sampled(client: httpx.Client, store: TrackingStore, run_id: str, prefix: str) -> None:
    curve(store, run_id, "m", 5_000)
    path = f"{prefix}/metrics/get-history-bulk-interval"
    everything = get(client, path, run_ids=[run_id], metric_key="m").json()["metrics"]
    assert len(everything) <= 2_500
    few = get(client, path, run_ids=[run_id, "none"], metric_key="m", max_results=100).json()["metrics"]
    steps = [point["step"] for point in few]
    assert len(steps) <= 100
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0, 4_999)
    query = {"run_ids": [run_id], "metric_key": "m", "start_step": 10, "end_step": 12}
    assert [point["step"] for point in get(client, path, **query).json()["metrics"]] == [10, 11, 12]
    assert get(client, path, run_ids=["none"], metric_key="m").json() == {}


@pytest.mark.parametrize(
    "query",
    [
        {"run_ids": []},
        {"run_ids": ["r"] * 101},
        {"metric_key": ""},
        {"max_results": 0},
        {"max_results": 2_501},
        {"start_step": 1},
        {"end_step": 1},
        {"start_step": 2, "end_step": 1},
        {"start_step": "x", "end_step": 1},
    ],
)
def test_a_bad_question_for_samples_is_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    whole = {"run_ids": ["r"], "metric_key": "m", **query}
    answer = get(client, f"{API}/metrics/get-history-bulk-interval", **whole)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_points_are_ordered_by_time_step_and_value_with_nan_last() -> None:
    points = MetricColumns.from_points([(0, 5, math.nan), (0, 5, 2.0), (1, 3, 1.0), (1, 5, 1.0)])
    assert [step for step, _, _ in by_time(points)] == [1, 0, 0, 1]
    assert math.isnan(list(by_time(points))[2][2])
    ordered = MetricColumns.from_points([(0, 5, 1.0), (1, 5, 0.5)])
    assert by_time(ordered) is ordered


@pytest.mark.parametrize("count", [0, 1, 5, 45_001])
def test_long_curves_are_written_in_parts_that_join(count: int) -> None:
    points = MetricColumns(array("q", range(count)), array("q", range(count)), array("d", [0.5] * count))
    answer = httpx.Response(200, content=points_json("m", points)).json()
    assert [point["step"] for point in answer.get("metrics", [])] == list(range(count))


def test_a_store_that_takes_no_samples_is_sampled_evenly() -> None:
    points = MetricColumns(array("q", range(100)), array("q", range(100)), array("d", [0.5] * 100))
    assert list(evenly(points, 4, None, None).steps) == [0, 33, 66, 99]
    assert list(evenly(points, 1, None, None).steps) == [99]
    assert list(evenly(points, 10, 5, 7).steps) == [5, 6, 7]


def _run(client: httpx.Client, experiment_id: str) -> str:
    created = client.post(f"{API}/runs/create", json={"experiment_id": experiment_id})
    run_id: str = created.json()["run"]["info"]["run_id"]
    return run_id
