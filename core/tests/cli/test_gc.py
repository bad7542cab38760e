"""`runyard gc`: deleted runs and experiments are erased with their artifacts, and nothing else is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from runyard import Host, Settings
from runyard.entities import Run, RunStart, ViewType
from runyard.errors import NotFound, Unavailable
from runyard.protocols.logged_models import KeepsLoggedModels, LoggedModelQuery
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.artifacts import give_up_uploads, open_store
from runyard.uris import Uri

from .conftest import AddRun, CommandLine


def folder_of(run: Run) -> Path:
    return Uri.parse(run.info.artifact_uri).local_path


def files_of(run: Run) -> list[Path]:
    return [path for path in folder_of(run).rglob("*") if path.is_file()]


def test_a_deleted_run_is_erased_with_its_artifacts(cli: CommandLine, three_runs: list[Run]) -> None:
    best = three_runs[1]
    assert len(files_of(best)) == 2
    cli("runs", "delete", "best", "--yes")
    assert cli("gc", "--yes") == "run aa22 best\n"
    assert files_of(best) == []
    with pytest.raises(NotFound):
        cli.host.tracking_store().get_run("aa22")
    assert [run["run_id"] for run in cli.json("runs", "list", "--view", "all")] == ["bb33", "aa11"]


def test_a_run_that_a_registered_version_comes_from_stays(cli: CommandLine, three_runs: list[Run]) -> None:
    registry = cli.host.registry_store()
    registry.create_registered_model("digits")
    registry.create_model_version("digits", three_runs[1].info.artifact_uri, run_id="aa22")
    cli("runs", "delete", "best", "--yes")
    result = cli.run("gc", "--yes")
    assert result.exit_code == 1
    assert "version 1 of model 'digits' comes from it" in result.stderr
    assert len(files_of(three_runs[1])) == 2
    registry.delete_model_version("digits", 1)
    assert cli("gc", "--yes") == "run aa22 best\n"


def test_what_is_not_deleted_stays(cli: CommandLine, three_runs: list[Run]) -> None:
    result = cli.run("gc")
    assert result.exit_code == 0
    assert "0 runs and 0 experiments erased" in result.stderr
    assert len(files_of(three_runs[1])) == 2


def test_a_deleted_experiment_is_erased_with_all_its_runs(cli: CommandLine, three_runs: list[Run]) -> None:
    cli("experiments", "delete", "digits", "--yes")
    assert cli.json("gc", "--yes") == {
        "dry_run": False,
        "runs": ["bb33", "aa22", "aa11"],
        "logged_models": [],
        "experiments": ["1"],
        "uploads": [],
        "kept": 0,
        "failures": {},
    }
    assert files_of(three_runs[1]) == []
    assert cli.json("experiments", "list", "--view", "deleted") == []


def add_model(cli: CommandLine, experiment_id: str = "1", model_id: str = "m-1") -> Path:
    """A logged model with a file; the file."""
    store = cli.host.tracking_store()
    assert isinstance(store, KeepsLoggedModels)
    model = store.create_logged_model(experiment_id, model_id=model_id, name="ant")
    file = Uri.parse(model.artifact_uri).local_path / "MLmodel"
    file.parent.mkdir(parents=True)
    file.write_text("model")
    return file


def delete_model(cli: CommandLine, model_id: str = "m-1") -> None:
    store = cli.host.tracking_store()
    assert isinstance(store, KeepsLoggedModels)
    store.delete_logged_model(model_id)


def deleted_models(cli: CommandLine) -> list[str]:
    store = cli.host.tracking_store()
    assert isinstance(store, KeepsLoggedModels)
    query = LoggedModelQuery(experiment_ids=["0", "1"], view=ViewType.DELETED_ONLY)
    return [model.model_id for model in store.search_logged_models(query)]


@pytest.mark.usefixtures("three_runs")
def test_a_deleted_logged_model_is_erased_with_its_artifacts(cli: CommandLine) -> None:
    files = [add_model(cli), add_model(cli, model_id="m-2")]
    delete_model(cli)
    assert cli("gc", "--dry-run") == "logged model m-1 ant\n"
    result = cli.run("gc", "--yes")
    assert result.stdout == "logged model m-1 ant\n"
    assert "0 runs, 1 logged model and 0 experiments erased" in result.stderr
    assert [file.exists() for file in files] == [False, True]
    assert deleted_models(cli) == []


@pytest.mark.usefixtures("three_runs")
def test_the_logged_models_of_a_deleted_experiment_are_erased_with_it(cli: CommandLine) -> None:
    file = add_model(cli)
    cli("experiments", "delete", "digits", "--yes")
    found = cli.json("gc", "--yes")
    assert (found["logged_models"], found["experiments"], found["failures"]) == (["m-1"], ["1"], {})
    assert not file.exists()


@pytest.mark.usefixtures("three_runs")
def test_a_logged_model_that_was_deleted_too_recently_stays(cli: CommandLine) -> None:
    add_model(cli)
    delete_model(cli)
    result = cli.run("gc", "--older-than", "30d", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 deleted too recently" in result.stderr
    assert deleted_models(cli) == ["m-1"]


@pytest.mark.usefixtures("three_runs")
@pytest.mark.parametrize("is_location", [True, False])
def test_a_logged_model_that_a_registered_version_comes_from_stays(cli: CommandLine, is_location: bool) -> None:
    file = add_model(cli)
    add_model(cli, model_id="m-12")
    registry = cli.host.registry_store()
    registry.create_registered_model("digits")
    registry.create_model_version("digits", "models:/m-12")
    registry.create_model_version("digits", file.parent.as_uri() if is_location else "models:/m-1")
    cli("experiments", "delete", "digits", "--yes")
    result = cli.run("gc", "--yes", "--json")
    assert result.exit_code == 1
    failures = json.loads(result.stdout)["failures"]
    assert "version 2 of model 'digits' comes from it" in failures["logged model m-1"]
    assert failures["experiment 1"] == "a logged model of it could not be erased"
    assert file.exists()
    registry.delete_model_version("digits", 1)
    registry.delete_model_version("digits", 2)
    assert cli.json("gc", "--yes")["failures"] == {}
    assert not file.exists()


@pytest.mark.usefixtures("three_runs")
def test_a_logged_model_of_a_copied_version_stays_though_the_first_version_is_gone(cli: CommandLine) -> None:
    file = add_model(cli)
    registry = cli.host.registry_store()
    for name, source in (("digits", "models:/m-1"), ("copy", "models:/digits/1")):
        registry.create_registered_model(name)
        registry.create_model_version(name, source, model_id="m-1")
    registry.delete_model_version("digits", 1)
    delete_model(cli)
    result = cli.run("gc", "--yes", "--json")
    assert "version 1 of model 'copy' comes from it" in json.loads(result.stdout)["failures"]["logged model m-1"]
    assert file.exists()
    registry.delete_model_version("copy", 1)
    assert cli.json("gc", "--yes")["failures"] == {}
    assert not file.exists()


def test_a_dry_run_erases_nothing(cli: CommandLine, three_runs: list[Run]) -> None:
    cli("runs", "delete", "best", "--yes")
    assert cli("gc", "--dry-run") == "run aa22 best\n"
    assert len(files_of(three_runs[1])) == 2
    assert cli.json("runs", "show", "best")["info"]["lifecycle_stage"] == "deleted"


@pytest.mark.usefixtures("three_runs")
def test_erasing_needs_a_yes_where_nobody_can_be_asked(cli: CommandLine) -> None:
    cli("runs", "delete", "best", "--yes")
    assert "--yes" in cli.refused("gc")
    assert cli.json("runs", "show", "best")["info"]["run_id"] == "aa22"


@pytest.mark.usefixtures("three_runs")
def test_only_what_was_deleted_long_enough_ago_is_erased(cli: CommandLine) -> None:
    cli("runs", "delete", "best", "--yes")
    result = cli.run("gc", "--older-than", "30d", "--yes")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 deleted too recently" in result.stderr
    assert cli.json("gc", "--older-than", "0s", "--yes")["runs"] == ["aa22"]


@pytest.mark.parametrize("age", ["soon", "30", "d", "-1d"])
def test_an_age_that_cannot_be_read_is_a_usage_error(cli: CommandLine, age: str) -> None:
    assert cli.run("gc", "--older-than", age).exit_code == 2


def test_only_the_experiments_that_are_named_are_looked_at(cli: CommandLine, add_run: AddRun) -> None:
    for run, experiment in (("aa11", "digits"), ("bb22", "letters")):
        add_run(run, experiment=experiment)
        cli("runs", "delete", run, "--yes")
    assert cli.json("gc", "--experiment", "digits", "--yes")["runs"] == ["aa11"]
    assert [run["run_id"] for run in cli.json("runs", "list", "--view", "deleted")] == ["bb22"]


def test_a_run_whose_artifacts_cannot_be_erased_stays(
    cli: CommandLine, three_runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("experiments", "delete", "digits", "--yes")
    store = type(cli.host.artifact_store(three_runs[1].info.artifact_uri))
    erase = store.delete

    def refuse(self: Any, path: str) -> None:
        if "aa22" in self.local_path().parts:
            raise Unavailable("the disk is away")
        erase(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(store, "delete", refuse)
        result = cli.run("gc", "--yes", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failures"] == {
        "run aa22": "the disk is away",
        "experiment 1": "a run of it could not be erased",
    }
    assert len(files_of(three_runs[1])) == 2
    assert cli.json("gc", "--yes")["runs"] == ["aa22"]
    assert files_of(three_runs[1]) == []


@pytest.mark.usefixtures("three_runs")
def test_a_folder_that_is_not_the_runs_own_is_never_erased(cli: CommandLine, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    cli("runs", "delete", "best", "--yes")
    (database,) = (tmp_path / "runyard-data").glob("*.db")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE runs SET artifact_uri = ? WHERE run_id = 'aa22'", [tmp_path.as_uri()])
    result = cli.run("gc", "--yes")
    assert result.exit_code == 1
    assert "in no folder of its own" in result.stderr
    assert precious.read_text() == "mine"


class TestUploads:
    """Uploads in parts that were begun and never finished, in a store that has such."""

    @pytest.fixture
    def cli(self, tmp_path: Path) -> Iterator[CommandLine]:
        settings = Settings(data_dir=str(tmp_path / "runyard-data"), root=tmp_path, strict_plugins=True)
        with Host(settings, plugins={"memory": memory}) as opened:
            yield CommandLine(opened)

    @pytest.fixture
    def location(self, cli: CommandLine, tmp_path: Path) -> str:
        location = f"memory:{tmp_path}/bucket"
        cli.host.tracking_store().create_experiment("digits", artifact_location=location)
        return location

    def test_one_that_nobody_went_on_with_is_given_up(
        self, cli: CommandLine, location: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = open_store(Uri.parse(location), cli.host.settings)
        store.create_upload("ab12/artifacts/large.bin")
        assert cli.json("gc", "--dry-run")["uploads"] == []
        found = cli.json("gc", "--dry-run", "--older-than", "0s")
        assert found["uploads"] == [f"{location}/ab12/artifacts/large.bin"]
        assert len(store.list_uploads()) == 1
        for _ in range(4):  # two days each
            give_up_uploads()
        result = cli.run("gc", "--yes")
        assert result.stdout == f"upload {location}/ab12/artifacts/large.bin\n"
        assert "1 upload and 0 experiments erased" in result.stderr
        assert store.list_uploads() == []

    def test_those_of_an_erased_run_go_with_it(self, cli: CommandLine, location: str) -> None:
        experiment = cli.host.tracking_store().get_experiment_by_name("digits")
        assert experiment is not None
        run = cli.host.tracking_store().create_run(RunStart("ab12", "a run", "ann", 1, experiment.experiment_id))
        store = open_store(Uri.parse(run.info.artifact_uri), cli.host.settings)
        store.create_upload("large.bin")
        cli.host.tracking_store().delete_run("ab12")
        assert cli("gc", "--yes") == "run ab12 a run\n"
        assert store.list_uploads() == []
