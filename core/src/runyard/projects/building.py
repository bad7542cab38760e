"""Make what a project runs in, without running it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from runyard.environments import LOCAL
from runyard.environments.reports import to_standard_error
from runyard.errors import NotSupported
from runyard.host import Host
from runyard.projects import sources
from runyard.projects.environments import describe, make
from runyard.projects.loading import load_project
from runyard.projects.preparing import manager_of, place_of
from runyard.projects.request import RunRequest
from runyard.protocols.environment import Report
from runyard.protocols.project import BuildsImages, Recipe


def build_project(request: RunRequest, host: Host, report: Report | None = None) -> str:
    """The name of the environment or image that a project runs in, made now; empty where it runs in what is here.

    Raises:
        NotSupported: the backend makes nothing beforehand.
        EnvironmentNotBuilt: what the project asks for cannot be made.
    """
    told = report or to_standard_error
    with tempfile.TemporaryDirectory(prefix="runyard-") as scratch:
        source = sources.fetch(request.uri, request.version, lambda: Path(scratch), host)
        project = load_project(source.folder)
        stays = not source.root.is_relative_to(Path(scratch).resolve())
        place = place_of(request, project)
        if place == "local":
            manager = manager_of(request, project)
            return "" if manager == LOCAL else make(project, manager, host, told, stays=stays).name
        backend = host.project_backends.resolve(place)(host.settings)
        if not isinstance(backend, BuildsImages):
            raise NotSupported(f"the backend {place!r} makes nothing beforehand")
        recipe = Recipe(
            name=project.name or project.folder.name,
            folder=project.folder,
            root=source.root,
            image=project.environment.image,
            describe=lambda: describe(project, host, stays=False),
            config=request.config,
        )
        return backend.build(recipe, told)
