"""A request whose project is here and can be run as it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from runyard.environments import LOCAL
from runyard.host import Host
from runyard.projects import sources
from runyard.projects.loading import load_project
from runyard.projects.project import EntryPoint, EnvironmentKind, Project
from runyard.projects.request import RunRequest

DOCKER = "docker"
_MANAGERS = {
    EnvironmentKind.PYTHON: "virtualenv",
    EnvironmentKind.PYPROJECT: "virtualenv",
    EnvironmentKind.RECORDED: "virtualenv",
    EnvironmentKind.CONDA: "conda",
    EnvironmentKind.DOCKER: LOCAL,
    EnvironmentKind.NONE: LOCAL,
}


@attrs.frozen
class Prepared:
    """What is to be run, with all its parameters, and where."""

    request: RunRequest
    source: sources.Source
    project: Project
    entry_point: EntryPoint
    values: Mapping[str, str]

    @property
    def manager(self) -> str:
        return manager_of(self.request, self.project)

    @property
    def backend(self) -> str:
        return place_of(self.request, self.project)


def prepare(request: RunRequest, scratch: Callable[[], Path], host: Host) -> Prepared:
    """Fetch the project and check what is asked of it.

    Args:
        request: What is wanted.
        scratch: Makes an empty folder, to fetch into.
        host: Whose artifact stores hold.

    Raises:
        RunyardError: there is no such project, version or entry point, or a parameter is missing or of another type.
    """
    source = request.source or sources.fetch(request.uri, request.version, scratch, host)
    project = request.project or load_project(source.folder)
    entry_point = project.entry_point(request.entry_point)
    values = entry_point.values(request.parameters)
    entry_point.line(values)  # a command that cannot be written is found before anything is done
    return Prepared(request, source, project, entry_point, values)


def manager_of(request: RunRequest, project: Project) -> str:
    """The environment manager: the one that is asked for, else what the project's files are made for."""
    return request.env_manager or _MANAGERS[project.environment.kind]


def place_of(request: RunRequest, project: Project) -> str:
    """The backend; a project that asks for a container runs in one, as MLflow's local backend does it too."""
    is_image = project.environment.kind is EnvironmentKind.DOCKER
    return DOCKER if request.backend == "local" and is_image else request.backend
