"""The example projects run as they stand, and leave the same behind as when MLflow runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment, running_server

EXAMPLES = Path(__file__).parents[1] / "examples"
PARENT = "mlflow.parentRunId"


@attrs.frozen
class Tracked:
    """Runs in a store of a test's own, which commands are led to by their environment."""

    client: ry.Client
    environ: Mapping[str, str]

    def run(self, command: list[str], project: str, *words: str, **variables: str) -> None:
        done = subprocess.run(
            [*command, "run", ".", *words],
            cwd=project,
            env={**self.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"

    def runs(self, experiment: str = "Default") -> list[Run]:
        found = self.client.get_experiment_by_name(experiment)
        assert found is not None
        return list(self.client.search_runs([found.experiment_id], order_by=["attributes.start_time"]))


RUNYARD = [sys.executable, "-m", "runyard"]


@pytest.fixture
def tracked(tmp_path: Path) -> Iterator[Tracked]:
    data = str(tmp_path / "runyard-data")
    with Host(Settings(tracking_uri=data, data_dir=data)) as host:
        environ = {**clean_environment(), "RUNYARD_TRACKING_URI": data, "RUNYARD_DATA_DIR": data}
        yield Tracked(ry.Client(host=host), environ)


def example(name: str, folder: Path) -> str:
    """An example in a folder of its own, so that nothing is left in the repository."""
    copied = folder / name
    shutil.copytree(EXAMPLES / f"project-{name}", copied)
    return str(copied)


def test_the_tutorial_runs_in_what_is_here(tracked: Tracked, tmp_path: Path) -> None:
    project = example("tutorial", tmp_path)
    tracked.run(RUNYARD, project, "-P", "alpha=0.5", "--env", "local")
    tracked.run(RUNYARD, project, "-e", "validate", "--env", "local")
    first, second = tracked.runs()
    assert first.data.params == {"data": "diabetes.csv", "alpha": "0.5", "l1_ratio": "0.1"}
    assert 40 < first.data.metrics["rmse"] < 70
    assert second.data.params == {"data": "diabetes.csv"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tutorial", "conda"])
def test_it_runs_in_the_environment_that_it_asks_for(name: str, tracked: Tracked, tmp_path: Path) -> None:
    tracked.run(RUNYARD, example(name, tmp_path), "--env", "virtualenv")
    (run,) = tracked.runs()
    assert 40 < run.data.metrics["rmse"] < 70
    assert run.data.tags["mlflow.project.env"] == "virtualenv"
    with tracked.client.artifact_store(run.info.run_id).open("runyard/requirements.txt") as file:
        packages = file.read().decode()
    assert "scikit-learn==" in packages
    assert "pytest" not in packages


def test_each_step_of_the_workflow_is_a_run_that_is_given_what_the_one_before_has_kept(
    tracked: Tracked, tmp_path: Path
) -> None:
    tracked.run(RUNYARD, example("workflow", tmp_path), "-P", "rows=80", "-P", "degree=5")
    main, *steps = tracked.runs()
    assert [run.data.tags["mlflow.project.entryPoint"] for run in (main, *steps)] == ["main", "load", "split", "train"]
    assert {run.data.tags[PARENT] for run in steps} == {main.info.run_id}
    assert steps[0].data.metrics["rows"] == 80
    assert steps[1].data.metrics["test_rows"] == 20
    assert steps[2].data.metrics["test_rmse"] < 0.3


def test_the_search_keeps_the_best_of_its_runs(tracked: Tracked, tmp_path: Path) -> None:
    tracked.run(RUNYARD, example("search", tmp_path), "-P", "trials=3")
    main, *trials = tracked.runs()
    losses = {run.info.run_id: run.data.metrics["loss"] for run in trials}
    assert len(losses) == 3
    assert main.data.metrics["best_loss"] == min(losses.values())
    assert losses[main.data.tags["best_run"]] == min(losses.values())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running_server(tmp_path) as running:
        yield running


@pytest.mark.slow
@pytest.mark.mlflow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tutorial", ("-P", "alpha=0.5")),
        ("workflow", ("-P", "rows=80")),
        ("search", ("-P", "trials=2", "-P", "at_once=1")),
    ],
)
def test_mlflow_leaves_the_same(
    name: str, words: tuple[str, ...], server: RunningServer, mlflow_python: str, tmp_path: Path
) -> None:
    project = example(name, tmp_path)
    path = f"{Path(mlflow_python).parent}{os.pathsep}{os.environ['PATH']}"
    theirs = {"MLFLOW_TRACKING_URI": server.url, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with Host(Settings(tracking_uri=server.url)) as host:
        tracked = Tracked(ry.Client(host=host), clean_environment())
        ours = {"RUNYARD_TRACKING_URI": server.url, "RUNYARD_DATA_DIR": str(tmp_path / "data")}
        tracked.run(RUNYARD, project, *words, "--env", "local", "--experiment-name", "ours", **ours)
        in_mlflow = ["--env-manager", "local", "--experiment-name", "theirs"]
        tracked.run([mlflow_python, "-m", "mlflow"], project, *words, *in_mlflow, **theirs)
        pairs = list(zip(tracked.runs("ours"), tracked.runs("theirs"), strict=True))
    assert pairs
    for our, their in pairs:
        assert our.info.status == their.info.status == "FINISHED"
        assert _without_places(our.data.params) == _without_places(their.data.params)
        assert our.data.metrics == pytest.approx(their.data.metrics)
        expected = {
            key: value
            for key, value in their.data.tags.items()
            if key.startswith(("mlflow.project.", "mlflow.source."))
        }
        assert {key: our.data.tags.get(key) for key in expected} == expected
        assert (PARENT in our.data.tags) == (PARENT in their.data.tags)


def _without_places(params: Mapping[str, str]) -> dict[str, Any]:
    """The params; of those that name what another run has kept, only that they do."""
    return {key: "elsewhere" if ":/" in value else value for key, value in params.items()}
