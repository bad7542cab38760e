"""`runyard runs compare`: a table of what differs between runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import click

from runyard.cli import complete, output
from runyard.cli.columns import SHORT_ID
from runyard.cli.context import Context, pass_context
from runyard.cli.lookup import find_run
from runyard.entities import Run
from runyard.errors import InvalidInput
from runyard.query.best import lower_is_better

SYSTEM = "mlflow."


@attrs.frozen
class Row:
    """One thing that runs have, with its value in each; `best` is the run that has the best value of a metric."""

    what: str
    key: str
    values: tuple[Any, ...]
    best: int | None = None

    @property
    def differs(self) -> bool:
        return any(not same(value, self.values[0]) for value in self.values)


@click.command()
@click.argument("given", metavar="RUN RUN...", nargs=-1, required=True, shell_complete=complete.run)
@click.option("--all", "everything", is_flag=True, help="Also what is the same in all of them.")
@output.json_option
@pass_context
def compare(context: Context, given: Sequence[str], everything: bool, as_json: bool) -> None:
    """Compare runs: a table of what differs.

    The best value of a metric is bold: the lowest where the name speaks of a loss or an error, else the highest.
    """
    runs = [find_run(context, one) for one in given]
    ids = [run.info.run_id for run in runs]
    if len(set(ids)) < 2:
        raise InvalidInput("give at least two different runs to compare")
    rows = [row for row in compared(runs) if everything or row.differs]
    if as_json:
        output.show_json({"runs": ids, "rows": [_as_json(row, ids) for row in rows]})
        return
    output.show_table(
        ["", "", *(f"{run.info.run_name} {run.info.run_id[:SHORT_ID]}" for run in runs)],
        [[row.what, row.key, *_cells(row)] for row in rows],
        empty="the runs do not differ; --all shows what they have",
        right=[False, False, *(True for _ in runs)],
    )


def compared(runs: Sequence[Run]) -> list[Row]:
    """Every field, param, metric and tag that one of the runs has; tags of the system left out."""
    fields: dict[str, list[Any]] = {
        "experiment": [run.info.experiment_id for run in runs],
        "status": [run.info.status.value for run in runs],
        "user": [run.info.user_id for run in runs],
        "seconds": [_seconds(run) for run in runs],
    }
    rows = [Row("run", key, tuple(values)) for key, values in fields.items()]
    rows += _rows("param", [run.data.params for run in runs])
    rows += [attrs.evolve(row, best=_best(row)) for row in _rows("metric", [run.data.metrics for run in runs])]
    tags = [{key: value for key, value in run.data.tags.items() if not key.startswith(SYSTEM)} for run in runs]
    return rows + _rows("tag", tags)


def _rows(what: str, of_runs: Sequence[Mapping[str, Any]]) -> list[Row]:
    keys = sorted({key for values in of_runs for key in values})
    return [Row(what, key, tuple(values.get(key) for values in of_runs)) for key in keys]


def _best(row: Row) -> int | None:
    numbers = {index: value for index, value in enumerate(row.values) if value is not None and not math.isnan(value)}
    if len(numbers) < 2 or len(set(numbers.values())) < 2:
        return None
    choose = min if lower_is_better(row.key) else max
    return choose(numbers, key=lambda index: numbers[index])


def _cells(row: Row) -> list[object]:
    return [
        output.Styled(value, "green", bold=True) if index == row.best else value
        for index, value in enumerate(row.values)
    ]


def _as_json(row: Row, ids: Sequence[str]) -> dict[str, Any]:
    described = {"what": row.what, "key": row.key, "differs": row.differs, "values": list(row.values)}
    return {**described, "best": None if row.best is None else ids[row.best]}


def _seconds(run: Run) -> float | None:
    info = run.info
    return None if info.end_time is None else round((info.end_time - info.start_time) / 1000, 1)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal; what is no number is equal to itself here."""
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return both_nan or one == other
