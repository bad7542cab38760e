"""What a new run is of, where that is not the process that starts it, as when a project is launched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class RunSource:
    """The code of a run.

    `kind` is MLflow's word for it, such as `PROJECT`. What is noted of a repository is that of `folder`, and of
    packages those of `python`; None where no Python of this machine runs it.
    """

    name: str
    kind: str
    folder: Path
    python: Path | None = None


def repository_root(folder: Path) -> Path | None:
    """Where the working tree begins that a folder lies in; None where it lies in none."""
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)


_source: ContextVar[RunSource | None] = ContextVar("runyard_run_source", default=None)
run_source = _source.get


@contextmanager
def running(source: RunSource) -> Iterator[None]:
    """Runs that are started meanwhile are of that code."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)
