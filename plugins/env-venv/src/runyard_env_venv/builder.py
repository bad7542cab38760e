"""Builds virtual environments: which installer made one makes no other environment of it."""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from runyard.environments.building import Kept, first_on_path
from runyard.environments.cache import Cache, Made
from runyard.environments.packages import Place, install_packages, lines_of
from runyard.environments.steps import Steps
from runyard.errors import NotSupported
from runyard.protocols.environment import Environment, EnvironmentDescription, Report
from runyard.settings import Settings
from runyard_env_venv.installers import choose_installer, python_in
from runyard_env_venv.pythons import find_python
from runyard_env_venv.settings import INSTALLER


def virtualenv(settings: Settings) -> VenvBuilder:
    """The manager `virtualenv`."""
    return VenvBuilder(Cache.of(settings), settings.lookup(INSTALLER).value)


def uv(settings: Settings) -> VenvBuilder:
    """The manager `uv`."""
    return VenvBuilder(Cache.of(settings), "uv")


@attrs.frozen
class VenvBuilder:
    """Virtual environments with what is asked of pip; where packages of Conda are asked for as well, without these."""

    cache: Cache
    installer: str = "auto"

    def find(self, description: EnvironmentDescription) -> Environment | None:
        return None if _is_of_conda(description) else self._kept.find(_without_conda(description))

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        packages = ", ".join(description.conda_packages)
        if _is_of_conda(description):
            raise NotSupported(
                f"{purpose} asks for packages of Conda ({packages}), which virtual environments cannot have; "
                "use --env-manager conda, or ask for what is needed from PyPI instead"
            )
        if packages:
            report(f"warning: packages of Conda are left out, which --env-manager conda would install: {packages}")
        return self._kept.build(_without_conda(description), purpose, report)

    @property
    def _kept(self) -> Kept:
        return Kept(self.cache, VenvRecipe(self.installer))


@attrs.frozen
class VenvRecipe:
    """A virtual environment, made by an installer."""

    installer: str

    def name_of(self, description: EnvironmentDescription) -> str:
        # The kind of machine decides too on what is in it.
        minor = description.minor or sysconfig.get_python_version()
        return hashlib.sha256(f"{description.digest} {minor} {sysconfig.get_platform()}".encode()).hexdigest()[:20]

    def prepare(self, description: EnvironmentDescription, report: Report) -> Callable[[Path, Steps], Made]:
        python = find_python(description.python)
        installer = choose_installer(self.installer)
        if description.python not in {None, python.minor, python.version}:
            report(f"warning: Python {description.python} is asked for; this is {python.version}")

        def make(folder: Path, steps: Steps) -> Made:
            steps.report(f"Python {python.version}, with {installer.name}")
            installer.create(python, folder, steps)
            place = Place(folder, python_in(folder))
            install_packages(installer, place, description, steps)
            return Made(python=place.python, version=python.version, installer=installer.name)

        return make

    def variables(self, folder: Path, python: Path) -> Mapping[str, str]:
        return {"VIRTUAL_ENV": str(folder), "PATH": first_on_path(python.parent), "PYTHONNOUSERSITE": "1"}


def _is_of_conda(description: EnvironmentDescription) -> bool:
    """Whether all that is asked for is packages of Conda."""
    return bool(description.conda_packages) and not lines_of(description)


def _without_conda(description: EnvironmentDescription) -> EnvironmentDescription:
    return attrs.evolve(description, conda_packages=(), channels=())
