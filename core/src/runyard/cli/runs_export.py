"""`runyard runs export`: runs, or whole curves, as CSV, JSON or Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from runyard.cli import output, search
from runyard.cli.context import Context, pass_context
from runyard.cli.lookup import experiment_ids
from runyard.cli.progress import Progress
from runyard.cli.runs import experiment_option
from runyard.cli.tabular import FORMATS, write_table
from runyard.entities import Run
from runyard.errors import InvalidInput

FIELDS = ("run_id", "experiment_id", "run_name", "user_id", "status", "start_time", "end_time", "artifact_uri")
HISTORY_FIELDS = ("run_id", "key", "step", "timestamp", "value")


@click.command()
@experiment_option
@click.option("--filter", "condition", default="", metavar="FILTER", help="Which runs, in the query language.")
@click.option("--order-by", multiple=True, metavar="FIELD [DESC]", help="The order; can be given several times.")
@click.option("--limit", default=0, type=click.IntRange(min=0), help="How many; all by default.")
@click.option("--view", default="active", type=click.Choice(list(search.VIEWS)), help="Deleted ones, or all.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="By default from the file's name, else csv.")
@click.option("--output", "-o", "file", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.")
@click.option("--history", is_flag=True, help="Every point of every metric, one a row.")
@pass_context
def export(
    context: Context,
    names: Sequence[str],
    condition: str,
    order_by: Sequence[str],
    limit: int,
    view: str,
    form: str | None,
    file: Path | None,
    history: bool,
) -> None:
    """Write runs, or whole curves, as CSV, JSON or Parquet.

    One row a run, with columns such as metrics.loss, params.lr and tags.team; an existing file is replaced.
    """
    chosen = form or _format_of(file)
    options = search.Options(condition, order_by, limit, search.VIEWS[view])
    with Progress("reading", unit="runs") as progress:
        found, _ = search.runs(context, experiment_ids(context, names), options)
        rows = _points(context, found, progress) if history else _rows(found)
        count = write_table(rows, HISTORY_FIELDS if history else _columns(found), chosen, file)
    if file is not None:
        output.note(f"wrote {count} {'points' if history else 'runs'} to {file}")


def _format_of(file: Path | None) -> str:
    if file is None:
        return "csv"
    suffix = file.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise InvalidInput(f"the name {file.name!r} does not tell the format; add --format {'|'.join(FORMATS)}")
    return suffix


def _columns(runs: Sequence[Run]) -> list[str]:
    metrics = sorted({key for run in runs for key in run.data.metrics})
    params = sorted({key for run in runs for key in run.data.params})
    tags = sorted({key for run in runs for key in run.data.tags})
    logged = [*(f"metrics.{key}" for key in metrics), *(f"params.{key}" for key in params)]
    return [*FIELDS, *logged, *(f"tags.{key}" for key in tags)]


def _rows(runs: Sequence[Run]) -> Iterator[dict[str, Any]]:
    for run in runs:
        row: dict[str, Any] = {field: output.plain(getattr(run.info, field)) for field in FIELDS}
        row |= {f"metrics.{key}": value for key, value in run.data.metrics.items()}
        row |= {f"params.{key}": value for key, value in run.data.params.items()}
        row |= {f"tags.{key}": value for key, value in run.data.tags.items()}
        yield row


def _points(context: Context, runs: Sequence[Run], progress: Progress) -> Iterator[dict[str, Any]]:
    for run in runs:
        for metric in sorted(run.data.latest_metrics):
            columns = context.client.get_metric_columns(run.info.run_id, metric.key)
            for step, timestamp, value in columns:
                yield {
                    "run_id": run.info.run_id,
                    "key": metric.key,
                    "step": step,
                    "timestamp": timestamp,
                    "value": value,
                }
        progress.advance()
