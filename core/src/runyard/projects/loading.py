"""The project in a folder, whatever files say what it is."""

from __future__ import annotations

from pathlib import Path

from runyard.errors import InvalidInput
from runyard.projects import mlproject, pyproject
from runyard.projects.project import Project


def load_project(folder: Path) -> Project:
    """What MLproject says, else pyproject.toml, else that its scripts can be run.

    Raises:
        InvalidInput: there is no such folder, or a file of it cannot be read.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{str(folder)!r} is no folder")
    file = mlproject.find(folder)
    if file is not None:
        return mlproject.load(file)
    if (folder / pyproject.FILE).is_file():
        return pyproject.load(folder / pyproject.FILE)
    return Project(folder=folder, environment=mlproject.default_environment(folder))
