"""The example project in Docker runs as its page says, and MLflow's own `mlflow run` makes the same run of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import RunningServer, clean_environment, running_server

EXAMPLE = Path(__file__).parents[1] / "examples" / "project-docker"

pytestmark = [pytest.mark.docker, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("served")) as running:
        yield running


def run_of(server: RunningServer, experiment: str, command: list[str], *flags: str) -> Run:
    """The run that a command makes of the example, tracked on a server."""
    environ = {**clean_environment(), "MLFLOW_TRACKING_URI": server.url, "DOCKER_HOST": os.environ["DOCKER_HOST"]}
    done = subprocess.run(
        [*command, "run", str(EXAMPLE), "-P", "alpha=0.4", "--experiment-name", experiment, *flags],
        cwd=server.data.parent,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "slope 2.98" in done.stdout + done.stderr
    with Host(Settings(tracking_uri=server.url, data_dir=str(server.data.parent / "reader"))) as host:
        client = ry.Client(host=host)
        found = client.get_experiment_by_name(experiment)
        assert found is not None
        (run,) = client.search_runs([found.experiment_id])
        return run


@pytest.fixture
def ours(server: RunningServer, docker_engine: str, request: pytest.FixtureRequest) -> Run:
    return run_of(server, f"ours/{request.node.name}", [sys.executable, "-m", "runyard"])


def test_it_runs_and_tracks_onto_a_server_here(ours: Run) -> None:
    assert (ours.info.status, ours.data.params) == ("FINISHED", {"alpha": "0.4", "points": "200"})
    assert set(ours.data.metrics) == {"slope", "error"}
    assert ours.data.tags["mlflow.docker.image.uri"].startswith("line-in-docker:")


@pytest.mark.mlflow
def test_mlflow_makes_the_same_run_of_it(ours: Run, server: RunningServer, mlflow_python: str) -> None:
    # Its image is there, made by our run; MLflow has to be told to put the code in, and how a server here is reached.
    flags = ("--build-image", "-A", "network=host")
    theirs = run_of(server, "theirs", [mlflow_python, "-m", "mlflow"], *flags)

    def told(run: Run) -> dict[str, str]:
        kinds = ("mlflow.project.", "mlflow.source.", "mlflow.gitRepoURL")
        return {name: value for name, value in run.data.tags.items() if name.startswith(kinds)}

    # Of the repository that the example lies in, we say more.
    more = {"mlflow.source.git.branch", "mlflow.source.git.dirty"}
    assert {name: value for name, value in told(ours).items() if name not in more} == told(theirs)
    assert (ours.info.status, ours.data.params) == (theirs.info.status, theirs.data.params)
    assert ours.data.metrics == theirs.data.metrics
