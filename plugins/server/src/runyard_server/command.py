"""The command `runyard server`: its flags are made from the table of settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import click

from runyard.cli.context import Context, pass_context
from runyard.settings import parse_bool
from runyard_server.settings import Options

Command = Callable[..., Any]


def _flags(function: Command) -> Command:
    """The command with one flag per option; secrets have none, as everybody can read a command line."""
    for field in reversed(attrs.fields(Options)):
        meta = field.metadata
        if meta["secret"]:
            continue
        name = field.name.replace("_", "-")
        if meta["parse"] is parse_bool:
            option = click.option(f"--{name}/--no-{name}", default=None, help=meta["doc"])
        else:
            short = (f"-{meta['short']}",) if meta["short"] else ()
            kind = {int: "NUMBER", float: "NUMBER", tuple: "LIST"}.get(type(field.default), "TEXT")
            option = click.option(f"--{name}", *short, metavar=kind, help=meta["doc"])
        function = option(function)
    return function


@click.command()
@_flags
@pass_context
def server(context: Context, /, **flags: Any) -> None:
    """Serve runs, models and artifacts.

    MLflow's clients in any language, Runyard's own and browsers are served alike.

    Each flag is also a setting: --port is server.port in runyard.toml and RUNYARD_SERVER_PORT in the environment.
    """
    from runyard_server.start import run

    run(context.settings, Options.load(context.settings, flags))
