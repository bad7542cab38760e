"""Find the program that makes Conda environments, and ask it for what a channel has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.environments.steps import Steps, without_leaks
from runyard.errors import EnvironmentNotBuilt

NAMES = ("micromamba", "mamba", "conda")
_PATIENCE = 120.0  # seconds until a channel has told what it has
# What a person looks at while it moves is no good in a log.
_NO_PROGRESS_BARS = {"MAMBA_NO_PROGRESS_BARS": "true", "CONDA_QUIET": "true"}


@attrs.frozen
class Program:
    """micromamba, mamba or conda, which are called alike."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    def create(self, folder: Path, channels: Sequence[str], packages: Sequence[str], steps: Steps) -> None:
        """Make an environment in a folder that is not there, of these channels alone.

        Raises:
            Failed: it cannot.
        """
        command = [str(self.path), "create", "--yes", "--prefix", str(folder), *_options(channels), *packages]
        steps.run(self.name, command, folder.parent, _NO_PROGRESS_BARS)

    def versions_of(self, package: str, channels: Sequence[str]) -> set[str]:
        """The versions of a package that channels have; none where that is not told."""
        command = [str(self.path), "search", "--json", *_options(channels), package]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                env={**without_leaks(os.environ), **_NO_PROGRESS_BARS},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=_PATIENCE,
            )
            answer = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return set()
        return {str(found["version"]) for found in _packages(answer) if found["name"] == package}


def find_program(wanted: str, environ: Mapping[str, str]) -> Program:
    """The program by its name or path; `auto` is the first that is there, the one of the user's shell before others.

    Raises:
        EnvironmentNotBuilt: it is not there.
    """
    names = NAMES if wanted == "auto" else (wanted,)
    if any(separator in wanted for separator in (os.sep, os.altsep) if separator):
        found = shutil.which(Path(wanted).expanduser())
    else:
        found = next(_candidates(names, environ), None)
    if found is not None:
        return Program(Path(found).absolute())
    what = "none of micromamba, mamba and conda is" if wanted == "auto" else f"{wanted!r} of env-conda.program is not"
    raise EnvironmentNotBuilt(
        f"{what} installed, which makes Conda environments; get micromamba (a single file, see "
        "https://mamba.readthedocs.io) or Miniforge and put it on the PATH, or use --env-manager virtualenv, which "
        "makes do with the pip section"
    )


def _candidates(names: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    # Where a shell was set up for them, these variables say where the programs are; the PATH then need not.
    for variable in ("MAMBA_EXE", "CONDA_EXE"):
        said = environ.get(variable)
        if said and Path(said).stem in names and (found := shutil.which(said)):
            yield found
    for name in names:
        if found := shutil.which(name, path=environ.get("PATH", os.defpath)):
            yield found


def _options(channels: Sequence[str]) -> list[str]:
    """Those channels, and none of the user's files."""
    return ["--override-channels", *(word for channel in channels for word in ("--channel", channel))]


def _packages(answer: Any) -> Iterator[Mapping[str, Any]]:
    """The packages in an answer, wherever in it each program has them."""
    if isinstance(answer, dict):
        if "name" in answer and "version" in answer:
            yield answer
        answer = list(answer.values())
    if isinstance(answer, list):
        for part in answer:
            yield from _packages(part)
