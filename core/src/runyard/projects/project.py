"""A project: what can be run in a folder, with which parameters, and in which environment."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import attrs

from runyard.errors import InvalidInput, NotFound, did_you_mean
from runyard.projects.shell import command_line
from runyard.protocols.environment import EnvironmentDescription
from runyard.protocols.project import DockerImage

MAIN = "main"
_SCRIPTS = {".py": "python {}", ".sh": "{shell} {}", ".R": "Rscript {} --args"}


class EnvironmentKind(StrEnum):
    """In what a project says that it runs; the values are MLflow's keys where it has them."""

    PYTHON = "python_env"
    CONDA = "conda_env"
    DOCKER = "docker_env"
    PYPROJECT = "pyproject"
    RECORDED = "recorded"
    NONE = "none"


@attrs.frozen
class ProjectEnvironment:
    """What a project runs in: a file that describes it, an image, or what a run has recorded."""

    kind: EnvironmentKind = EnvironmentKind.NONE
    file: Path | None = None
    image: DockerImage | None = None
    recorded: EnvironmentDescription | None = None


@attrs.frozen
class Parameter:
    """A parameter of an entry point; without a default it must be given."""

    name: str
    type: str = "string"
    default: str | None = None

    def check(self, value: str) -> str:
        """The value, as it is.

        Raises:
            InvalidInput: it is none of the parameter's type.
        """
        if self.type == "float" and not _is_number(value):
            raise InvalidInput(f"parameter {self.name!r} is a number (float), got {value!r}")
        if self.type == "uri" and not _is_uri(value):
            raise InvalidInput(f"parameter {self.name!r} is a URI, such as s3://bucket/file, got {value!r}")
        return value


@attrs.frozen
class EntryPoint:
    """Something that a project can run."""

    name: str
    command: str
    parameters: Mapping[str, Parameter] = attrs.field(factory=dict)

    def values(self, given: Mapping[str, str]) -> dict[str, str]:
        """All parameters: the declared ones with their defaults, then those that are given beside them.

        Raises:
            InvalidInput: one is missing, or of another type.
        """
        known = {name: one.default for name, one in self.parameters.items()} | dict(given)
        missing = [name for name, value in known.items() if value is None]
        if missing:
            extra = [name for name in given if name not in self.parameters]
            hint = did_you_mean(missing[0], extra).replace("did you mean", "is it what was given as")
            needs = ", ".join(missing)
            raise InvalidInput(
                f"entry point {self.name!r} needs {needs}{hint}; give it with -P {missing[0]}=VALUE"
                f" (its parameters: {self.described()})"
            )
        values = {name: str(value) for name, value in known.items()}
        return {
            name: self.parameters[name].check(value) if name in self.parameters else value
            for name, value in values.items()
        }

    def line(self, values: Mapping[str, str]) -> str:
        """The command for bash."""
        more = {name: value for name, value in values.items() if name not in self.parameters}
        named = {name: value for name, value in values.items() if name in self.parameters}
        return command_line(self.command, named, more, f"entry point {self.name!r}")

    def described(self) -> str:
        """Its parameters in a line for people."""
        return ", ".join(
            f"{one.name} ({one.type}{'' if one.default is None else f', by default {one.default}'})"
            for one in self.parameters.values()
        )


@attrs.frozen(kw_only=True)
class Project:
    """A project in a folder."""

    folder: Path
    name: str | None = None
    entry_points: Mapping[str, EntryPoint] = attrs.field(factory=dict)
    environment: ProjectEnvironment = attrs.field(factory=ProjectEnvironment)

    def entry_point(self, name: str) -> EntryPoint:
        """The entry point of a name; a script of the project is one by itself.

        Raises:
            NotFound: there is none.
        """
        if name in self.entry_points:
            return self.entry_points[name]
        suffix = Path(name).suffix
        script = name
        if name == MAIN and not self.entry_points and (self.folder / "main.py").is_file():
            suffix, script = ".py", "main.py"
        if suffix in _SCRIPTS and self._has(script):
            shell = os.environ.get("SHELL") or "bash"
            quoted = shlex.quote(script).replace("{", "{{").replace("}", "}}")
            return EntryPoint(name, _SCRIPTS[suffix].format(quoted, shell=shlex.quote(shell)))
        known = [*self.entry_points, *sorted(one.name for one in self.folder.glob("*") if one.suffix in _SCRIPTS)]
        raise NotFound(
            f"the project in {self.folder} has no entry point {name!r}{did_you_mean(name, known)}; "
            f"it has: {', '.join(known) or 'none, and no script'}"
        )

    def _has(self, script: str) -> bool:
        file = (self.folder / script).resolve()
        return file.is_relative_to(self.folder.resolve()) and file.is_file()


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text)) or text.strip().lower().lstrip("+-") == "nan"
    except ValueError:
        return False


def _is_uri(text: str) -> bool:
    scheme, colon, rest = text.partition(":")
    return bool(colon and rest) and scheme[:1].isalpha() and all(sign.isalnum() or sign in "+-." for sign in scheme)
