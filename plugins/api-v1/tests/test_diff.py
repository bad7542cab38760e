"""What differs between runs."""

from __future__ import annotations

import math
from typing import Any

import httpx
import pytest

from runyard.entities import Metric
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.uris import Uri


def diff(client: httpx.Client, **body: Any) -> Any:
    answer = client.post("/api/v1/runs/diff", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_only_what_differs_is_told(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:2])
    assert [row["key"] for row in found["params"]] == ["lr"]
    assert found["params"][0]["values"] == ["1.0", "0.1"]
    assert [row["key"] for row in found["tags"]] == ["mlflow.runName", "team"]
    assert [(row["key"], row["values"]) for row in found["attributes"] if row["key"] == "datasets"] == [
        ("datasets", ["iris d1", None])
    ]
    everything = diff(client, run_ids=runs[:2], everything=True)
    assert [(row["key"], row["differs"]) for row in everything["params"]] == [("lr", True), ("solver", False)]


def test_metrics_are_measured_against_the_base(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:2], base=runs[1])
    rows = {row["key"]: row for row in found["metrics"]}
    assert found["base"] == runs[1]
    assert rows["acc"]["values"] == [0.5, 0.6]
    assert rows["acc"]["deltas"] == [pytest.approx(-0.1), 0]
    assert rows["acc"]["ratios"] == [pytest.approx(-1 / 6), 0]
    assert (rows["acc"]["best"], rows["acc"]["lower_is_better"]) == ([runs[1]], False)
    assert (rows["loss"]["best"], rows["loss"]["lower_is_better"]) == ([runs[1]], True)


def test_what_is_not_a_number_breaks_nothing(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    for number, value in enumerate((math.nan, math.nan, math.inf, 0.0)):
        store.log_batch(runs[number], metrics=[Metric("odd", value, 1, 0), Metric("same", math.nan, 1, 0)])
    found = diff(client, run_ids=runs, base=runs[3])
    rows = {row["key"]: row for row in found["metrics"]}
    assert rows["odd"]["values"] == ["NaN", "NaN", "Infinity", 0.0]
    assert rows["odd"]["ratios"] == [None] * 4
    assert rows["broken"]["values"] == [None, None, None, "NaN"]
    assert "same" not in rows


def test_packages_commits_and_patches_are_compared(client: httpx.Client, runs: list[str]) -> None:
    found = diff(client, run_ids=runs[:3])
    assert {row["key"]: row["values"] for row in found["packages"]} == {
        "numpy": ["2.0.0", "2.1.0", "2.2.0"],
        "python": ["3.11.0", "3.11.1", "3.11.2"],
    }
    assert {row["key"]: row["values"] for row in found["git"]} == {"mlflow.source.git.commit": ["c0", "c0", "c1"]}
    (patch,) = found["patch"]
    assert patch["path"] == "x.py"
    assert [value and value.splitlines()[-1] for value in patch["values"]] == [None, "+1", None]
    assert found["notes"] == []


def test_artifacts_that_cannot_be_read_are_noted(client: httpx.Client, service: Service, runs: list[str]) -> None:
    from runyard.entities import RunStart

    store = service.host.tracking_store()
    elsewhere = store.create_experiment("elsewhere", artifact_location=Uri.from_path("/nowhere").text).experiment_id
    store.create_run(RunStart("e" * 32, "far", "ada", 1, experiment_id=elsewhere))
    found = diff(client, run_ids=[runs[0], "e" * 32])
    (note,) = found["notes"]
    assert note.startswith(f"run {'e' * 32}: packages and patch cannot be read")


@pytest.mark.parametrize(
    ("run_ids", "base", "status"),
    [([0], None, 400), ([0, 0], None, 400), ([0, 1], "x", 400), ([0, "nobody"], None, 404)],
)
def test_what_cannot_be_compared_is_refused(
    client: httpx.Client, runs: list[str], run_ids: list[int | str], base: str | None, status: int
) -> None:
    ids = [runs[one] if isinstance(one, int) else one for one in run_ids]
    assert client.post("/api/v1/runs/diff", json={"run_ids": ids, "base": base}).status_code == status
