"""The explicit client: runs without an active one, curves, tables over runs, locations."""

from __future__ import annotations

from pathlib import Path

import pytest

import runyard as ry
from runyard.entities import Metric, Param, RunStatus, RunTag
from runyard.errors import AlreadyExists, InvalidInput
from runyard.host import Host
from runyard.tracking import fluent, lookups


@pytest.fixture
def client(host: Host) -> ry.Client:
    return ry.Client()


def test_a_run_is_created_logged_to_and_ended_without_being_active(client: ry.Client) -> None:
    experiment_id = client.create_experiment("work", tags={"a": 1})
    run = client.create_run(experiment_id, start_time=5, tags={"t": "v"}, run_name="one")
    run_id = run.info.run_id
    client.log_batch(
        run_id,
        metrics=[Metric("loss", 2.0, 10, 0), Metric("loss", 1.0, 20, 1)],
        params=[Param("lr", "0.1")],
        tags=[RunTag("more", "yes")],
    )
    client.log_metric(run_id, "acc", 0.5, 7, 3)
    client.set_terminated(run_id, "FAILED", end_time=30)

    stored = client.get_run(run_id)
    assert ry.active_run() is None
    assert (stored.info.run_name, stored.info.start_time, stored.info.end_time) == ("one", 5, 30)
    assert stored.info.status is RunStatus.FAILED
    assert stored.data.metrics == {"loss": 1.0, "acc": 0.5}
    assert stored.data.params == {"lr": "0.1"}
    assert stored.data.tags == {"mlflow.runName": "one", "t": "v", "more": "yes"}
    assert client.get_metric_history(run_id, "loss") == [("loss", 2.0, 10, 0), ("loss", 1.0, 20, 1)]
    assert client.get_metric_history(run_id, "missing") == []


def test_a_curve_is_read_as_columns_and_thinned_out(client: ry.Client) -> None:
    run_id = client.create_run("0").info.run_id
    writer = client.writer(run_id)
    for step in range(1000):
        writer.log_metric("loss", 99.0 if step == 500 else 1.0 / (step + 1), step, step)

    columns = client.get_metric_columns(run_id, "loss")
    assert list(columns.steps) == list(range(1000))
    assert columns.values[9] == 0.1
    thin = client.get_metric_columns(run_id, "loss", max_points=50)
    assert len(thin) <= 50
    assert 99.0 in thin.values
    part = client.get_metric_columns(run_id, "loss", start_step=10, end_step=20)
    assert list(part.steps) == list(range(10, 21))


def test_a_run_is_renamed_and_its_status_changed(client: ry.Client) -> None:
    run_id = client.create_run("0", run_name="old").info.run_id
    client.update_run(run_id, status="SCHEDULED", name="new")

    run = client.get_run(run_id)
    assert run.info.status is RunStatus.SCHEDULED
    assert run.info.run_name == run.data.tags["mlflow.runName"] == "new"


@pytest.mark.parametrize("status", ["RUNNING", "SCHEDULED", "DONE"])
def test_a_run_ends_only_in_an_end(client: ry.Client, status: str) -> None:
    run_id = client.create_run("0").info.run_id
    with pytest.raises(InvalidInput, match="FINISHED, FAILED"):
        client.set_terminated(run_id, status)

    assert client.get_run(run_id).info.status is RunStatus.RUNNING


def test_an_experiments_name_is_taken_only_once(client: ry.Client) -> None:
    client.create_experiment("taken")
    with pytest.raises(AlreadyExists, match="'taken'"):
        client.create_experiment("taken")


def test_artifacts_are_listed_by_folder_and_fetched(client: ry.Client, tmp_path: Path) -> None:
    run_id = client.create_run("0").info.run_id
    client.log_text(run_id, "a", "a.txt")
    client.log_dict(run_id, {"b": [1]}, "folder/b.yaml")

    assert [(file.path, file.is_dir) for file in client.list_artifacts(run_id)] == [("a.txt", False), ("folder", True)]
    assert [file.path for file in client.list_artifacts(run_id, "folder")] == ["folder/b.yaml"]
    assert client.list_artifacts(run_id, "a.txt") == client.list_artifacts(run_id, "nothing") == []
    assert Path(client.download_artifacts(run_id, "a.txt", str(tmp_path))).read_text() == "a"
    assert Path(client.download_artifacts(run_id, "folder/b.yaml")).read_text() == "b:\n- 1\n"


def test_a_client_goes_on_with_the_location_it_was_made_for(client: ry.Client, host: Host, tmp_path: Path) -> None:
    location = "memory:elsewhere" if "memory" in host.tracking_schemes else (tmp_path / "elsewhere").as_uri()
    elsewhere = ry.Client(location)
    run_id = elsewhere.create_run("0").info.run_id
    elsewhere.log_metric(run_id, "loss", 1.0)

    assert elsewhere.tracking_uri == elsewhere.registry_uri == location
    assert elsewhere.get_run(run_id).data.metrics == {"loss": 1.0}
    assert client.tracking_uri != location
    assert [run.info.run_id for run in client.search_runs(["0"])] == []
    elsewhere.recorder.close()


def test_mlflows_names_for_the_client_are_the_same_class() -> None:
    assert ry.MlflowClient is ry.Client is ry.tracking.MlflowClient


def test_every_name_that_runyard_lists_can_be_had() -> None:
    missing = [name for name in dir(ry) if not hasattr(ry, name)]

    assert missing == []
    assert ry.log_metric is fluent.log_metric
    assert ry.search_runs is lookups.search_runs
    with pytest.raises(AttributeError, match="no attribute 'log_metrik'"):
        ry.log_metrik  # noqa: B018
