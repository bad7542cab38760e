"""Searching runs and experiments: tables, lists, pages."""

from __future__ import annotations

import sys

import pandas as pd
import pytest

import runyard as ry
from runyard.entities import Run, ViewType
from runyard.errors import NotSupported

pytestmark = pytest.mark.usefixtures("host")


def train(count: int) -> list[str]:
    """Runs with lr 0.1, 0.2 ... and loss 0, 1 ..."""
    ids = []
    for number in range(count):
        with ry.start_run(run_name=f"run-{number}", tags={"parity": "even" if number % 2 == 0 else "odd"}) as run:
            ry.log_param("lr", f"0.{number + 1}")
            ry.log_metric("loss", number)
        ids.append(run.info.run_id)
    return ids


def test_a_table_has_mlflows_columns_and_types() -> None:
    ids = train(2)
    with ry.start_run() as empty:
        pass

    table = ry.search_runs().set_index("run_id")
    assert set(table.index) == {*ids, empty.info.run_id}
    first = table.loc[ids[0]]
    assert first["status"] == "FINISHED"
    assert first["metrics.loss"] == 0.0
    assert first["params.lr"] == "0.1"
    assert first["tags.parity"] == "even"
    assert first["tags.mlflow.runName"] == "run-0"
    assert str(table["start_time"].dt.tz) == "UTC"
    assert abs(pd.Timestamp.now("UTC") - first["start_time"]) < pd.Timedelta(minutes=5)
    assert first["end_time"] >= first["start_time"]
    assert table.loc[[empty.info.run_id], ["metrics.loss", "params.lr"]].isna().all(axis=None)


def test_a_running_run_has_no_end_in_the_table() -> None:
    with ry.start_run():
        table = ry.search_runs()

    assert pd.isna(table["end_time"][0])
    assert table["status"][0] == "RUNNING"


def test_a_table_without_runs_has_the_columns_of_runs() -> None:
    table = ry.search_runs()

    assert len(table) == 0
    assert list(table.columns) == ["run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"]


def test_without_pandas_the_message_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    train(1)
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(NotSupported, match="output_format='list'"):
        ry.search_runs()
    assert len(ry.search_runs(output_format="list")) == 1


def test_runs_are_filtered_ordered_and_limited() -> None:
    ids = train(4)

    def found(filter_string: str, order: str, limit: int = 10) -> list[str]:
        runs: list[Run] = ry.search_runs(
            filter_string=filter_string, order_by=[order], max_results=limit, output_format="list"
        )
        return [run.info.run_id for run in runs]

    assert found("metrics.loss >= 1", "metrics.loss DESC") == [ids[3], ids[2], ids[1]]
    assert found("tags.parity = 'even' and params.lr != '0.1'", "metrics.loss") == [ids[2]]
    assert found("attributes.run_name LIKE 'run-%'", "attributes.run_name", 2) == ids[:2]


def test_more_runs_than_a_page_holds_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = train(5)
    monkeypatch.setattr("runyard.tracking.search.PAGE", 2)

    assert {run.info.run_id for run in ry.search_runs(output_format="list")} == set(ids)
    assert len(ry.search_runs(output_format="list", max_results=3)) == 3


def test_a_client_pages_with_tokens() -> None:
    ids = train(3)
    client = ry.Client()
    experiment_id = ry.get_run(ids[0]).info.experiment_id

    first = client.search_runs([experiment_id], max_results=2, order_by=["metrics.loss"])
    assert [run.info.run_id for run in first] == ids[:2]
    second = client.search_runs([experiment_id], max_results=2, order_by=["metrics.loss"], page_token=first.token)
    assert [run.info.run_id for run in second] == ids[2:]
    assert second.token is None


def test_runs_are_sought_where_it_was_asked_for() -> None:
    ry.set_experiment("one")
    (first,) = train(1)
    ry.set_experiment("two")
    (second,) = train(1)

    def found(**where: object) -> set[str]:
        return {run.info.run_id for run in ry.search_runs(output_format="list", **where)}  # type: ignore[call-overload]

    assert found() == {second}
    assert found(experiment_names=["one"]) == {first}
    assert found(experiment_names=["one", "missing"]) == {first}
    assert found(search_all_experiments=True) == {first, second}
    assert found(experiment_ids=[]) == set()


def test_deleted_runs_are_found_only_when_asked_for() -> None:
    kept, gone = train(2)
    ry.delete_run(gone)

    def found(view: ViewType | int) -> set[str]:
        return {run.info.run_id for run in ry.search_runs(run_view_type=view, output_format="list")}

    assert found(ViewType.ACTIVE_ONLY) == found(1) == {kept}
    assert found(ViewType.DELETED_ONLY) == found(2) == {gone}
    assert found(ViewType.ALL) == found(3) == {kept, gone}


def test_experiments_are_filtered_and_ordered() -> None:
    for name in ("a/x", "a/y", "b/z"):
        ry.create_experiment(name, tags={"folder": name[0]})
    (gone,) = ry.search_experiments(filter_string="name = 'a/y'")
    ry.delete_experiment(gone.experiment_id)

    names = [each.name for each in ry.search_experiments(filter_string="name LIKE 'a/%'", order_by=["name DESC"])]
    assert names == ["a/x"]
    every = ry.search_experiments(ViewType.ALL, filter_string="tags.folder = 'a'", order_by=["name DESC"])
    assert [each.name for each in every] == ["a/y", "a/x"]
    assert len(ry.search_experiments(max_results=1)) == 1
