"""Provides the project backend `docker`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import BackendSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_project_backends() -> list[BackendSpec]:
    return [
        BackendSpec(
            name="docker", target="runyard_backend_docker.backend:containers", summary="Containers of a Docker engine."
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_backend_docker.settings import ALL

    return list(ALL)
