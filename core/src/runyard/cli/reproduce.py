"""`runyard reproduce`: run a run again and compare."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runyard.cli import complete, output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.durations import seconds
from runyard.cli.lookup import find_run
from runyard.cli.pairs import parse_pairs
from runyard.cli.run_output import echo_to, report

if TYPE_CHECKING:
    from runyard.projects.reproducing import Drift

DRIFTED = 3


def _tolerances(_ctx: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> dict[str, float]:
    found = {}
    for name, value in parse_pairs(given).items():
        try:
            found[name] = float(value)
        except ValueError:
            raise click.BadParameter(f"{value!r} is no number") from None
        if not 0 <= found[name] < math.inf:
            raise click.BadParameter(f"{value!r} is less than 0, or has no end")
    return found


@click.command()
@click.argument("which", metavar="RUN", shell_complete=complete.run)
@click.option("--rtol", type=click.FloatRange(min=0), default=0.0, help="How far metrics may be, as a part of them.")
@click.option("--atol", type=click.FloatRange(min=0), default=0.0, help="How far metrics may be, beside that.")
@click.option("--tolerance", "of", metavar="METRIC=PART", multiple=True, callback=_tolerances, help="Of one metric.")
@click.option("--env-manager", "--env", metavar="NAME", help="virtualenv, uv, conda, or local for what is here.")
@click.option("--timeout", metavar="TIME", callback=seconds, help="The longest it may take, such as 90m.")
@output.json_option
@pass_context
def reproduce(
    context: Context,
    /,
    which: str,
    rtol: float,
    atol: float,
    of: dict[str, float],
    env_manager: str | None,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Run a run again, and say how far its metrics are from what they were.

    The recorded commit is checked out, the recorded changes are put on it, the recorded packages are installed, and the
    same entry point or command is run with the same parameters. The exit code is 0 where all metrics are within the
    tolerance, 3 where one is not, and 1 where it did not run.

    Such as: runyard reproduce 6a4a1ea5 --rtol 1e-6 --tolerance accuracy=0.01
    """
    from runyard.projects import reproducing

    run = find_run(context, which)
    with tempfile.TemporaryDirectory(prefix="runyard-") as scratch:
        done = reproducing.reproduce(
            run.info.run_id,
            context.client,
            Path(scratch),
            tolerance=reproducing.Tolerance(relative=rtol, absolute=atol, of=of),
            env_manager=env_manager,
            limit=timeout,
            report=report,
            echo=echo_to(as_json=True),
        )
    if as_json:
        output.show_json({"reproduced": done.is_reproduced, **output.plain(done)})
    else:
        titles = ["metric", "before", "now", "difference", ""]
        output.show_table(titles, [_row(one) for one in done.metrics], empty="the run has no metrics")
    for note in done.notes:
        output.note(text.printable(note))
    verdict = "is reproduced" if done.is_reproduced else "is not reproduced"
    output.note(f"run {done.original} {verdict} by {done.run_id}")
    if not done.is_reproduced:
        sys.exit(DRIFTED)


def _row(one: Drift) -> list[object]:
    verdict = output.Styled("within", "green") if one.is_within else output.Styled("drifted", "red")
    return [one.name, one.before, one.now, one.difference, verdict]
