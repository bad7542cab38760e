"""The command `runyard server`: its flags are made from the table of settings."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli.context import Context, pass_context
from runyard_server.settings import Options


@click.command()
@Options.flags
@pass_context
def server(context: Context, /, **flags: Any) -> None:
    """Serve runs, models and artifacts.

    MLflow's clients in any language, Runyard's own and browsers are served alike.

    Each flag is also a setting: --port is server.port in runyard.toml and RUNYARD_SERVER_PORT in the environment.
    """
    from runyard_server.start import run

    run(context.settings, Options.load(context.settings, flags))
