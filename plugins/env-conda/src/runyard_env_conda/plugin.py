"""Provides the environment manager `conda`."""

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
            name="conda",
            target="runyard_env_conda.builder:conda",
            summary="A Conda environment, made by micromamba, mamba or conda.",
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_env_conda.settings import ALL

    return list(ALL)
