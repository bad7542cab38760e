"""Curves for charts."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from runyard.entities import Metric, Run, RunStart
from runyard.protocols.access import Operation, Principal
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_v1.application import application
from runyard_api_v1.series import Smooth
from runyard_api_v1.smoothing import smoothed

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


def test_smoothed_curves_come_beside_the_raw_ones(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    values = [0.0, 1.0, math.nan, 1.0, 4.0]
    store.log_batch(runs[0], metrics=[Metric("odd", value, START, step) for step, value in enumerate(values)])
    average, total = 0.0, 0.0
    expected: list[Any] = []
    for step, value in enumerate(values):
        if math.isnan(value):
            expected.append("NaN")
            continue
        decay = 0.5 ** ((2 if step == 3 else 1) / (4 / 3))  # a gap counts by its length, of mean distances
        average, total = average * decay + value, total * decay + 1
        expected.append(pytest.approx(average / total))
    found = one(client, runs[0], "odd", smooth={"amount": 0.5})
    assert found["y"] == [0.0, 1.0, "NaN", 1.0, 4.0]
    assert found["smoothed"] == expected
    assert one(client, runs[0], "odd")["smoothed"] is None
    zoomed = one(client, runs[0], "odd", smooth={"amount": 0.5}, x0=3, x1=4)
    assert zoomed["smoothed"] == expected[1:][-len(zoomed["x"]) :]
    mean = one(client, runs[0], "odd", smooth={"method": "mean", "amount": 3})
    assert mean["smoothed"] == [0.5, pytest.approx(2 / 3), "NaN", 2.0, 2.5]
    frame = ReadFrame(ask(client, FRAME, run_ids=runs[:1], keys=["loss"], smooth={"amount": 0.9}).content)
    plain = one(client, runs[0], "loss", smooth={"amount": 0.9})
    assert frame.column(frame.header["series"][0]["smoothed"]) == plain["smoothed"]


@pytest.mark.parametrize("weight", [0.001, 0.6, 0.99, 0.9999])
def test_the_average_is_the_one_that_is_defined(weight: float) -> None:
    rng = np.random.default_rng(7)
    x = np.cumsum(rng.exponential(1.0, 5_000))
    x[2_000:] += 1e6
    y = rng.normal(size=5_000) * 1e300
    mean, average, total, expected = (x[-1] - x[0]) / 4_999, 0.0, 0.0, []
    for at, value in enumerate(y.tolist()):
        decay = weight ** ((x[at] - x[at - 1]) / mean) if at else 0.0
        average, total = average * decay + value / 1e301, total * decay + 1
        expected.append(average / total)
    np.testing.assert_allclose(smoothed(x, y, Smooth(weight)) / 1e301, expected, rtol=1e-9, atol=1e-12)


def test_a_gaussian_weighs_neighbours_and_keeps_a_level() -> None:
    y = np.zeros(101)
    y[50] = 1.0
    found = smoothed(np.arange(101.0), y, Smooth(2.0, "gaussian"))
    assert found[52] / found[50] == pytest.approx(math.exp(-0.5))
    level = smoothed(np.arange(3.0), np.full(3, 7.0), Smooth(50.0, "gaussian"))
    assert level.tolist() == pytest.approx([7.0] * 3)


def grouped(client: httpx.Client, runs: list[str], **body: Any) -> list[dict[str, Any]]:
    answer = ask(client, run_ids=runs, **body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["series"] == []
    groups: list[dict[str, Any]] = answer.json()["groups"]
    return groups


def test_runs_are_grouped_into_a_line_and_a_band(client: httpx.Client, runs: list[str]) -> None:
    groups = grouped(client, runs, keys=["loss"], group={"by": ["tags.team"]})
    assert [(one["values"], one["run_ids"]) for one in groups] == [
        (["speech"], [runs[0], runs[2]]),
        (["vision"], [runs[1], runs[3]]),
    ]
    speech = groups[0]  # 1 / (step + 1) and 1 / (step + 3)
    assert speech["x"] == list(range(10))
    assert speech["n"] == [2] * 10
    assert (speech["low"][0], speech["y"][0], speech["high"][0]) == (pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0)
    (everyone,) = grouped(client, runs, keys=["loss"], group={"middle": "median", "band": "iqr"})
    assert (everyone["values"], everyone["returned"]) == ([], 10)
    quartiles = np.quantile([1, 1 / 2, 1 / 3, 1 / 4], [0.25, 0.5, 0.75])
    assert [everyone[name][0] for name in ("low", "y", "high")] == pytest.approx(quartiles.tolist())
    (spread,) = grouped(client, runs[:2], keys=["loss"], group={"band": "std"})
    assert spread["high"][0] - spread["y"][0] == pytest.approx(np.std([1, 0.5], ddof=1))


def test_what_runs_are_grouped_by_is_read_of_all_at_once(
    client: httpx.Client, runs: list[str], store: TrackingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = "e" * 32
    experiment_id = store.create_experiment("elsewhere").experiment_id
    store.create_run(RunStart(elsewhere, "far", "ada", START + 99, experiment_id=experiment_id))
    store.log_batch(elsewhere, metrics=[Metric("loss", 9.0, START, 0)])
    store.delete_run(runs[1])
    asked: list[str] = []
    get_run = type(store).get_run

    def counting(self: TrackingStore, run_id: str) -> Run:
        asked.append(run_id)
        return get_run(self, run_id)

    monkeypatch.setattr(type(store), "get_run", counting)
    names = ["attributes.experiment_id", "attributes.status", "attributes.start_time", "params.solver", "tags.team"]
    found = {
        run_id: group["values"]
        for group in grouped(client, [*runs, "no'body", elsewhere], keys=["loss"], group={"by": names})
        for run_id in group["run_ids"]
    }
    assert asked == [runs[0], "no'body", elsewhere]  # one of each experiment
    for run_id in [*runs, elsewhere]:
        run = get_run(store, run_id)
        assert found[run_id] == [
            run.info.experiment_id, run.info.status.value, str(run.info.start_time),
            run.data.params.get("solver"), run.data.tags.get("team"),
        ]  # fmt: skip


def test_a_group_counts_every_run_once_in_a_pixel_column(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    store.log_batch(runs[0], metrics=[Metric("long", float(step % 2), START, step) for step in range(1_000)])
    store.log_batch(runs[1], metrics=[Metric("long", 5.0, START, 999)])
    (group,) = grouped(client, runs[:2], keys=["long"], width=10, group={})
    assert (group["n"], group["returned"]) == ([1] * 9 + [2], 10)
    assert group["y"] == [0.5] * 9 + [2.75]
    (smooth,) = grouped(client, runs[:1], keys=["long"], group={}, smooth={"method": "mean", "amount": 100})
    assert smooth["y"][500] == pytest.approx(0.5, abs=0.01)


def test_groups_are_in_the_frame_as_in_json(client: httpx.Client, runs: list[str]) -> None:
    body: dict[str, Any] = {"run_ids": runs, "keys": ["loss", "acc"], "group": {"by": ["params.solver"]}}
    plain = ask(client, **body).json()["groups"]
    frame = ReadFrame(ask(client, FRAME, **body).content)
    assert [group["key"] for group in plain] == ["acc", "loss"]
    for described, group in zip(frame.header["groups"], plain, strict=True):
        assert {name: frame.column(described[name]) for name in ("x", "y", "low", "high", "n")} == {
            name: group[name] for name in ("x", "y", "low", "high", "n")
        }


def test_no_curve_of_any_group_is_no_error(client: httpx.Client, runs: list[str]) -> None:
    assert grouped(client, [*runs, "nobody"], keys=["nothing"], group={"by": ["attributes.status"]}) == []


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
        ({"smooth": {"amount": 1.0}}, "from 0 below 1, got 1"),
        ({"smooth": {"amount": 0.5, "method": "mean"}}, "from 1 to 10000"),
        ({"smooth": {"amount": 51, "method": "gaussian"}}, "from 0 to 50"),
        ({"smooth": {"amount": 0.5, "method": "box"}}, "one of ema, mean, gaussian"),
        ({"group": {"by": ["metrics.loss"]}}, "not by 'metrics.loss'"),
        ({"group": {"band": "wide"}}, "one of minmax, std, iqr"),
        ({"x0": "1"}, "x0 must be a number"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    client: httpx.Client, runs: list[str], body: dict[str, Any], said: str
) -> None:
    answer = ask(client, **{"run_ids": runs, "keys": ["loss"], **body})
    assert answer.status_code == 400
    assert said in answer.json()["message"]
