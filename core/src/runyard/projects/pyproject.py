"""Projects that have no MLproject, but a pyproject.toml: their scripts are entry points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runyard.errors import InvalidInput
from runyard.projects.mlproject import default_environment
from runyard.projects.project import MAIN, EntryPoint, Project

FILE = "pyproject.toml"


def read(file: Path) -> dict[str, Any]:
    """What it says.

    Raises:
        InvalidInput: it cannot be read; the line is named.
    """
    import tomllib

    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(f"cannot read {str(file)!r}: {error}") from error


def load(file: Path) -> Project:
    """A project of that kind; where it has one script, that is `main`."""
    said = read(file).get("project", {})
    scripts = said.get("scripts", {}) if isinstance(said, dict) else {}
    points = {name: EntryPoint(name, name) for name in scripts} if isinstance(scripts, dict) else {}
    if len(points) == 1 and not (file.parent / "main.py").is_file():
        points[MAIN] = EntryPoint(MAIN, next(iter(points)))
    name = said.get("name") if isinstance(said, dict) else None
    return Project(
        folder=file.parent,
        name=str(name) if name else None,
        entry_points=points,
        environment=default_environment(file.parent),
    )
