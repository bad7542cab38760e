"""What the contract does not ask: users, networks, and containers that others have made or removed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from runyard.protocols.project import LOST, DockerImage
from runyard.settings import Settings
from runyard.testing.contracts.backend import Starter
from runyard_backend_docker.backend import containers

pytestmark = pytest.mark.docker


@pytest.fixture
def started(docker_engine: str, tmp_path: Path) -> Iterator[Starter]:
    backend = containers(Settings(extra={"backend-docker.grace": 1.0}))
    starter = Starter(backend, tmp_path, {"image": DockerImage(image=docker_engine)})
    yield starter
    starter.end()


@pytest.fixture
def engine(docker_engine: str) -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_what_it_writes_here_belongs_to_who_launched_it(started: Starter, tmp_path: Path) -> None:
    artifacts = tmp_path / "artifacts"
    artifacts.mkdir(mode=0o777)
    artifacts.chmod(0o777)
    os.setresuid(4321, 0, 0)
    try:
        execution, _ = started(f"echo $HOME; echo mine > {artifacts}/file && echo too > kept")
    finally:
        os.setresuid(0, 0, 0)
    assert execution.wait(60) == 0, execution.output(0)
    assert execution.output(0) == b"/tmp\n"
    assert (artifacts / "file").stat().st_uid == 4321


def test_an_image_runs_as_it_is_where_that_is_asked(started: Starter) -> None:
    execution, _ = started("pwd; ls /mlflow", config={"build_image": False})
    assert execution.wait(60) == 2
    assert b"/" in execution.output(0).splitlines()  # the engine orders the two streams as it gets them
    assert execution.tags["mlflow.docker.image.uri"].endswith("python:3.11-slim")


def test_a_server_here_is_known_by_its_name_in_a_network_of_choice(started: Starter) -> None:
    variables = {"RUNYARD_TRACKING_URI": "http://127.0.0.1:5000"}
    command = "echo $RUNYARD_TRACKING_URI; grep -c host.docker.internal /etc/hosts"
    execution, _ = started(command, variables=variables, config={"network": "bridge"})
    assert execution.wait(60) == 0, execution.output(0)
    assert execution.output(0) == b"http://host.docker.internal:5000\n1\n"


def test_one_that_was_made_and_never_started_is_removed(
    started: Starter, engine: docker.DockerClient, docker_engine: str, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "engine").write_text(os.environ["DOCKER_HOST"])
    labels = {"runyard.run": "abc", "runyard.state": str(state)}
    made = engine.containers.create(docker_engine, ["true"], labels=labels)
    assert started.backend.find("abc", state) is None
    assert made.id not in {one.id for one in engine.containers.list(all=True)}


def test_one_that_somebody_removes_is_lost(started: Starter, engine: docker.DockerClient) -> None:
    execution, launch = started("python slow.py")
    (found,) = engine.containers.list(filters={"label": f"runyard.run={launch.run_id}"})
    found.remove(force=True)
    assert execution.wait(60) == LOST
    execution.cancel()


def test_what_a_container_cannot_have_is_said(started: Starter) -> None:
    with pytest.raises(ValueError, match="the container of probe cannot be"):
        started("true", config={"volumes": ["/a:relative"]})
