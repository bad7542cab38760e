"""Builds Conda environments: Python and packages of Conda from channels, then what is asked of pip by their own pip."""

from __future__ import annotations

import hashlib
import json
import os
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs

from runyard.environments.building import Kept
from runyard.environments.cache import Cache, Made
from runyard.environments.packages import Pip, Place, install_packages
from runyard.environments.steps import Failed, Steps
from runyard.errors import InvalidInput
from runyard.protocols.environment import EnvironmentDescription, Report
from runyard.settings import Settings
from runyard_env_conda.activation import python_in, variables_of
from runyard_env_conda.programs import Program, find_program
from runyard_env_conda.settings import CHANNELS, PROGRAM

_NO_CHANNEL = "nodefaults"  # it says that there are no others, which is so here anyway


def conda(settings: Settings) -> Kept:
    """The manager `conda`."""
    recipe = CondaRecipe(settings.lookup(PROGRAM).value, tuple(settings.lookup(CHANNELS).value))
    return Kept(Cache.of(settings), recipe)


@attrs.frozen
class CondaRecipe:
    """A Conda environment; which program made one makes no other environment of it."""

    program: str
    channels: tuple[str, ...]

    def name_of(self, description: EnvironmentDescription) -> str:
        facts = (description.digest, _minor(description), self._channels(description), sysconfig.get_platform())
        return hashlib.sha256(json.dumps(["conda", *facts]).encode()).hexdigest()[:20]

    def prepare(self, description: EnvironmentDescription, report: Report) -> Callable[[Path, Steps], Made]:
        program = find_program(self.program, os.environ)

        def make(folder: Path, steps: Steps) -> Made:
            steps.report(f"Python {_minor(description)} of {', '.join(self._channels(description))}, by {program.name}")
            self._create(program, folder, description, steps)
            place = Place(folder, python_in(folder))
            version = _version_in(folder)
            if description.python not in {None, _minor(description), version}:
                report(f"warning: Python {description.python} is asked for; this is {version}")
            install_packages(Pip(), place, description, steps)
            return Made(python=place.python, version=version, installer=program.name)

        return make

    def variables(self, folder: Path, python: Path) -> Mapping[str, str]:  # noqa: ARG002 - it lies where it always does
        return variables_of(folder)

    def _channels(self, description: EnvironmentDescription) -> tuple[str, ...]:
        named = tuple(channel for channel in description.channels if channel != _NO_CHANNEL)
        return named or self.channels

    def _create(self, program: Program, folder: Path, description: EnvironmentDescription, steps: Steps) -> None:
        channels, minor = self._channels(description), _minor(description)
        try:
            program.create(folder, channels, [f"python={minor}", "pip", *description.conda_packages], steps)
        except Failed:
            # Each program words it in its own way, if it says it at all.
            versions = program.versions_of("python", channels)
            if versions and not any(f"{version}.".startswith(f"{minor}.") for version in versions):
                raise InvalidInput(
                    f"Python {minor} is asked for ({description.python or 'by default'}), and {', '.join(channels)} "
                    f"has none: there are {', '.join(sorted(versions, key=_parts))}"
                ) from None
            raise


def _minor(description: EnvironmentDescription) -> str:
    return description.minor or sysconfig.get_python_version()


def _version_in(folder: Path) -> str:
    """The version of the Python that was installed, by the record of it that all programs leave."""
    (record,) = (folder / "conda-meta").glob("python-[0-9]*.json")
    return str(json.loads(record.read_text(encoding="utf-8"))["version"])


def _parts(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]
