"""`runyard registry`: registered models, their versions, stages, aliases, tags and history."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import CompletionItem

from runyard.cli import output, registry_view, search, text
from runyard.cli.context import Context, context_of, pass_context
from runyard.cli.lazy import Group
from runyard.cli.pairs import parse_pairs
from runyard.entities import ModelStage, ModelVersion
from runyard.errors import InvalidInput, NotFound, RunyardError
from runyard.query.parser import parse_filter
from runyard.query.tree import Target
from runyard.registry_history import parse_time
from runyard.uris import Uri

COMPLETIONS = 50
STAGES = [stage.value for stage in ModelStage]


def _complete_model(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        found = context_of(ctx).client.search_registered_models(max_results=1000)
    except RunyardError:
        return []
    return [CompletionItem(model.name) for model in found if model.name.startswith(incomplete)][:COMPLETIONS]


name_argument = click.argument("name", shell_complete=_complete_model)
version_argument = click.argument("version", metavar="VERSION")
version_option = click.option("--version", "which", metavar="VERSION", help="This version, instead of the model.")


order_option = click.option("--order-by", multiple=True, metavar="FIELD [DESC]", help="Can be given several times.")
limit_option = click.option("--limit", default=20, show_default=True, type=click.IntRange(min=0), help="0 for all.")


@click.group(cls=Group)
def registry() -> None:
    """Look after registered models.

    VERSION is a number, `latest`, a stage such as Production, or an alias such as @champion.
    """


# --- models -----------------------------------------------------------------------------------------------------------


@registry.command("list")
@click.argument("condition", metavar="[FILTER]", default="")
@order_option
@limit_option
@output.json_option
@pass_context
def list_(context: Context, condition: str, order_by: Sequence[str], limit: int, as_json: bool) -> None:
    """List models, such as: runyard registry list "name LIKE 'digits%' AND tags.team = 'vision'"."""
    found, more = search.limited(
        lambda size, token: context.client.search_registered_models(condition, size, list(order_by), token), limit
    )
    if as_json:
        output.show_json(found)
        return
    registry_view.show_models(found)
    search.note_more(len(found), more=more)


@registry.command()
@name_argument
@output.json_option
@pass_context
def show(context: Context, name: str, as_json: bool) -> None:
    """Show a model."""
    model = context.client.get_registered_model(name)
    output.show_json(model) if as_json else registry_view.show_model(model)


@registry.command()
@click.argument("name")
@click.option("--description", default="", metavar="TEXT")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="Can be given several times.")
@output.json_option
@pass_context
def create(context: Context, name: str, description: str, tags: Sequence[str], as_json: bool) -> None:
    """Create a model."""
    model = context.client.create_registered_model(name, tags=parse_pairs(tags), description=description)
    _tell(model, f"created model {text.printable(name)}", as_json=as_json)


@registry.command()
@name_argument
@click.argument("new_name")
@output.json_option
@pass_context
def rename(context: Context, name: str, new_name: str, as_json: bool) -> None:
    """Rename a model; versions and history go with it."""
    model = context.client.rename_registered_model(name, new_name)
    _tell(model, f"renamed model {text.printable(name)} to {text.printable(new_name)}", as_json=as_json)


@registry.command()
@name_argument
@output.yes_option
@pass_context
def delete(context: Context, name: str, yes: bool) -> None:
    """Delete a model with all versions, for good; its history stays."""
    context.client.get_registered_model(name)
    output.confirm(f"Delete model {text.printable(name)} with all versions for good?", yes=yes)
    context.client.delete_registered_model(name)
    output.echo(f"deleted model {text.printable(name)}")


# --- models and versions ----------------------------------------------------------------------------------------------


@registry.command()
@name_argument
@click.argument("description", metavar="TEXT")
@version_option
@output.json_option
@pass_context
def describe(context: Context, name: str, description: str, which: str | None, as_json: bool) -> None:
    """Describe a model or a version; an empty TEXT takes the description away."""
    if which is None:
        model = context.client.update_registered_model(name, description)
        _tell(model, f"described model {text.printable(name)}", as_json=as_json)
        return
    number = _find(context, name, which).version
    version = context.client.update_model_version(name, number, description)
    _tell(version, f"described version {number} of {text.printable(name)}", as_json=as_json)


@registry.command()
@name_argument
@click.argument("tags", metavar="KEY=VALUE...", nargs=-1, required=True)
@version_option
@pass_context
def tag(context: Context, name: str, tags: Sequence[str], which: str | None) -> None:
    """Set tags of a model or a version."""
    pairs = parse_pairs(tags)
    version = None if which is None else _find(context, name, which).version
    for key, value in pairs.items():
        if version is None:
            context.client.set_registered_model_tag(name, key, value)
        else:
            context.client.set_model_version_tag(name, version, key, value)
    output.echo(f"tagged {_named(name, version)}")


@registry.command()
@name_argument
@click.argument("keys", metavar="KEY...", nargs=-1, required=True)
@version_option
@pass_context
def untag(context: Context, name: str, keys: Sequence[str], which: str | None) -> None:
    """Delete tags of a model or a version."""
    version = None if which is None else _find(context, name, which).version
    for key in keys:
        if version is None:
            context.client.delete_registered_model_tag(name, key)
        else:
            context.client.delete_model_version_tag(name, version, key)
    output.echo(f"untagged {_named(name, version)}")


@registry.command()
@name_argument
@click.option("--version", type=click.IntRange(min=1), help="Of this version only; it may be deleted by now.")
@output.json_option
@pass_context
def history(context: Context, name: str, version: int | None, as_json: bool) -> None:
    """Show what happened to a model, oldest first; it may be deleted by now."""
    events = context.client.history(name, version=version)
    output.show_json(events) if as_json else registry_view.show_history(events)


# --- versions ---------------------------------------------------------------------------------------------------------


@registry.command()
@click.argument("name", default="", shell_complete=_complete_model)
@click.option("--filter", "condition", default="", metavar="FILTER", help="Which to show, in the query language.")
@order_option
@limit_option
@output.json_option
@pass_context
def versions(context: Context, name: str, condition: str, order_by: Sequence[str], limit: int, as_json: bool) -> None:
    """List versions, of one model or of all, such as: runyard registry versions --filter "run_id = 'a1b2'"."""
    if name:
        context.client.get_registered_model(name)
    parse_filter(condition, Target.VERSIONS)  # what is wrong with it is shown in it
    of_model = f"name = {_quoted(name)}" if name else ""
    both = " AND ".join(f"({part})" for part in (of_model, condition) if part.strip())
    order = list(order_by) or ["name", "version_number DESC"]
    found, more = search.limited(
        lambda size, token: context.client.search_model_versions(both, size, order, token), limit
    )
    if as_json:
        output.show_json(found)
        return
    registry_view.show_versions(found)
    search.note_more(len(found), more=more)


@registry.command("show-version")
@name_argument
@version_argument
@click.option("--at", metavar="TIME", help="What an alias or latest meant then: a date or a time, UTC.")
@output.json_option
@pass_context
def show_version(context: Context, name: str, version: str, at: str | None, as_json: bool) -> None:
    """Show a version, such as: runyard registry show-version digits @champion --at 2026-03-01."""
    found = _find(context, name, version, at)
    output.show_json(found) if as_json else registry_view.show_version(found)


@registry.command("create-version")
@name_argument
@click.argument("source")
@click.option("--run", "run_id", metavar="RUN_ID", help="The run it is from; said already by runs:/RUN_ID/path.")
@click.option("--description", default="", metavar="TEXT")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="Can be given several times.")
@output.json_option
@pass_context
def create_version(
    context: Context,
    name: str,
    source: str,
    run_id: str | None,
    description: str,
    tags: Sequence[str],
    as_json: bool,
) -> None:
    """Create the next version of a model from the files at SOURCE, a path or a URI such as runs:/RUN_ID/model."""
    uri = Uri.parse(source)
    if uri.scheme == "runs":
        run_id = run_id or uri.path.strip("/").partition("/")[0]
    context.host.resolve(uri)
    version = context.client.create_model_version(
        name, uri.text, run_id=run_id, description=description, tags=parse_pairs(tags)
    )
    _tell(version, f"created version {version.version} of {text.printable(name)}", as_json=as_json)


@registry.command("delete-version")
@name_argument
@version_argument
@output.yes_option
@pass_context
def delete_version(context: Context, name: str, version: str, yes: bool) -> None:
    """Delete a version for good; its number is not used again."""
    found = _find(context, name, version)
    output.confirm(f"Delete version {found.version} of {text.printable(name)} for good?", yes=yes)
    context.client.delete_model_version(name, found.version)
    output.echo(f"deleted version {found.version} of {text.printable(name)}")


@registry.command()
@name_argument
@version_argument
@click.argument(
    "stage", metavar="STAGE", type=click.Choice([stage.value for stage in ModelStage], case_sensitive=False)
)
@click.option("--archive-existing", is_flag=True, help="Archive the other versions in that stage.")
@output.json_option
@pass_context
def stage(context: Context, name: str, version: str, stage: str, archive_existing: bool, as_json: bool) -> None:
    """Move a version to a stage: None, Staging, Production or Archived."""
    number = _find(context, name, version).version
    moved = context.client.transition_model_version_stage(
        name, number, stage, archive_existing_versions=archive_existing
    )
    _tell(moved, f"moved {_named(name, number)} to {moved.current_stage}", as_json=as_json)


@registry.command()
@name_argument
@click.argument("alias")
@version_argument
@pass_context
def alias(context: Context, name: str, alias: str, version: str) -> None:
    """Point an alias to a version."""
    number = _find(context, name, version).version
    plain = alias.removeprefix("@")
    context.client.set_registered_model_alias(name, plain, number)
    output.echo(f"{text.printable(name)}@{plain} is version {number}")


@registry.command()
@name_argument
@click.argument("alias")
@pass_context
def unalias(context: Context, name: str, alias: str) -> None:
    """Take an alias away."""
    plain = alias.removeprefix("@")
    known = context.client.get_registered_model(name).aliases
    if plain not in known:
        raise NotFound(f"model {name!r} has no alias {plain!r} (aliases: {', '.join(known) or 'none'})")
    context.client.delete_registered_model_alias(name, plain)
    output.echo(f"{text.printable(name)}@{text.printable(plain)} is taken away")


def _find(context: Context, name: str, which: str, at: str | None = None) -> ModelVersion:
    """The version that a person means: a number, `latest`, a stage or an @alias."""
    is_alias = which.startswith("@") or which.lower() == "latest"
    if at is not None and not is_alias:
        raise InvalidInput("--at goes with an alias, such as @champion, or with latest")
    if is_alias:
        time = None if at is None else parse_time(at)
        return context.client.get_model_version_by_alias(name, which.removeprefix("@"), at=time)
    if which.lower() in {stage.lower() for stage in STAGES}:
        latest = context.client.get_latest_versions(name, [which])
        if not latest:
            raise NotFound(f"model {name!r} has no version in stage {which}")
        return latest[0]
    if not (which.isascii() and which.isdigit()):
        raise InvalidInput(f"not a version: {which!r}; give a number, latest, a stage, or an alias such as @champion")
    return context.client.get_model_version(name, int(which))


def _tell(value: object, line: str, *, as_json: bool) -> None:
    output.show_json(value) if as_json else output.echo(line)


def _named(name: str, version: int | None) -> str:
    return f"model {text.printable(name)}" if version is None else f"version {version} of {text.printable(name)}"


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
