"""The command `runyard models serve`, with the flags of `mlflow models serve`."""

from __future__ import annotations

from typing import Any

import click

from runyard.cli.context import Context, pass_context
from runyard.cli.model_arguments import env_manager_option
from runyard_serve_http.settings import Options


@click.command()
@click.option("-m", "--model-uri", metavar="URI", required=True, help="The model: a path, runs:/…, models:/NAME@ALIAS.")
@click.option("--trust", is_flag=True, help="Load the model even if it can run code.")
@env_manager_option
@click.option("--no-conda", is_flag=True, hidden=True, help="MLflow's; the same as --env-manager local.")
@Options.flags
@pass_context
def serve(
    context: Context,
    /,
    model_uri: str,
    trust: bool,
    env_manager: str,
    no_conda: bool,
    **flags: Any,
) -> None:
    """Serve a model over HTTP.

    It answers as `mlflow models serve` does: POST /invocations, GET /ping, /health and /version; and it has a page to
    try it with at /, and its OpenAPI document at /openapi.json.

    Each flag is also a setting: --port is serve-http.port in runyard.toml and RUNYARD_SERVE_HTTP_PORT in the
    environment.
    """
    options = Options.load(context.settings, flags)
    if no_conda or env_manager == "local":
        from runyard_serve_http.start import run

        run(context.settings, model_uri, options, trust=trust or None)
    else:
        from runyard_serve_http.isolated import run_isolated

        run_isolated(context, model_uri, options, env_manager, trust=trust)
