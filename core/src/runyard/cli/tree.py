"""Experiments as a tree: a `/` in a name makes a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from runyard.cli import output, text
from runyard.entities import Experiment


@attrs.define
class _Folder:
    folders: dict[str, _Folder] = attrs.field(factory=dict)
    experiments: dict[str, Experiment] = attrs.field(factory=dict)


def folder_lines(experiments: Mapping[str, Experiment]) -> list[str]:
    """The lines of a tree of experiments by relative name, sorted by name."""
    root = _Folder()
    for name, experiment in experiments.items():
        *folders, last = name.split("/")
        folder = root
        for part in folders:
            folder = folder.folders.setdefault(part, _Folder())
        folder.experiments[last] = experiment
    return list(_lines(root, ""))


def _lines(folder: _Folder, indent: str) -> Iterator[str]:
    for name in sorted({*folder.folders, *folder.experiments}):
        experiment = folder.experiments.get(name)
        if experiment is not None:
            yield f"{indent}{text.printable(name)}  (id {experiment.experiment_id})"
        if name in folder.folders:
            yield f"{indent}{output.bold(text.printable(name) + '/')}"
            yield from _lines(folder.folders[name], indent + "  ")
