"""Runs as columns, in JSON and as a binary frame."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from runyard.entities import RunStart
from runyard.protocols.tracking import TrackingStore

sys.path.insert(0, str(Path(__file__).parent))
from frames_reader import ReadFrame

FRAME = {"Accept": "application/vnd.runyard.frame"}
COLUMNS = ["attributes.run_name", "params.lr", "metrics.loss@min", "metrics.acc", "tags.team", "attributes.start_time"]


def ask(client: httpx.Client, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    return client.post("/api/v1/runs/columns", json={"experiment_ids": ["0"], **body}, headers=headers)


def test_the_columns_that_were_asked_for_come_in_their_order(client: httpx.Client, runs: list[str]) -> None:
    found = ask(client, columns=COLUMNS, order_by=["metrics.acc DESC"]).json()
    assert found["total"] == 4
    assert found["run_ids"] == [runs[2], runs[1], runs[0], runs[3]]
    assert [column["key"] for column in found["columns"]] == COLUMNS
    by_key = {column["key"]: column for column in found["columns"]}
    assert by_key["attributes.run_name"]["values"] == ["run-2", "run-1", "run-0", "run-3"]
    assert by_key["metrics.acc"] == {"key": "metrics.acc", "type": "number", "values": [0.7, 0.6, 0.5, None]}


def test_runs_of_several_experiments_come_together_with_the_experiment_of_each(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    other = store.create_experiment("other").experiment_id
    store.create_run(RunStart("a" * 32, "elsewhere", "ada", 1, experiment_id=other))
    both: dict[str, Any] = {"experiment_ids": ["0", other, "77"], "columns": ["attributes.experiment_id"]}

    def found(**more: Any) -> list[Any]:
        answer = ask(client, **both, **more).json()
        assert answer["total"] == len(answer["run_ids"])
        return [*answer["columns"][0]["values"]]

    assert found() == ["0", "0", "0", "0", other]
    assert found(order_by=["experiment_id DESC"]) == [other, "0", "0", "0", "0"]
    assert found(filter=f"experiment_id = '{other}'") == [other]
    assert found(filter=f"attributes.experiment_id NOT IN ('{other}')") == ["0", "0", "0", "0"]
    frame = ReadFrame(ask(client, FRAME, **both).content)
    assert frame.columns()["attributes.experiment_id"] == ["0", "0", "0", "0", other]


def test_a_frame_says_the_same_as_json(client: httpx.Client, runs: list[str]) -> None:
    plain = ask(client, columns=COLUMNS).json()
    answer = ask(client, columns=COLUMNS, headers=FRAME)
    assert answer.headers["content-type"] == FRAME["Accept"]
    frame = ReadFrame(answer.content)
    assert frame.header["total"] == 4
    assert frame.columns() == {
        "run_id": plain["run_ids"],
        **{column["key"]: column["values"] for column in plain["columns"]},
    }


def test_the_total_is_the_true_one_however_few_are_shown(client: httpx.Client, runs: list[str]) -> None:
    found = ask(client, columns=[], offset=1, limit=2, filter="params.solver = 'adam'").json()
    assert (found["total"], len(found["run_ids"]), found["offset"]) == (4, 2, 1)


def test_nan_is_a_text_in_json_and_itself_in_a_frame(client: httpx.Client, runs: list[str]) -> None:
    found = ask(client, columns=["metrics.broken"]).json()["columns"][0]["values"]
    assert found == ["NaN", None, None, None]
    values = ReadFrame(ask(client, columns=["metrics.broken"], headers=FRAME).content).columns()["metrics.broken"]
    assert values[1:] == [None, None, None]
    assert values[0] != values[0]


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    first = ask(client, columns=COLUMNS)
    again = ask(client, columns=COLUMNS, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert ask(client, columns=COLUMNS[:2], headers={"If-None-Match": first.headers["etag"]}).status_code == 200
    as_frame = ask(client, columns=COLUMNS, headers={"If-None-Match": first.headers["etag"], **FRAME})
    assert as_frame.status_code == 200
    store.log_batch(runs[0], params={"new": "1"})
    assert ask(client, columns=COLUMNS, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_a_large_answer_is_compressed_for_who_takes_that(client: httpx.Client, runs: list[str]) -> None:
    many = [f"params.p{number}" for number in range(300)]
    packed = ask(client, columns=many, headers={"Accept-Encoding": "gzip"})
    plain = ask(client, columns=many, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"columns": ["metric.loss@mini"]}, "did you mean 'min'"),
        ({"columns": ["prams.lr"]}, "did you mean 'params'"),
        ({"columns": ["attributes.run_nam"]}, "did you mean 'run_name'"),
        ({"columns": ["datasets.name"]}, "is no column"),
        ({"columns": ["loss"]}, "is no column"),
        ({"columns": ["metrics."]}, "is no column"),
        ({"columns": ["metrics.@min"]}, "is no column"),
        ({"columns": [f"params.{n}" for n in range(1001)]}, "columns must have at most 1,000 items, got 1,001"),
        ({"columns": [f"params.{n}" for n in range(1000)], "limit": 1_000_000}, "ask for fewer columns"),
        ({"filter": "metrics.loss <"}, "a value is missing"),
        ({"order_by": ["nonsense"]}, "nonsense"),
        ({"limit": 0}, "limit must be at least 1, got 0"),
        ({"limit": 1.5}, "limit must be a whole number, got 1.5"),
        ({"view": "active_only"}, "view must be one of ACTIVE_ONLY, DELETED_ONLY, ALL"),
        ({"experiment_ids": []}, "experiment_ids must have at least 1 items"),
        ({"colums": []}, "there is no field 'colums', did you mean 'columns'?"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(client: httpx.Client, body: dict[str, Any], said: str) -> None:
    answer = ask(client, **body)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
    assert said in answer.json()["message"]


def test_a_key_that_ends_like_an_aggregate_can_be_asked_for(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    from runyard.entities import Metric

    store.log_batch(runs[0], metrics=[Metric("x.min", 5.0, 1, 1), Metric("x", 7.0, 1, 1), Metric("x", 6.0, 2, 2)])
    found = ask(client, columns=["metrics.x.min@last", "metrics.x.min"], filter="metrics.x > 0").json()["columns"]
    assert [column["values"] for column in found] == [[5.0], [6.0]]
