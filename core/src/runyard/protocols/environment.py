"""What an environment manager implements: a Python environment made from a description, once, and found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs

Report = Callable[[str], None]
"""Told each line of what is being done, such as the installer's output."""


@attrs.frozen(kw_only=True)
class LocalPackage:
    """A package that is installed from a file or a folder of this machine; `digest` changes when what is there does."""

    name: str
    path: str
    digest: str
    editable: bool = False
    extras: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The line of a requirements file that installs it."""
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        if self.editable:
            return f"-e {self.path}{extras}"
        url = Path(self.path).as_uri()
        return f"{self.name}{extras} @ {url}" if extras else url


@attrs.frozen(kw_only=True)
class Additions:
    """What comes into an environment beside what was asked for, such as Runyard itself."""

    requirements: tuple[str, ...] = ()
    packages: tuple[LocalPackage, ...] = ()


@attrs.frozen(kw_only=True)
class EnvironmentDescription:
    """What is to be in an environment.

    `python` is the version asked for, such as `3.11.7`; its last part is a wish. `build` are requirements that are
    installed before all others, as `build_dependencies` in python_env.yaml. `options` are lines of a requirements file
    that say where packages come from, such as `--extra-index-url …`. `conda_packages` are what only a manager of Conda
    environments can install, from `channels`, as it does Python. `additions` are installed last and change no version
    that is there by then.
    """

    python: str | None = None
    requirements: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    packages: tuple[LocalPackage, ...] = ()
    conda_packages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    additions: Additions = attrs.field(factory=Additions)

    @property
    def minor(self) -> str | None:
        """The version of Python without its last part."""
        return ".".join(self.python.split(".")[:2]) if self.python else None

    @property
    def digest(self) -> str:
        """The same for descriptions that ask for the same, whatever the order of their lines."""
        asked = (self.requirements, self.constraints, self.build, _facts(self.packages))
        added = (self.additions.requirements, _facts(self.additions.packages))
        parts = [self.minor, *(sorted(part) for part in (*asked, *added))]
        # Which index or channel is asked first may decide what is installed.
        conda = [sorted(self.conda_packages), self.channels] if self.conda_packages else []
        return hashlib.sha256(json.dumps([*parts, self.options, *conda]).encode()).hexdigest()


def _facts(packages: tuple[LocalPackage, ...]) -> tuple[Any, ...]:
    """What makes a difference of packages; where they lie makes none."""
    return tuple((one.name, one.digest, one.editable, one.extras) for one in packages)


@attrs.frozen(kw_only=True)
class Environment:
    """An environment that is there.

    `name` is by which its manager knows it. `variables` are what a process in it has in its own environment, and
    `holds` are file descriptors it inherits, so that the environment is not removed meanwhile.
    """

    name: str
    python: Path
    variables: Mapping[str, str] = attrs.field(factory=dict)
    holds: tuple[int, ...] = ()


class EnvironmentBuilder(Protocol):
    """One way to make environments. Safe to use from several processes at once."""

    def find(self, description: EnvironmentDescription) -> Environment | None:
        """The environment where it was built before, as a whole; None where it was not."""

    def build(self, description: EnvironmentDescription, purpose: str, report: Report) -> Environment:
        """The environment, built where it is not there yet: once, whoever else asks for it at the same time.

        `purpose` is kept to tell people what the environment is for, such as a model's URI.

        Raises:
            InvalidInput: there is no such Python on this machine.
            NotSupported: nothing but packages of Conda is asked for, and it installs none.
            EnvironmentNotBuilt: a requirement cannot be met; it is named, and so are the installer's last words.
        """
