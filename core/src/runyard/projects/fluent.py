"""MLflow's functions for projects."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.errors import ExecutionFailed, InvalidInput
from runyard.host import Host
from runyard.projects.building import build_project
from runyard.projects.launching import launch
from runyard.projects.project import MAIN
from runyard.projects.request import RunRequest, read_config
from runyard.projects.submitted import SubmittedRun
from runyard.protocols.environment import Report
from runyard.tracking.active import active_run
from runyard.tracking.client import Client
from runyard.tracking.session import current_client


def run(
    uri: str | os.PathLike[str],
    entry_point: str = MAIN,
    version: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    docker_args: Mapping[str, Any] | None = None,
    experiment_name: str | None = None,
    experiment_id: str | None = None,
    backend: str = "local",
    backend_config: Mapping[str, Any] | str | None = None,
    storage_dir: str | os.PathLike[str] | None = None,
    synchronous: bool = True,
    run_id: str | None = None,
    run_name: str | None = None,
    env_manager: str | None = None,
    build_image: bool = False,
    docker_auth: Mapping[str, str] | None = None,
    *,
    timeout: float | None = None,
    host: Host | None = None,
) -> SubmittedRun:
    """Run a project, tracked, in the environment it asks for.

    Where a run is active, the new one is its child. What the program writes goes to standard output, and with the run.

    Args:
        uri: A folder, a git repository, a zip file or any location of artifacts; `#folder` names a part of it.
        entry_point: One of the project's, or a script of it.
        version: Of a repository: a branch, a tag or a commit.
        parameters: By name; those that the entry point does not declare are added to its command.
        docker_args: Options for the container, by name.
        experiment_name: The experiment of the run; one that is missing is created.
        experiment_id: The same, by id.
        backend: Where it runs, such as `local` or `docker`.
        backend_config: What that backend is told, or a JSON file that holds it.
        storage_dir: Where parameters of the type `path` that are elsewhere are fetched to.
        synchronous: Whether to wait for the end; else it goes on, and this process ends after it.
        run_id: A run that is there already.
        run_name: The name of a new run.
        env_manager: What makes the environment, such as `virtualenv`, `uv`, `conda`, or `local` for what is here.
        build_image: Whether the image is built anew.
        docker_auth: How to log in where images come from.
        timeout: The seconds that it may take.
        host: Whose plugins and settings hold.

    Raises:
        ExecutionFailed: it was waited for, and did not succeed.
        RunyardError: it could not be started; its run says why, too.
    """
    if experiment_name is not None and experiment_id is not None:
        raise InvalidInput("give either experiment_name or experiment_id")
    client = current_client() if host is None else Client(host=host)
    outer = active_run() if host is None else None
    config = {**read_config(backend_config), **_image_options(docker_args, docker_auth, build_image=build_image)}
    request = RunRequest(
        uri=os.fspath(uri),
        entry_point=entry_point,
        version=version,
        parameters={str(name): str(value) for name, value in (parameters or {}).items()},
        backend=backend,
        config=config,
        env_manager=env_manager,
        experiment_id=None if experiment_id is None else str(experiment_id),
        experiment_name=experiment_name,
        run_id=run_id,
        run_name=run_name,
        parent_run_id=outer.info.run_id if outer else None,
        storage_dir=None if storage_dir is None else Path(storage_dir),
        limit=timeout,
    )
    submitted = launch(request, client, echo=to_standard_output)
    if not synchronous:
        submitted.follow_in_background()
    elif not submitted.wait():
        raise failure_of(submitted)
    return submitted


def build(
    uri: str | os.PathLike[str],
    version: str | None = None,
    backend: str = "local",
    backend_config: Mapping[str, Any] | str | None = None,
    env_manager: str | None = None,
    *,
    host: Host | None = None,
    report: Report | None = None,
) -> str:
    """Make what a project runs in, and run nothing: the name of its environment or image; empty for what is here."""
    client = current_client() if host is None else Client(host=host)
    request = RunRequest(
        uri=os.fspath(uri),
        version=version,
        backend=backend,
        config=read_config(backend_config),
        env_manager=env_manager,
    )
    return build_project(request, client.host, report)


def failure_of(submitted: SubmittedRun) -> ExecutionFailed:
    """The error for a run that did not succeed."""
    return ExecutionFailed(f"run {submitted.run_id} is {submitted.status}: {submitted.reason}")


def to_standard_output(content: bytes) -> None:
    """Pass on what a program has written."""
    import sys

    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # a notebook's
        sys.stdout.write(content.decode("utf-8", "replace"))
    else:
        stream.write(content)
    sys.stdout.flush()


def _image_options(
    docker_args: Mapping[str, Any] | None, docker_auth: Mapping[str, str] | None, *, build_image: bool
) -> dict[str, Any]:
    given = {"docker_args": dict(docker_args or {}), "docker_auth": dict(docker_auth or {}), "build_image": build_image}
    return {name: value for name, value in given.items() if value}
