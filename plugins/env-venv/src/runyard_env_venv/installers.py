"""The two ways to make a virtual environment and to install packages into it."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import attrs

from runyard.environments import packages
from runyard.environments.packages import Place
from runyard.environments.steps import Failed, Steps
from runyard.errors import EnvironmentNotBuilt
from runyard_env_venv.pip_settings import variables_for_uv
from runyard_env_venv.pythons import Interpreter


class Installer(packages.Installer, Protocol):
    """Makes a virtual environment and installs into it."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        """Make the environment in a folder that is not there."""


@attrs.frozen
class Uv:
    """uv, in the version that is installed."""

    program: str
    name: str = "uv"

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        # The project in a folder above is none of this environment's business.
        command: list[str | Path] = [self.program, "venv", "--quiet", "--no-project", "--python", python.path, folder]
        steps.run(self.name, command, folder.parent, {})

    def install(self, place: Place, files: Sequence[str | Path], steps: Steps) -> None:
        # Packages that are developed together refer to each other's folders, which only they themselves have to follow.
        command = [self.program, "pip", "install", "--no-sources", "--python", place.python, *files]
        steps.run(self.name, command, place.folder, variables_for_uv(os.environ))

    def add(self, place: Place, file: Path, installed: Path, steps: Steps) -> None:
        # What is there stands in the place of what the added packages say of it.
        self.install(place, ["-r", file, "--overrides", installed], steps)
        try:
            steps.run(self.name, [self.program, "pip", "check", "--python", place.python], place.folder, {})
        except Failed:
            steps.report("warning: these versions are what was asked for, though a package says that it wants others")


@attrs.frozen
class Pip(packages.Pip):
    """venv of the Python that is wanted, and the pip that it brings."""

    name: str = "pip"

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        steps.run("venv", [python.path, "-m", "venv", folder], folder.parent, {})


def python_in(folder: Path) -> Path:
    """The interpreter of a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_uv() -> str | None:
    """The program uv: beside this Python, else on the PATH."""
    places = [sysconfig.get_path("scripts"), os.environ.get("PATH", "")]
    return shutil.which("uv", path=os.pathsep.join(places))


def choose_installer(wanted: str) -> Installer:
    """Uv or pip; `auto` is uv where it is installed.

    Raises:
        EnvironmentNotBuilt: uv is asked for and is not installed.
    """
    program = None if wanted == "pip" else find_uv()
    if program is not None:
        return Uv(program)
    if wanted == "uv":
        raise EnvironmentNotBuilt(
            "uv is not installed; pip install uv, or use --env-manager virtualenv, which does without"
        )
    return Pip()
