"""What the commands of `runyard models` have in common: their arguments, and the version that a person means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from runyard.cli import output, text
from runyard.cli.context import Context, context_of
from runyard.entities import ModelStage, ModelVersion
from runyard.errors import InvalidInput, NotFound, RunyardError
from runyard.registry_history import parse_time

COMPLETIONS = 50
STAGES = [stage.value for stage in ModelStage]

_LOCATION = re.compile(r"^[./~]|[:/\\]")


def _complete_model(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        found = context_of(ctx).client.search_registered_models(max_results=1000)
    except RunyardError:
        return []
    return [CompletionItem(model.name) for model in found if model.name.startswith(incomplete)][:COMPLETIONS]


name_argument = click.argument("name", shell_complete=_complete_model)
any_name_argument = click.argument("name", default="", shell_complete=_complete_model)
name_or_uri_argument = click.argument("which", metavar="NAME|URI", shell_complete=_complete_model)
uri_argument = click.argument("uri")
version_argument = click.argument("version", metavar="VERSION")
version_option = click.option("--version", "which", metavar="VERSION", help="This version, instead of the model.")
order_option = click.option("--order-by", multiple=True, metavar="FIELD [DESC]", help="Can be given several times.")
limit_option = click.option("--limit", default=20, show_default=True, type=click.IntRange(min=0), help="0 for all.")
env_manager_option = click.option(
    "--env-manager",
    metavar="NAME",
    default="local",
    show_default=True,
    help="Where: local is right here; virtualenv and uv make the environment that the model asks for.",
)
tags_option = click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="Can be given several times.")


def is_location(which: str) -> bool:
    """Whether it is a URI or a path; a registered model's name has neither / nor :."""
    return bool(_LOCATION.search(which))


def find_version(context: Context, name: str, which: str, at: str | None = None) -> ModelVersion:
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


def tell(value: Any, line: str, *, as_json: bool) -> None:
    """What a command has done: the value for scripts, a line for people."""
    output.show_json(value) if as_json else output.echo(line)


def tell_deleted(value: Mapping[str, object], line: str, *, as_json: bool) -> None:
    """The same for what is no more."""
    tell({**value, "deleted": True}, line, as_json=as_json)


def named(name: str, version: int | None) -> str:
    """A model or a version of it, as lines for people say it."""
    return f"model {text.printable(name)}" if version is None else f"version {version} of {text.printable(name)}"
