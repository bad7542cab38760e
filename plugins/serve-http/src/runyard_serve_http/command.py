"""The command `runyard models serve`, with the flags of `mlflow models serve`."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli.context import Context, pass_context
from runyard_serve_http.settings import Options


@click.command()
@click.option("-m", "--model-uri", metavar="URI", required=True, help="The model: a path, runs:/…, models:/NAME@ALIAS.")
@click.option("--trust", is_flag=True, help="Load the model even if it can run code.")
@click.option("--env-manager", type=click.Choice(["local"]), default="local", help="Where it is served: right here.")
@click.option("--no-conda", is_flag=True, hidden=True, help="MLflow's; the same as --env-manager local.")
@Options.flags
@pass_context
def serve(
    context: Context,
    /,
    model_uri: str,
    trust: bool,
    env_manager: str,  # noqa: ARG001 - there is one
    no_conda: bool,  # noqa: ARG001 - there is no other way
    **flags: Any,
) -> None:
    """Serve a model over HTTP.

    It answers as `mlflow models serve` does: POST /invocations, GET /ping, /health and /version; and it has a page to
    try it with at /, and its OpenAPI document at /openapi.json.

    Each flag is also a setting: --port is serve-http.port in runyard.toml and RUNYARD_SERVE_HTTP_PORT in the
    environment.
    """
    from runyard_serve_http.start import run

    run(context.settings, model_uri, Options.load(context.settings, flags), trust=trust or None)
