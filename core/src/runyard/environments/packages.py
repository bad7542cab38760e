"""Install what a description asks of pip: build requirements, then the others, then what changes nothing of these."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from runyard.environments.steps import Failed, Steps
from runyard.protocols.environment import Additions, EnvironmentDescription

_INSTALLED = """
from importlib.metadata import distributions
for found in distributions():
    print(f"{found.name}=={found.version}")
"""


@attrs.frozen
class Place:
    """The folder of an environment, and the Python in it."""

    folder: Path
    python: Path


class Installer(Protocol):
    """Installs into an environment that is there."""

    def install(self, place: Place, files: Sequence[str | Path], steps: Steps) -> None:
        """Install what options for requirements and constraints say, such as `-r`, FILE."""

    def add(self, place: Place, file: Path, installed: Path, steps: Steps) -> None:
        """Install what a file of requirements says without changing a version that is installed."""


@attrs.frozen
class Pip:
    """The pip of the environment itself."""

    def install(self, place: Place, files: Sequence[str | Path], steps: Steps) -> None:
        command = [place.python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *files]
        # It is in an environment, whether pip knows of that kind or not.
        steps.run("pip", command, place.folder, {"PIP_REQUIRE_VIRTUALENV": "false"})

    def add(self, place: Place, file: Path, installed: Path, steps: Steps) -> None:
        # pip cannot pass over what a package says of the others: where they exclude each other, it fails.
        self.install(place, ["-r", file, "-c", installed], steps)


def install_packages(installer: Installer, place: Place, asked: EnvironmentDescription, steps: Steps) -> None:
    """Install what is asked of pip.

    Raises:
        Failed: a step of it failed.
    """
    folder = place.folder
    constraints = _written(folder / "runyard-constraints.txt", asked.constraints)
    limits: list[str | Path] = ["-c", constraints] if asked.constraints else []
    if asked.build:
        build = _written(folder / "runyard-build-requirements.txt", [*asked.options, *asked.build])
        installer.install(place, ["-r", build], steps)
    lines, added = lines_of(asked), lines_of(asked.additions)
    if lines:
        every = _written(folder / "runyard-requirements.txt", [*asked.options, *lines])
        installer.install(place, ["-r", every, *limits], steps)
    if added:
        more = _written(folder / "runyard-additions.txt", [*asked.options, *added])
        installed = _written(folder / "runyard-installed.txt", _installed_in(place.python))
        installer.add(place, more, installed, steps)


def lines_of(asked: EnvironmentDescription | Additions) -> tuple[str, ...]:
    """The lines of a requirements file that ask for the same."""
    return (*asked.requirements, *(package.line for package in asked.packages))


def _installed_in(python: Path) -> list[str]:
    """The packages of an environment, each at its version, as lines of requirements."""
    done = subprocess.run(  # noqa: S603
        [str(python), "-I", "-c", _INSTALLED], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed("the new Python", done.returncode, done.stderr.splitlines())
    return done.stdout.splitlines()


def _written(file: Path, lines: Iterable[str]) -> Path:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file
