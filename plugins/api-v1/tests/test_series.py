"""Curves for charts."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from runyard.entities import Metric
from runyard.protocols.access import Operation, Principal
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_v1.application import application

sys.path.insert(0, str(Path(__file__).parent))
from conftest import START
from frames_reader import ReadFrame

FRAME = {"Accept": "application/vnd.runyard.frame"}


def ask(client: httpx.Client, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return client.post("/api/v1/metrics/series", json=body, headers=headers)


def one(client: httpx.Client, run_id: str, key: str, **body: Any) -> Any:
    answer = ask(client, run_ids=[run_id], keys=[key], **body)
    assert answer.status_code == 200, answer.text
    (series,) = answer.json()["series"]
    return series


def test_curves_come_in_the_order_of_runs_and_keys_and_missing_ones_are_named(
    client: httpx.Client, runs: list[str]
) -> None:
    found = ask(client, run_ids=[*runs, "nobody"], keys=["acc", "loss"]).json()
    assert [(one["run_id"], one["key"]) for one in found["series"]] == [
        (runs[0], "acc"), (runs[0], "loss"), (runs[1], "acc"), (runs[1], "loss"), (runs[2], "acc"), (runs[2], "loss"),
        (runs[3], "loss"),
    ]  # fmt: skip
    assert found["missing"] == [
        {"run_id": runs[3], "key": "acc"},
        {"run_id": "nobody", "key": "acc"},
        {"run_id": "nobody", "key": "loss"},
    ]
    assert (found["x0"], found["x1"]) == (0.0, 9.0)


def test_a_long_curve_keeps_its_spike_and_says_what_was_left_out(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    points = [Metric("long", 3.0 if step == 777 else math.sin(step), START + step, step) for step in range(5_000)]
    store.log_batch(runs[0], metrics=points)
    found = one(client, runs[0], "long", width=50)
    assert (found["total"], found["in_range"], found["returned"]) == (5_000, 5_000, len(found["x"]))
    assert found["returned"] <= 200
    assert (777, 3.0) in zip(found["x"], found["y"], strict=True)
    zoomed = one(client, runs[0], "long", width=50, x0=700.5, x1=800)
    assert (zoomed["in_range"], zoomed["before"], zoomed["after"]) == (100, True, True)
    assert (zoomed["x"][0], zoomed["x"][-1]) == (700, 801)
    assert (777, 3.0) in zip(zoomed["x"], zoomed["y"], strict=True)
    whole = one(client, runs[0], "long", method="raw")
    assert whole["returned"] == 5_000


def test_a_frame_says_the_same_as_json(client: httpx.Client, runs: list[str]) -> None:
    plain = ask(client, run_ids=runs, keys=["loss", "broken"]).json()
    frame = ReadFrame(ask(client, headers=FRAME, run_ids=runs, keys=["loss", "broken"]).content)
    assert {key: value for key, value in frame.header.items() if key not in {"series", "format"}} == {
        key: value for key, value in plain.items() if key != "series"
    }
    for described, series in zip(frame.header["series"], plain["series"], strict=True):
        assert frame.column(described["x"]) == series["x"]
        y = ["NaN" if math.isnan(value) else value for value in frame.column(described["y"])]
        assert y == series["y"]


def test_what_is_not_finite_is_marked_and_counted(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    values = [1.0, math.nan, math.inf, 2.0, math.nan, -math.inf, 0.5]
    store.log_batch(runs[0], metrics=[Metric("odd", value, START, step) for step, value in enumerate(values)])
    found = one(client, runs[0], "odd", width=1)
    assert (found["nan"], found["infinite"]) == (2, 2)
    assert found["y"] == [1.0, "NaN", "Infinity", 2.0, "-Infinity", 0.5]


def test_the_axis_can_be_time(client: httpx.Client, runs: list[str]) -> None:
    assert one(client, runs[1], "loss", x="wall")["x"][0] == START
    assert one(client, runs[1], "loss", x="relative")["x"][0] == -1


def test_times_that_go_back_are_put_in_order(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    store.log_batch(runs[0], metrics=[Metric("back", step, START - step, step) for step in range(4)])
    found = one(client, runs[0], "back", x="wall")
    assert found["x"] == sorted(found["x"])
    assert found["y"] == [3, 2, 1, 0]


def test_the_axis_can_be_another_metric(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    store.log_batch(
        runs[0], metrics=[Metric("epoch", step // 2 if step < 8 else math.nan, START, step) for step in range(1, 10)]
    )
    found = one(client, runs[0], "loss", x="metric:epoch")
    assert found["x"] == [0, 1, 1, 2, 2, 3, 3]
    assert found["y"][0] == pytest.approx(1 / 2)
    assert (found["total"], found["not_placed"], found["in_range"]) == (10, 3, 7)
    missing = ask(client, run_ids=runs[:2], keys=["loss"], x="metric:epoch").json()["missing"]
    assert missing == [{"run_id": runs[1], "key": "loss"}]


def test_no_curve_at_all_is_no_error(client: httpx.Client, runs: list[str]) -> None:
    found = ask(client, run_ids=runs, keys=["nothing"]).json()
    assert (found["series"], found["x0"], len(found["missing"])) == ([], None, 4)


def test_what_was_logged_since_is_in_the_next_answer(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    assert one(client, runs[0], "loss")["total"] == 10
    store.log_batch(runs[0], metrics=[Metric("loss", 9.0, START + 10, 10)])
    assert one(client, runs[0], "loss")["total"] == 11
    store.log_batch(runs[1], metrics=[Metric("loss", 9.0, START + 10, 10)])
    assert one(client, runs[0], "loss")["total"] == 11
    assert one(client, runs[1], "loss")["total"] == 11


class Nosy:
    """Lets only ada read the first run."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return principal.name == "ada" or all(resource.id != self._run_id for resource in operation.resources)


def test_what_is_kept_for_one_is_not_shown_to_another(service: Service, runs: list[str]) -> None:
    shared = application(Service(service.host, policy=Nosy(runs[0]), artifact_root=service.artifact_root))
    with asgi_client(shared, principal=Principal("ada")) as ada, asgi_client(shared, principal=Principal("bob")) as bob:
        body: dict[str, Any] = {"run_ids": runs[:2], "keys": ["loss"]}
        assert ask(ada, **body).status_code == 200
        assert ask(ada, **body).status_code == 200
        refused = ask(bob, **body)
        assert refused.status_code == 403
        assert refused.json()["error_code"] == "PERMISSION_DENIED"
        assert ask(bob, run_ids=runs[1:], keys=["loss"]).status_code == 200


def test_what_changed_unseen_by_one_is_fresh_for_another(
    service: Service, runs: list[str], store: TrackingStore
) -> None:
    made = Service(service.host, policy=Nosy(runs[0]), artifact_root=service.artifact_root)
    shared = application(made)
    with asgi_client(shared, principal=Principal("ada")) as ada, asgi_client(shared, principal=Principal("bob")) as bob:
        assert one(ada, runs[0], "loss")["total"] == 10
        store.log_batch(runs[0], metrics=[Metric("loss", 9.0, START + 10, 10)])
        assert one(bob, runs[1], "loss")["total"] == 10
        assert one(ada, runs[0], "loss")["total"] == 11


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"run_ids": ["r"] * 501}, "run_ids must have at most 500 items"),
        ({"keys": [f"k{n}" for n in range(1000)], "run_ids": [f"r{n}" for n in range(11)]}, "11,000 curves"),
        ({"x": "steps"}, "did you mean 'step'"),
        ({"x": "metric:"}, "metric key"),
        ({"width": 0}, "width must be at least 1"),
        ({"width": 10_001}, "width must be at most 10,000"),
        ({"method": "m5"}, "one of m4, minmax_last, lttb, raw"),
        ({"x0": 2, "x1": 1}, "x0 must not be after x1"),
        ({"x0": "1"}, "x0 must be a number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    client: httpx.Client, runs: list[str], body: dict[str, Any], said: str
) -> None:
    answer = ask(client, **{"run_ids": runs, "keys": ["loss"], **body})
    assert answer.status_code == 400
    assert said in answer.json()["message"]
