"""`runyard run --parallel` and `--resume`: many runs below one parent, and going on with what was begun."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from runyard.cli import output, text
from runyard.cli.context import Context
from runyard.cli.lookup import find_run
from runyard.cli.progress import Progress as Bar
from runyard.cli.run_output import echo_to, report, tell_end, terminating
from runyard.entities import RunStatus
from runyard.errors import InvalidInput, InvalidState

if TYPE_CHECKING:
    from runyard.projects.grid_runs import Done, Grid
    from runyard.projects.request import RunRequest


def begin_grid(
    context: Context, request: RunRequest, parameters: Sequence[str], parallel: int, *, as_json: bool
) -> None:
    """Make a run for each combination of values."""
    from runyard.projects.grid import begin

    varied = _varied(parameters)
    _run(lambda told: begin(request, varied, context.client, parallel, report, told), as_json=as_json)


def resume_run(context: Context, which: str, parallel: int | None, *, as_json: bool) -> None:
    """Go on with a grid, or follow a run whose launcher is gone."""
    from runyard.projects.grid import is_grid, resume

    run = find_run(context, which)
    run_id = run.info.run_id
    if is_grid(context.client, run_id):
        _run(lambda told: resume(run_id, context.client, parallel or 1, report, told), as_json=as_json)
        return
    if parallel is not None:
        raise InvalidInput(f"run {run_id} is no grid of runs, so that --parallel says nothing")
    _follow(context, run_id, run.info.status, as_json=as_json)


def _follow(context: Context, run_id: str, status: RunStatus, *, as_json: bool) -> None:
    from runyard.projects.left import take_over

    submitted = take_over(context.client, run_id, echo_to(as_json=as_json))
    if submitted is None:
        raise InvalidState(f"run {run_id} is {status} and nothing of it was left on this machine; run the project anew")
    with terminating() as running:
        running.append(submitted.interrupt)
        submitted.wait()
    tell_end(submitted, as_json=as_json)


def _run(make: Callable[[Callable[[Done], None]], Grid], *, as_json: bool) -> None:
    bars: list[Bar] = []

    def told(done: Done) -> None:
        if done.status is not RunStatus.FINISHED:
            output.note(f"{_named(done)} is {done.status}: {text.printable(done.reason)}")
        bars[0].advance()

    with terminating() as running:
        grid = make(told)
        running.append(grid.interrupt)
        output.note(f"{len(grid.combinations)} runs below {grid.run_id}, {grid.parallel} at a time")
        with Bar("runs", len(grid.combinations), unit="done") as bar:
            bars.append(bar)
            status = grid.run()
    _tell(grid, status, as_json=as_json)
    if status is not RunStatus.FINISHED:
        sys.exit(1)


def _tell(grid: Grid, status: RunStatus, *, as_json: bool) -> None:
    done = [grid.results[number] for number in sorted(grid.results)]
    if as_json:
        output.show_json({"run_id": grid.run_id, "status": status, "runs": done})
        return
    counts = {one: sum(each.status is one for each in done) for one in RunStatus}
    said = ", ".join(f"{count} {one}" for one, count in counts.items() if count)
    missing = len(grid.combinations) - len(done)
    output.note(f"run {grid.run_id} is {status}: {said or 'none'}{f', {missing} not begun' if missing else ''}")
    if status is not RunStatus.FINISHED:
        output.note(f"go on with runyard run --resume {grid.run_id} --parallel {grid.parallel}")


def _named(done: Done) -> str:
    values = ", ".join(f"{name}={value}" for name, value in done.parameters.items())
    return text.printable(f"run {done.run_id or done.number} ({values})")


def _varied(parameters: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The values of each parameter; one that is given several times has all of them."""
    from runyard.projects.grid import values_of

    varied: dict[str, tuple[str, ...]] = {}
    for given in parameters:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{given!r} does not read NAME=VALUE,VALUE")
        varied[name] = (*varied.get(name, ()), *values_of(value))
    return varied
