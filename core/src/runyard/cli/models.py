"""`runyard models`: registered models, and what can be done with models anywhere, which has files of its own."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runyard.cli import models_view, output, search, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group, LazyCommand
from runyard.cli.model_arguments import (
    find_version,
    limit_option,
    name_argument,
    named,
    order_option,
    tags_option,
    tell,
    tell_deleted,
    version_option,
)
from runyard.cli.pairs import parse_pairs
from runyard.entities import ModelVersion, RegisteredModel

# name: the module that has it, and its line in the help
ELSEWHERE = {
    "alias": ("model_versions", "Point an alias to a version."),
    "copy": ("model_versions", "Give a version to another model, which is made where it is missing."),
    "delete-version": ("model_versions", "Delete a version for good; its number is not used again."),
    "dependencies": ("model_files", "Print what a model needs, for pip or conda."),
    "download": ("model_files", "Fetch a model's files and check them against their hashes."),
    "lineage": ("model_lineage", "Show what a version came from: data set, run, model, version."),
    "logged": ("logged_models", "Look after the models that runs have logged."),
    "predict": ("model_predict", "Ask a model for predictions for a file of any size."),
    "prepare-env": ("model_env", "Make the environment that a model asks for."),
    "register": ("model_versions", "Register what lies at a URI as the next version of a model."),
    "show": ("model_files", "Show a registered model, or what is in the model at any URI."),
    "show-version": ("model_versions", "Show a version of a registered model."),
    "stage": ("model_versions", "Move a version to a stage: None, Staging, Production or Archived."),
    "unalias": ("model_versions", "Take an alias away."),
    "verify": ("model_files", "Check a model's files against their hashes."),
    "versions": ("model_versions", "List versions, of one model or of all."),
}


@click.group(cls=Group)
def models() -> None:
    """Look after models: score files with them, look into them, register versions and move these on.

    VERSION is a number, `latest`, a stage such as Production, or an alias such as @champion. URI is any location, such
    as models:/NAME/3, models:/NAME@champion, runs:/ID/model, s3://bucket/model or ./folder.
    """


def _elsewhere(name: str) -> LazyCommand:
    module, summary = ELSEWHERE[name]

    def load() -> click.Command:
        from importlib import import_module

        command: click.Command = getattr(import_module(f"runyard.cli.{module}"), name.replace("-", "_"))
        return command

    return LazyCommand(name, summary, load)


for _name in ELSEWHERE:
    models.add_command(_elsewhere(_name))


@models.command("list")
@click.argument("condition", metavar="[FILTER]", default="")
@order_option
@limit_option
@output.json_option
@pass_context
def list_(context: Context, condition: str, order_by: Sequence[str], limit: int, as_json: bool) -> None:
    """List registered models, such as: runyard models list "name LIKE 'digits%' AND tags.team = 'vision'"."""
    found, more = search.limited(
        lambda size, token: context.client.search_registered_models(condition, size, list(order_by), token), limit
    )
    if as_json:
        output.show_json(found)
        return
    models_view.show_models(found)
    search.note_more(len(found), more=more)


@models.command()
@click.argument("name")
@click.option("--description", default="", metavar="TEXT")
@tags_option
@output.json_option
@pass_context
def create(context: Context, name: str, description: str, tags: Sequence[str], as_json: bool) -> None:
    """Create a registered model that has no versions yet."""
    model = context.client.create_registered_model(name, tags=parse_pairs(tags), description=description)
    tell(model, f"created model {text.printable(name)}", as_json=as_json)


@models.command()
@name_argument
@click.argument("new_name")
@output.json_option
@pass_context
def rename(context: Context, name: str, new_name: str, as_json: bool) -> None:
    """Rename a registered model; versions and history go with it."""
    model = context.client.rename_registered_model(name, new_name)
    tell(model, f"renamed model {text.printable(name)} to {text.printable(new_name)}", as_json=as_json)


@models.command()
@name_argument
@output.yes_option
@output.json_option
@pass_context
def delete(context: Context, name: str, yes: bool, as_json: bool) -> None:
    """Delete a registered model with all versions, for good; its history stays."""
    context.client.get_registered_model(name)
    output.confirm(f"Delete model {text.printable(name)} with all versions for good?", yes=yes)
    context.client.delete_registered_model(name)
    tell_deleted({"name": name}, f"deleted model {text.printable(name)}", as_json=as_json)


@models.command()
@name_argument
@click.argument("description", metavar="TEXT")
@version_option
@output.json_option
@pass_context
def describe(context: Context, name: str, description: str, which: str | None, as_json: bool) -> None:
    """Describe a registered model or a version; an empty TEXT takes the description away."""
    if which is None:
        model = context.client.update_registered_model(name, description)
        tell(model, f"described model {text.printable(name)}", as_json=as_json)
        return
    number = find_version(context, name, which).version
    version = context.client.update_model_version(name, number, description)
    tell(version, f"described version {number} of {text.printable(name)}", as_json=as_json)


@models.command()
@name_argument
@click.argument("tags", metavar="KEY=VALUE...", nargs=-1, required=True)
@version_option
@output.json_option
@pass_context
def tag(context: Context, name: str, tags: Sequence[str], which: str | None, as_json: bool) -> None:
    """Set tags of a registered model or a version."""
    pairs = parse_pairs(tags)
    version = None if which is None else find_version(context, name, which).version
    for key, value in pairs.items():
        if version is None:
            context.client.set_registered_model_tag(name, key, value)
        else:
            context.client.set_model_version_tag(name, version, key, value)
    tell(_now(context, name, version), f"tagged {named(name, version)}", as_json=as_json)


@models.command()
@name_argument
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@version_option
@output.json_option
@pass_context
def untag(context: Context, name: str, keys: Sequence[str], which: str | None, as_json: bool) -> None:
    """Delete tags of a registered model or a version."""
    version = None if which is None else find_version(context, name, which).version
    for key in keys:
        if version is None:
            context.client.delete_registered_model_tag(name, key)
        else:
            context.client.delete_model_version_tag(name, version, key)
    tell(_now(context, name, version), f"untagged {named(name, version)}", as_json=as_json)


@models.command()
@name_argument
@click.option("--version", type=click.IntRange(min=1), help="Of this version only; it may be deleted by now.")
@output.json_option
@pass_context
def history(context: Context, name: str, version: int | None, as_json: bool) -> None:
    """Show what happened to a registered model, oldest first; it may be deleted by now."""
    events = context.client.history(name, version=version)
    output.show_json(events) if as_json else models_view.show_history(events)


def _now(context: Context, name: str, version: int | None) -> RegisteredModel | ModelVersion:
    if version is None:
        return context.client.get_registered_model(name)
    return context.client.get_model_version(name, version)
