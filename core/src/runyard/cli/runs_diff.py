"""`runyard runs diff`: what differs between two runs, from their code to their metrics."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import attrs
import click

from runyard.cli import complete, output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lookup import find_run
from runyard.cli.runs_compare import same
from runyard.entities import Run
from runyard.errors import InvalidInput
from runyard.tracking.captured import Captured, captured

_GIT = "mlflow.source.git."
_PLACE = ("mlflow.user", "mlflow.source.name", "mlflow.project.", "runyard.host", "runyard.command")


@attrs.frozen
class Difference:
    """One thing that differs; None where a run has none."""

    key: str
    before: Any
    after: Any
    delta: float | None = None


@click.command("diff")
@click.argument("before", metavar="RUN", shell_complete=complete.run)
@click.argument("after", metavar="RUN", shell_complete=complete.run)
@output.json_option
@pass_context
def diff(context: Context, before: str, after: str, as_json: bool) -> None:
    """What differs between two runs: code, environment, data, params, metrics, tags.

    Such as: runyard runs diff brave-badger-312 6a4a1ea5
    """
    first, second = find_run(context, before), find_run(context, after)
    if first.info.run_id == second.info.run_id:
        raise InvalidInput("give two different runs")
    kept = [captured(partial(context.client.artifact_store, run.info.run_id)) for run in (first, second)]
    sections = {name: list(rows) for name, rows in _sections(first, second, kept)}
    notes = [note for one in kept for note in one.notes]
    if as_json:
        runs = [first.info.run_id, second.info.run_id]
        output.show_json({"runs": runs, **sections, "patch": _patches(*kept), "notes": notes})
        return
    _show(sections, _patches(*kept), notes)


def _sections(first: Run, second: Run, kept: Sequence[Captured]) -> Iterator[tuple[str, Iterator[Difference]]]:
    tags = [run.data.tags for run in (first, second)]
    git = [{key.removeprefix(_GIT): value for key, value in one.items() if key.startswith(_GIT)} for one in tags]
    place = [{key: value for key, value in one.items() if key.startswith(_PLACE)} for one in tags]
    others = [{key: value for key, value in one.items() if not key.startswith(("mlflow.", "runyard."))} for one in tags]
    yield "code", _differences(*git)
    yield "environment", _differences(*(one.packages for one in kept))
    yield "where", _differences(*place)
    yield "data", _differences(_data(first), _data(second))
    yield "params", _differences(first.data.params, second.data.params)
    yield "metrics", _differences(first.data.metrics, second.data.metrics)
    yield "tags", _differences(*others)


def _data(run: Run) -> dict[str, str]:
    """The data sets of a run with their digests; one that was used twice counts once."""
    return {one.dataset.name: one.dataset.digest for one in run.inputs.dataset_inputs}


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[Difference]:
    for key in sorted({*first, *second}):
        before, after = first.get(key), second.get(key)
        if not same(before, after):
            delta = after - before if isinstance(before, float) and isinstance(after, float) else None
            yield Difference(key, before, after, delta)


def _patches(first: Captured, second: Captured) -> dict[str, list[str]]:
    """How uncommitted changes differ, file by file, as a unified diff of both patches."""
    found = {}
    for path in sorted({*first.patch, *second.patch}):
        before, after = first.patch.get(path, ""), second.patch.get(path, "")
        if before != after:
            found[path] = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2))[2:]
    return found


def _show(
    sections: Mapping[str, Sequence[Difference]], patches: Mapping[str, Sequence[str]], notes: Sequence[str]
) -> None:
    for name, rows in sections.items():
        if not rows:
            continue
        output.heading(name)
        titles, cells = ["", "before", "after"], [[row.key, row.before, row.after] for row in rows]
        if name == "metrics":
            titles.append("difference")
            cells = [[*row, one.delta] for row, one in zip(cells, rows, strict=True)]
        output.show_table(titles, cells, right=[False, *(name in {"params", "metrics"} for _ in titles[1:])])
    for path, lines in patches.items():
        output.heading(f"uncommitted changes of {text.printable(path)}")
        for line in lines:
            colour = {"+": "green", "-": "red"}.get(line[:1])
            output.echo(output.paint(text.printable(line), colour))
    for note in notes:
        output.note(text.printable(note))
    if not any(sections.values()) and not patches:
        output.note("the runs do not differ")
