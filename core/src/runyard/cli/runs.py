"""`runyard runs`: find, rename, tag, delete and restore runs; the larger commands have files of their own."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runyard.cli import complete, output, search, text
from runyard.cli.columns import Column, default_columns, parse_columns
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group, LazyCommand
from runyard.cli.lookup import experiment_ids, find_run
from runyard.cli.pairs import parse_pairs
from runyard.entities import Run, RunUpdate, ViewType
from runyard.validation import check_tags

columns_option = click.option(
    "--columns", metavar="A,B,…", help="Such as run_id,status,metrics.loss,params.lr,tags.team."
)
experiment_option = click.option(
    "--experiment",
    "-e",
    "names",
    multiple=True,
    metavar="EXPERIMENT",
    shell_complete=complete.experiment,
    help="Of this experiment only, by name or id; can be given several times.",
)
runs_argument = click.argument("given", metavar="RUN...", nargs=-1, required=True, shell_complete=complete.run)


@click.group(cls=Group)
def runs() -> None:
    """Search, show, compare, export, delete runs.

    RUN is a run's id, the start of one, or a run's name.
    """


@runs.command("list")
@experiment_option
@columns_option
@search.options
@pass_context
def list_(context: Context, names: Sequence[str], columns: str | None, options: search.Options, as_json: bool) -> None:
    """List runs, the latest first."""
    _list(context, names, columns, options, as_json=as_json)


@runs.command("search")
@click.argument("condition", metavar="[FILTER]", default="")
@experiment_option
@columns_option
@search.options
@pass_context
def search_(
    context: Context,
    condition: str,
    names: Sequence[str],
    columns: str | None,
    options: search.Options,
    as_json: bool,
) -> None:
    """Search runs, such as: runyard runs search "metrics.loss.min < 0.1 AND params.lr IN ('0.1', '0.01')"."""
    _list(context, names, columns, options.narrowed(condition), as_json=as_json)


@runs.command()
@click.argument("run", shell_complete=complete.run)
@click.argument("new_name")
@pass_context
def rename(context: Context, run: str, new_name: str) -> None:
    """Give a run another name."""
    found = find_run(context, run)
    context.store.update_run(RunUpdate(run_id=found.info.run_id, run_name=new_name))
    output.echo(f"renamed run {found.info.run_id} {text.printable(found.info.run_name)} to {text.printable(new_name)}")


@runs.command()
@runs_argument
@output.yes_option
@pass_context
def delete(context: Context, given: Sequence[str], yes: bool) -> None:
    """Delete runs; until runyard gc they can be restored."""
    found = [find_run(context, one) for one in given]
    output.confirm(f"Delete {', '.join(_described(run) for run in found)}?", yes=yes)
    for run in found:
        context.client.delete_run(run.info.run_id)
        output.echo(f"deleted run {_described(run)}")


@runs.command()
@runs_argument
@pass_context
def restore(context: Context, given: Sequence[str]) -> None:
    """Take deleted runs back."""
    for run in [find_run(context, one) for one in given]:
        context.client.restore_run(run.info.run_id)
        output.echo(f"restored run {_described(run)}")


@runs.command()
@click.argument("run", shell_complete=complete.run)
@click.argument("tags", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--delete", "gone", metavar="KEY", multiple=True, help="Delete a tag; can be given several times.")
@pass_context
def tag(context: Context, run: str, tags: Sequence[str], gone: Sequence[str]) -> None:
    """Set or delete tags of a run."""
    pairs = check_tags(parse_pairs(tags))
    if not pairs and not gone:
        raise click.UsageError("give KEY=VALUE, or --delete KEY")
    found = find_run(context, run)
    if pairs:
        context.store.log_batch(found.info.run_id, tags=pairs)
    for key in gone:
        context.store.delete_tag(found.info.run_id, key)
    output.echo(f"tagged run {_described(found)}")


runs.add_command(
    LazyCommand(
        "show", "Show what a run logged: params, metrics with their curves, tags, artifacts.", lambda: _load("show")
    )
)
runs.add_command(LazyCommand("compare", "Compare runs: a table of what differs.", lambda: _load("compare")))
runs.add_command(LazyCommand("diff", "What differs between two runs, code and environment too.", lambda: _load("diff")))
runs.add_command(
    LazyCommand("export", "Write runs, or whole curves, as CSV, JSON or Parquet.", lambda: _load("export"))
)


def _load(name: str) -> click.Command:
    from importlib import import_module

    command: click.Command = getattr(import_module(f"runyard.cli.runs_{name}"), name)
    return command


def _list(
    context: Context, names: Sequence[str], columns: str | None, options: search.Options, *, as_json: bool
) -> None:
    chosen = parse_columns(columns) if columns else None
    ids = experiment_ids(context, names)
    wanted = None if chosen is None else [column.identifier for column in chosen if column.identifier is not None]
    found, more = search.runs(context, ids, options, columns=wanted)
    shown = chosen or default_columns(
        found,
        several_experiments=len({run.info.experiment_id for run in found}) > 1,
        with_state=options.view is not ViewType.ACTIVE_ONLY,
    )
    if as_json:
        output.show_json([_as_json(run, chosen) for run in found])
        return
    output.show_table(
        [column.title for column in shown],
        [[column.cell(run) for column in shown] for run in found],
        empty="no run matches",
    )
    search.note_more(len(found), more=more)


def _as_json(run: Run, chosen: Sequence[Column] | None) -> dict[str, object]:
    if chosen is not None:
        return {column.name: column.value(run) for column in chosen}
    return {
        **output.plain(run.info),
        "metrics": run.data.metrics,
        "params": run.data.params,
        "tags": run.data.tags,
    }


def _described(run: Run) -> str:
    return f"{run.info.run_id} ({text.printable(run.info.run_name)})"
