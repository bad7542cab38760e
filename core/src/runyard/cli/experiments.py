"""`runyard experiments`: list, create, rename, tag, delete and restore experiments; names with `/` are folders."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runyard.cli import complete, output, search, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group
from runyard.cli.lookup import find_experiment
from runyard.cli.pairs import parse_pairs
from runyard.cli.tree import folder_lines
from runyard.entities import Experiment, LifecycleStage, ViewType

DESCRIPTION = "mlflow.note.content"

experiment_argument = click.argument("experiment", shell_complete=complete.experiment)


@click.group(cls=Group)
def experiments() -> None:
    """List, create, rename, delete, restore experiments."""


@experiments.command("list")
@click.argument("folder", default="", shell_complete=complete.experiment)
@click.option("--tree", is_flag=True, help="Show folders as a tree.")
@search.options
@pass_context
def list_(context: Context, folder: str, tree: bool, options: search.Options, as_json: bool) -> None:
    """List experiments, the newest first; with FOLDER those whose names begin with FOLDER/."""
    _list(context, options, folder=folder, tree=tree, as_json=as_json)


@experiments.command("search")
@click.argument("condition", metavar="[FILTER]", default="")
@search.options
@pass_context
def search_(context: Context, condition: str, options: search.Options, as_json: bool) -> None:
    """Search experiments, such as: runyard experiments search "name ILIKE '%digits%' AND tags.team = 'vision'"."""
    _list(context, options.narrowed(condition), as_json=as_json)


@experiments.command()
@experiment_argument
@output.json_option
@pass_context
def show(context: Context, experiment: str, as_json: bool) -> None:
    """Show an experiment, by name or id."""
    found = find_experiment(context, experiment)
    if as_json:
        output.show_json(found)
        return
    output.show_pairs(
        [
            ("name", found.name),
            ("id", found.experiment_id),
            ("state", _state(found)),
            ("created", text.moment(found.creation_time)),
            ("changed", text.moment(found.last_update_time)),
            ("artifacts", found.artifact_location),
            ("description", found.tags.get(DESCRIPTION)),
        ]
    )
    tags = {key: value for key, value in sorted(found.tags.items()) if key != DESCRIPTION}
    if tags:
        output.heading("Tags")
        output.show_pairs(list(tags.items()))


@experiments.command()
@click.argument("name")
@click.option("--artifact-location", metavar="URI", help="Where its runs keep artifacts.")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="A tag; can be given several times.")
@output.json_option
@pass_context
def create(context: Context, name: str, artifact_location: str | None, tags: Sequence[str], as_json: bool) -> None:
    """Create an experiment; a / in its name makes folders."""
    made = context.client.create_experiment(name, artifact_location=artifact_location, tags=parse_pairs(tags))
    if as_json:
        output.show_json(context.client.get_experiment(made))
    else:
        output.echo(f"created experiment {made} {text.printable(name)}")


@experiments.command()
@experiment_argument
@click.argument("new_name")
@pass_context
def rename(context: Context, experiment: str, new_name: str) -> None:
    """Give an experiment another name."""
    found = find_experiment(context, experiment)
    context.client.rename_experiment(found.experiment_id, new_name)
    output.echo(f"renamed experiment {found.experiment_id} {text.printable(found.name)} to {text.printable(new_name)}")


@experiments.command()
@click.argument("names", metavar="EXPERIMENT...", nargs=-1, required=True, shell_complete=complete.experiment)
@output.yes_option
@pass_context
def delete(context: Context, names: Sequence[str], yes: bool) -> None:
    """Delete experiments and their runs; until runyard gc they can be restored."""
    found = [find_experiment(context, name) for name in names]
    listed = ", ".join(text.printable(experiment.name) for experiment in found)
    output.confirm(f"Delete {listed} with all runs?", yes=yes)
    for experiment in found:
        context.client.delete_experiment(experiment.experiment_id)
        output.echo(f"deleted experiment {experiment.experiment_id} {text.printable(experiment.name)}")


@experiments.command()
@click.argument("names", metavar="EXPERIMENT...", nargs=-1, required=True)
@pass_context
def restore(context: Context, names: Sequence[str]) -> None:
    """Take deleted experiments back, with all their runs."""
    for experiment in [find_experiment(context, name) for name in names]:
        context.client.restore_experiment(experiment.experiment_id)
        output.echo(f"restored experiment {experiment.experiment_id} {text.printable(experiment.name)}")


@experiments.command()
@experiment_argument
@click.argument("tags", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--delete", "gone", metavar="KEY", multiple=True, help="Delete a tag; can be given several times.")
@pass_context
def tag(context: Context, experiment: str, tags: Sequence[str], gone: Sequence[str]) -> None:
    """Set or delete tags of an experiment."""
    pairs = parse_pairs(tags)
    if not pairs and not gone:
        raise click.UsageError("give KEY=VALUE, or --delete KEY")
    found = find_experiment(context, experiment)
    for key, value in pairs.items():
        context.client.set_experiment_tag(found.experiment_id, key, value)
    for key in gone:
        context.client.delete_experiment_tag(found.experiment_id, key)
    output.echo(f"tagged experiment {found.experiment_id} {text.printable(found.name)}")


def _list(context: Context, options: search.Options, *, as_json: bool, folder: str = "", tree: bool = False) -> None:
    found, more = search.experiments(context, options, folder=folder.rstrip("/"), unlimited=tree)
    if as_json:
        output.show_json(found)
        return
    if tree:
        prefix = f"{folder.rstrip('/')}/" if folder else ""
        for line in folder_lines({experiment.name.removeprefix(prefix): experiment for experiment in found}):
            output.echo(line)
        return
    deleted = [["state"]] if options.view is not ViewType.ACTIVE_ONLY else []
    output.show_table(
        ["id", "name", "created", "changed", *(title for column in deleted for title in column)],
        [
            [
                experiment.experiment_id,
                experiment.name,
                text.ago(experiment.creation_time),
                text.ago(experiment.last_update_time),
                *([_state(experiment)] if deleted else []),
            ]
            for experiment in found
        ],
        empty="no experiment matches; runyard experiments create NAME makes one",
    )
    search.note_more(len(found), more=more)


def _state(experiment: Experiment) -> str:
    return "deleted" if experiment.lifecycle_stage is LifecycleStage.DELETED else "active"
