"""Provides the project backend `local`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import BackendSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_project_backends() -> list[BackendSpec]:
    return [
        BackendSpec(name="local", target="runyard_backend_local.backend:local", summary="Processes of this machine.")
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_backend_local.settings import ALL

    return list(ALL)
