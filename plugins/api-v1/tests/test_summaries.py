"""What runs have, and what groups of them are like."""

from __future__ import annotations

import statistics
from typing import Any

import httpx
import pytest

from runyard.protocols.tracking import TrackingStore


def post(client: httpx.Client, path: str, **body: Any) -> Any:
    answer = client.post(f"/api/v1/runs/{path}", json={"experiment_ids": ["0"], **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_keys_are_told_with_their_counts_types_and_ranges(client: httpx.Client, runs: list[str]) -> None:
    found = post(client, "schema", quantiles=[0, 1])
    keys = {key["key"]: key for key in found["keys"]}
    assert found["total"] == 4
    assert keys["metrics.acc@last"]["runs"] == 3
    assert (keys["metrics.acc@last"]["least"], keys["metrics.acc@last"]["greatest"]) == (0.5, 0.7)
    assert keys["metrics.acc@last"]["quantiles"] == [0.5, 0.7]
    assert (keys["params.lr"]["type"], keys["params.lr"]["quantiles"]) == ("number", [pytest.approx(0.001), 1.0])
    assert (keys["params.solver"]["type"], keys["params.solver"]["varies"]) == ("text", False)
    assert keys["params.solver"]["values"] == [{"value": "adam", "runs": 4}]


def test_keys_can_be_searched_and_paged(client: httpx.Client, runs: list[str]) -> None:
    assert [key["name"] for key in post(client, "schema", search="LO", kinds=["metric"])["keys"]] == ["loss"]
    everything = post(client, "schema")
    page = post(client, "schema", offset=1, limit=2)
    assert page["keys"] == everything["keys"][1:3]
    assert page["total_keys"] == len(everything["keys"])
    assert "solver" not in {key["name"] for key in post(client, "schema", varying=True)["keys"]}


def test_groups_are_summed_up_as_statistics_does(client: httpx.Client, runs: list[str]) -> None:
    found = post(client, "aggregate", group_by=["tags.team"], columns=["metrics.acc", "params.lr"], quantiles=[0.5])
    assert (found["total"], found["total_groups"]) == (4, 2)
    groups = {group["values"][0]: group for group in found["groups"]}
    speech = groups["speech"]["summaries"][0]
    assert speech == {
        "key": "metrics.acc", "n": 2, "nan": 0, "mean": pytest.approx(0.6),
        "std": pytest.approx(statistics.stdev([0.5, 0.7])), "min": 0.5, "max": 0.7, "median": pytest.approx(0.6),
        "quantiles": [pytest.approx(0.6)],
    }  # fmt: skip
    assert groups["vision"]["summaries"][0]["n"] == 1
    assert groups["vision"]["summaries"][0]["std"] is None
    assert groups["vision"]["summaries"][1]["max"] == 0.1


def test_runs_without_a_value_are_a_group_of_their_own(client: httpx.Client, runs: list[str]) -> None:
    found = post(client, "aggregate", group_by=["tags.mlflow.parentRunId", "params.solver"])
    assert [(group["values"], group["runs"]) for group in found["groups"]] == [
        ([None, "adam"], 3),
        ([runs[0], "adam"], 1),
    ]
    assert post(client, "aggregate", columns=["metrics.broken"])["groups"] == [
        {
            "values": [], "runs": 4,
            "summaries": [{
                "key": "metrics.broken", "n": 0, "nan": 1, "mean": None, "std": None, "min": None, "max": None,
                "median": None, "quantiles": [],
            }],
        }
    ]  # fmt: skip


def test_no_runs_are_no_groups(client: httpx.Client, runs: list[str]) -> None:
    found = post(client, "aggregate", filter="params.solver = 'none'", columns=["metrics.acc"])
    assert (found["total"], found["total_groups"], found["groups"]) == (0, 0, [])


def test_cells_of_a_plane_hold_every_run_that_has_both(client: httpx.Client, runs: list[str]) -> None:
    bins = {"x": "params.lr", "y": "metrics.acc", "x_bins": 3, "y_bins": 2, "x_log": True}
    found = post(client, "aggregate", bins=bins)["bins"]
    assert sum(map(sum, found["counts"])) == 3
    assert found["left_out"] == 1
    assert (len(found["x_edges"]), len(found["y_edges"])) == (4, 3)
    assert found["x_edges"][0] == pytest.approx(0.01)
    assert found["counts"][2] == [1, 0]


def test_one_run_alone_gives_cells_around_it(client: httpx.Client, runs: list[str]) -> None:
    bins = {"x": "params.lr", "y": "metrics.acc", "x_bins": 2, "y_bins": 2}
    found = post(client, "aggregate", filter=f"attributes.run_id = '{runs[0]}'", bins=bins)["bins"]
    assert sum(map(sum, found["counts"])) == 1
    assert found["x_edges"] == [0.5, 1.0, 1.5]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"group_by": ["metrics.loss"]}, "grouped by params, tags and attributes"),
        ({"quantiles": [2]}, "between 0 and 1"),
        ({"bins": {"x": "params.lr"}}, "bins.y must be given"),
        ({"bins": {"x": "params.lr", "y": "params.lr", "x_bins": 0}}, "bins.x_bins must be at least 1"),
    ],
)
def test_what_cannot_be_grouped_is_refused(client: httpx.Client, body: dict[str, Any], said: str) -> None:
    answer = client.post("/api/v1/runs/aggregate", json={"experiment_ids": ["0"], **body})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_deleted_runs_are_seen_only_where_asked_for(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    store.delete_run(runs[3])
    assert post(client, "schema")["total"] == 3
    assert post(client, "aggregate", view="ALL")["total"] == 4
