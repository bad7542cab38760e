"""The file MLproject, as MLflow has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runyard.errors import NotSupported
from runyard.projects.located_yaml import Located, read
from runyard.projects.project import EntryPoint, EnvironmentKind, Parameter, Project, ProjectEnvironment
from runyard.protocols.project import DockerImage

FILE = "MLproject"
_ENVIRONMENTS = (EnvironmentKind.DOCKER, EnvironmentKind.CONDA, EnvironmentKind.PYTHON)


def find(folder: Path) -> Path | None:
    """The project's file, whose name may be written in any case."""
    found = [path for path in sorted(folder.iterdir()) if path.name.lower() == FILE.lower() and path.is_file()]
    return found[0] if found else None


def load(file: Path) -> Project:
    """What it says.

    Raises:
        InvalidInput: it cannot be read; the line is named.
        NotSupported: it is a job for Databricks alone.
    """
    content = read(file)
    spark_job = content.get("databricks_spark_job")
    if spark_job is not None:
        raise NotSupported(str(spark_job.wrong("runs on Databricks only, for which no project backend is installed")))
    name = content.get("name")
    points = content.get("entry_points")
    return Project(
        folder=file.parent,
        name=name.text() if name else None,
        entry_points={key: _entry_point(key, value) for key, value in points.items().items()} if points else {},
        environment=_environment(content, file.parent),
    )


def _entry_point(name: str, said: Located) -> EntryPoint:
    command, parameters = said.get("command"), said.get("parameters")
    if command is None:
        raise said.wrong("has no command, such as: command: python train.py --alpha {alpha}")
    found = {key: _parameter(key, value) for key, value in parameters.items().items()} if parameters else {}
    return EntryPoint(name, command.text(), found)


def _parameter(name: str, said: Located) -> Parameter:
    if not isinstance(said.value, dict):
        return Parameter(name) if said.value is None else Parameter(name, said.text())
    kind, default = said.get("type"), said.get("default")
    text = None if default is None else str(default.value) if isinstance(default.value, bool) else default.text()
    return Parameter(name, kind.text() if kind else "string", text)


def _environment(content: Located, folder: Path) -> ProjectEnvironment:
    said = {kind: found for kind in _ENVIRONMENTS if (found := content.get(kind)) is not None}
    if len(said) > 1:
        second = list(said.values())[1]
        raise second.wrong(f"is said beside {next(iter(said))}; a project has one environment")
    for kind, found in said.items():
        if kind is EnvironmentKind.DOCKER:
            return ProjectEnvironment(kind, image=_image(found))
        return ProjectEnvironment(kind, _file(found, folder))
    return default_environment(folder)


def default_environment(folder: Path) -> ProjectEnvironment:
    """What a project runs in that does not say it: what the usual files describe."""
    files: Mapping[str, EnvironmentKind] = {
        "python_env.yaml": EnvironmentKind.PYTHON,
        "conda.yaml": EnvironmentKind.CONDA,
        "pyproject.toml": EnvironmentKind.PYPROJECT,
        "requirements.txt": EnvironmentKind.PYTHON,
    }
    for name, kind in files.items():
        if (folder / name).is_file():
            return ProjectEnvironment(kind, folder / name)
    return ProjectEnvironment()


def _file(said: Located, folder: Path) -> Path:
    file = folder / said.text()
    if not file.resolve().is_relative_to(folder.resolve()):
        raise said.wrong(f"is {said.text()!r}, which is outside of the project")
    if not file.is_file():
        raise said.wrong(f"is {said.text()!r}, and there is no such file in {folder}")
    return file


def _image(said: Located) -> DockerImage:
    image = said.get("image")
    if image is None:
        raise said.wrong("has no image, such as: image: python:3.11")
    volumes, environment = said.get("volumes"), said.get("environment")
    return DockerImage(
        image=image.text(),
        volumes=tuple(_volume(one, volumes) for one in volumes.list()) if volumes else (),
        environment=tuple(_variable(one, environment) for one in environment.list()) if environment else (),
    )


def _volume(value: object, said: Located) -> str:
    if not isinstance(value, str):
        raise said.wrong('must be a list of texts, such as ["/data:/data"]')
    return value


def _variable(value: object, said: Located) -> str | tuple[str, str]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and len(value) == 2 and all(isinstance(part, str | int | float) for part in value):
        return str(value[0]), str(value[1])
    raise said.wrong('must be a list of names to copy and of pairs, such as ["HOME", ["MODE", "fast"]]')
