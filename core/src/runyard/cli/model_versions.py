"""`runyard models …` for versions: register, copy, list, show, move through stages and aliases, delete."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runyard.cli import models_view, output, search, text
from runyard.cli.context import Context, pass_context
from runyard.cli.model_arguments import (
    STAGES,
    any_name_argument,
    find_version,
    limit_option,
    name_argument,
    named,
    order_option,
    tags_option,
    tell,
    tell_deleted,
    uri_argument,
    version_argument,
)
from runyard.cli.pairs import parse_pairs
from runyard.errors import NotFound
from runyard.query.parser import parse_filter
from runyard.query.tree import Target
from runyard.uris import Uri


@click.command()
@any_name_argument
@click.option("--filter", "condition", default="", metavar="FILTER", help="Which to show, in the query language.")
@order_option
@limit_option
@output.json_option
@pass_context
def versions(context: Context, name: str, condition: str, order_by: Sequence[str], limit: int, as_json: bool) -> None:
    """List versions, of one model or of all, such as: runyard models versions --filter "run_id = 'a1b2'"."""
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
    models_view.show_versions(found)
    search.note_more(len(found), more=more)


@click.command("show-version")
@name_argument
@version_argument
@click.option("--at", metavar="TIME", help="What an alias or latest meant then: a date or a time, UTC.")
@output.json_option
@pass_context
def show_version(context: Context, name: str, version: str, at: str | None, as_json: bool) -> None:
    """Show a version, such as: runyard models show-version digits @champion --at 2026-03-01."""
    found = find_version(context, name, version, at)
    output.show_json(found) if as_json else models_view.show_version(found)


@click.command()
@uri_argument
@name_argument
@click.option("--run", "run_id", metavar="RUN_ID", help="The run it is from; said already by runs:/RUN_ID/path.")
@click.option("--description", metavar="TEXT", help="Of the version.")
@tags_option
@output.json_option
@pass_context
def register(
    context: Context,
    uri: str,
    name: str,
    run_id: str | None,
    description: str | None,
    tags: Sequence[str],
    as_json: bool,
) -> None:
    """Register what lies at URI as the next version of the model NAME, which is made where it is missing."""
    located = Uri.parse(uri)
    version = context.client.register_model(
        located.text, name, tags=parse_pairs(tags), run_id=run_id, description=description
    )
    tell(version, f"registered version {version.version} of {text.printable(name)}", as_json=as_json)


@click.command()
@name_argument
@version_argument
@click.argument("new_name")
@output.json_option
@pass_context
def copy(context: Context, name: str, version: str, new_name: str, as_json: bool) -> None:
    """Give a version to the model NEW_NAME, which is made where it is missing."""
    found = find_version(context, name, version)
    made = context.client.copy_model_version(f"models:/{name}/{found.version}", new_name)
    line = f"copied {named(name, found.version)} to version {made.version} of {text.printable(new_name)}"
    tell(made, line, as_json=as_json)


@click.command("delete-version")
@name_argument
@version_argument
@output.yes_option
@output.json_option
@pass_context
def delete_version(context: Context, name: str, version: str, yes: bool, as_json: bool) -> None:
    """Delete a version for good; its number is not used again."""
    number = find_version(context, name, version).version
    output.confirm(f"Delete {named(name, number)} for good?", yes=yes)
    context.client.delete_model_version(name, number)
    tell_deleted({"name": name, "version": number}, f"deleted {named(name, number)}", as_json=as_json)


@click.command()
@name_argument
@version_argument
@click.argument("stage", metavar="STAGE", type=click.Choice(STAGES, case_sensitive=False))
@click.option("--archive-existing", is_flag=True, help="Archive the other versions in that stage.")
@output.json_option
@pass_context
def stage(context: Context, name: str, version: str, stage: str, archive_existing: bool, as_json: bool) -> None:
    """Move a version to a stage: None, Staging, Production or Archived."""
    number = find_version(context, name, version).version
    moved = context.client.transition_model_version_stage(
        name, number, stage, archive_existing_versions=archive_existing
    )
    tell(moved, f"moved {named(name, number)} to {moved.current_stage}", as_json=as_json)


@click.command()
@name_argument
@click.argument("alias")
@version_argument
@output.json_option
@pass_context
def alias(context: Context, name: str, alias: str, version: str, as_json: bool) -> None:
    """Point an alias to a version."""
    number = find_version(context, name, version).version
    plain = alias.removeprefix("@")
    context.client.set_registered_model_alias(name, plain, number)
    now = context.client.get_model_version(name, number)
    tell(now, f"{text.printable(name)}@{plain} is version {number}", as_json=as_json)


@click.command()
@name_argument
@click.argument("alias")
@output.json_option
@pass_context
def unalias(context: Context, name: str, alias: str, as_json: bool) -> None:
    """Take an alias away."""
    plain = alias.removeprefix("@")
    known = context.client.get_registered_model(name).aliases
    if plain not in known:
        raise NotFound(f"model {name!r} has no alias {plain!r} (aliases: {', '.join(known) or 'none'})")
    context.client.delete_registered_model_alias(name, plain)
    now = context.client.get_model_version(name, known[plain])
    tell(now, f"{text.printable(name)}@{text.printable(plain)} is taken away", as_json=as_json)


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
