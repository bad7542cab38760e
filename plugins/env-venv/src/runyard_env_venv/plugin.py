"""Provides the environment managers `virtualenv` and `uv`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import EnvironmentSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_environment_managers() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            name="virtualenv",
            target="runyard_env_venv.builder:virtualenv",
            summary="A virtual environment, made by uv where that is installed, else by venv and pip.",
        ),
        EnvironmentSpec(name="uv", target="runyard_env_venv.builder:uv", summary="A virtual environment, made by uv."),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_env_venv.settings import ALL

    return list(ALL)
