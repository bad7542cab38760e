"""What a project backend implements: it runs the command of a project somewhere, and finds it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs

from runyard.protocols.environment import Environment, EnvironmentDescription, Report

LOST = 137
"""The exit code of a command that is gone without having said its own, as one that the system killed."""


@attrs.frozen(kw_only=True)
class DockerImage:
    """The container that a project asks for, as `docker_env` says it.

    `environment` holds names of variables to copy from here, and (name, value) pairs.
    """

    image: str
    volumes: tuple[str, ...] = ()
    environment: tuple[str | tuple[str, str], ...] = ()


@attrs.frozen(kw_only=True)
class Recipe:
    """A project and what it is to run in.

    `folder` is the project; `root` is what was fetched, of which it may be a part. A backend takes the `image` where
    there is one; else `describe()` says what the project asks for, None where it asks for nothing. `config` is what
    the user tells the backend.
    """

    name: str
    folder: Path
    root: Path
    image: DockerImage | None = None
    describe: Callable[[], EnvironmentDescription | None]
    config: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Launch(Recipe):
    """What a backend is to run, once, in the project's folder.

    `command` is a text for bash. `variables` lead the program to its run. `inputs` are files and folders of this
    machine that the command names. `artifact_uri` is where the artifacts of the run go. `state` is an empty folder of
    the launch's own, which lasts until it is forgotten. `environment` makes what the project asks for on this machine,
    and gives None for what is here.
    """

    run_id: str
    experiment_id: str
    artifact_uri: str
    command: str
    variables: Mapping[str, str]
    state: Path
    inputs: tuple[Path, ...] = ()
    environment: Callable[[Report], Environment | None]


class Execution(Protocol):
    """A command that was launched, by this process or an earlier one. Safe to use from several threads."""

    @property
    def tags(self) -> Mapping[str, str]:
        """What the run is to say of where it runs, such as the image's digest."""

    def output(self, start: int) -> bytes:
        """What the command has written to its standard streams so far, from a byte on; perhaps not yet all of it."""

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code; None where it is not over when the seconds are.

        After it is over, `output` gives all there is.
        """

    def send_signal(self, number: int) -> None:
        """Pass a signal on to the command; nothing where it is over."""

    def cancel(self) -> None:
        """End it and all that it has started, kindly first; afterwards none of that runs."""

    def forget(self) -> None:
        """Clean away what is kept of it, the folder `state` excepted; it is over."""


class ProjectBackend(Protocol):
    """One place where commands of projects run."""

    def launch(self, launch: Launch, report: Report) -> Execution:
        """Make what the command needs and start it. `report` is told each line of what is done meanwhile.

        Raises:
            InvalidInput: `config` or the project asks for what there is not.
            EnvironmentNotBuilt: what the project asks for cannot be made.
            Unavailable: the place cannot be reached.
        """

    def find(self, run_id: str, state: Path) -> Execution | None:
        """The command that was launched for a run with that folder `state`, running or over; None where none was."""


@runtime_checkable
class BuildsImages(Protocol):
    """A project backend whose projects run in images, which can be made beforehand."""

    def build(self, recipe: Recipe, report: Report) -> str:
        """The image of a project, made where it is not there; its name, or its digest where it has none.

        Raises:
            EnvironmentNotBuilt: it cannot be made.
            Unavailable: the place cannot be reached.
        """
