"""What somebody wants to be run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import InvalidInput
from runyard.projects.project import MAIN, Project
from runyard.projects.sources import Source


@attrs.frozen(kw_only=True)
class RunRequest:
    """A run of a project as it is asked for.

    `run_id` is a run that is there already; without it a new one is created. `source` is where the project has been
    fetched already, and `project` what it says of itself, where that is not to be read there. `grid` is its number
    within a grid. `limit` is the number of seconds that it may take.
    """

    uri: str
    entry_point: str = MAIN
    version: str | None = None
    parameters: Mapping[str, str] = attrs.field(factory=dict)
    backend: str = "local"
    config: Mapping[str, Any] = attrs.field(factory=dict)
    env_manager: str | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    run_id: str | None = None
    run_name: str | None = None
    parent_run_id: str | None = None
    tags: Mapping[str, str] = attrs.field(factory=dict)
    storage_dir: Path | None = None
    source: Source | None = None
    project: Project | None = None
    grid: int | None = None
    limit: float | None = None


def read_config(given: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """What a backend is told: a mapping, JSON, or the name of a file that ends in `.json`.

    Raises:
        InvalidInput: it is no mapping, or cannot be read.
    """
    if given is None or isinstance(given, Mapping):
        return dict(given or {})
    try:
        text = Path(given).read_text(encoding="utf-8") if given.endswith(".json") else given
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the configuration of the backend, {given!r}, cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"the configuration of the backend is a mapping, not {found!r}")
    return found
