"""The two ways to make a virtual environment and to install packages into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from runyard.errors import EnvironmentNotBuilt
from runyard.protocols.environment import Report
from runyard_env_venv.pip_settings import variables_for_uv
from runyard_env_venv.pythons import Interpreter

LAST_LINES = 25

_LEAKING = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "PIP_USER", "UV_PYTHON", "VIRTUAL_ENV")


_INSTALLED = """
from importlib.metadata import distributions
for found in distributions():
    print(f"{found.name}=={found.version}")
"""


class Failed(Exception):
    """A step of an installer that failed, with the last lines of what it said."""

    def __init__(self, command: str, code: int, lines: Sequence[str]) -> None:
        self.command = command
        self.code = code
        self.lines = lines
        super().__init__(command, code, lines)


@attrs.frozen
class Steps:
    """Runs the steps of an installation; each inherits `lock`, so that the lock lasts as long as the last of them."""

    lock: int
    report: Report

    def run(self, name: str, command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> None:
        """Run a program and pass its output on, line by line.

        Raises:
            Failed: its exit code is not 0.
        """
        environ = {key: value for key, value in os.environ.items() if key not in _LEAKING}
        last: deque[str] = deque(maxlen=LAST_LINES)
        with subprocess.Popen(  # noqa: S603
            [str(word) for word in command],
            cwd=folder,
            env={**environ, "NO_COLOR": "1", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=(self.lock,) if os.name == "posix" else (),
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    last.append(line.rstrip())
                    self.report(line.rstrip())
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise Failed(name, process.returncode, list(last))


class Installer(Protocol):
    """Makes a virtual environment and installs into it."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        """Make the environment in a folder that is not there."""

    def install(self, folder: Path, files: Sequence[str | Path], steps: Steps) -> None:
        """Install what options for requirements and constraints say, such as `-r`, FILE."""

    def add(self, folder: Path, file: Path, installed: Path, steps: Steps) -> None:
        """Install what a file of requirements says without changing a version that is installed."""


@attrs.frozen
class Uv:
    """uv, in the version that is installed."""

    program: str
    name: str = "uv"

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        # The project in a folder above is none of this environment's business.
        command: list[str | Path] = [self.program, "venv", "--quiet", "--no-project", "--python", python.path, folder]
        steps.run(self.name, command, folder.parent, {})

    def install(self, folder: Path, files: Sequence[str | Path], steps: Steps) -> None:
        # Packages that are developed together refer to each other's folders, which only they themselves have to follow.
        command = [self.program, "pip", "install", "--no-sources", "--python", python_in(folder), *files]
        steps.run(self.name, command, folder, variables_for_uv(os.environ))

    def add(self, folder: Path, file: Path, installed: Path, steps: Steps) -> None:
        # What is there stands in the place of what the added packages say of it.
        self.install(folder, ["-r", file, "--overrides", installed], steps)
        try:
            steps.run(self.name, [self.program, "pip", "check", "--python", python_in(folder)], folder, {})
        except Failed:
            steps.report("warning: these versions are what was asked for, though a package says that it wants others")


@attrs.frozen
class Pip:
    """venv of the Python that is wanted, and the pip that it brings."""

    name: str = "pip"

    def create(self, python: Interpreter, folder: Path, steps: Steps) -> None:
        steps.run("venv", [python.path, "-m", "venv", folder], folder.parent, {})

    def install(self, folder: Path, files: Sequence[str | Path], steps: Steps) -> None:
        command = [python_in(folder), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", *files]
        steps.run(self.name, command, folder, {})

    def add(self, folder: Path, file: Path, installed: Path, steps: Steps) -> None:
        # pip cannot pass over what a package says of the others: where they exclude each other, it fails.
        self.install(folder, ["-r", file, "-c", installed], steps)


def installed_in(folder: Path) -> list[str]:
    """The packages of an environment, each at its version, as lines of requirements."""
    done = subprocess.run(  # noqa: S603
        [str(python_in(folder)), "-I", "-c", _INSTALLED], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failed("the new Python", done.returncode, done.stderr.splitlines())
    return done.stdout.splitlines()


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
