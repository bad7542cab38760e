"""Serves a model in the environment that it asks for: makes that, and goes on as the server in it."""

from __future__ import annotations

from runyard.cli import output, text
from runyard.cli.context import Context
from runyard.models.isolation import prepare_env, replace_process, runyard_command, variables_in
from runyard.variables import written
from runyard_serve_http.settings import Options
from runyard_serve_http.start import check_exposure


def run_isolated(context: Context, model_uri: str, options: Options, env_manager: str, *, trust: bool) -> None:
    """Serve in the model's own environment; this process becomes that server.

    Raises:
        RunyardError: the environment cannot be made, or the address is refused.
    """
    check_exposure(options)

    def report(line: str) -> None:
        output.note(text.printable(line))

    environment = prepare_env(model_uri, env_manager, trust=trust or None, host=context.host, report=report)
    words = ["models", "serve", "--model-uri", model_uri, "--env-manager", "local", *(["--trust"] if trust else [])]
    chosen = {setting.env: written(getattr(options, name)) for name, setting in Options.settings().items()}
    variables = variables_in(environment, context.host, **chosen)
    context.close()
    replace_process(runyard_command(environment, *words), environment, variables)
