"""`runyard models prepare-env`: the environment that a model is scored and served in."""

from __future__ import annotations

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context


@click.command("prepare-env")
@click.option("--model-uri", "-m", metavar="URI", required=True, help="The model.")
@click.option("--env-manager", metavar="NAME", default="virtualenv", show_default=True, help="What makes it.")
@click.option("--trust", is_flag=True, help="Let the packages be installed that the model asks for.")
@output.json_option
@pass_context
def prepare_env(context: Context, model_uri: str, env_manager: str, trust: bool, as_json: bool) -> None:
    """Make the environment that a model asks for, unless it is there; predict and serve start at once then.

    Such as: runyard models prepare-env -m models:/price@champion --env-manager uv
    """
    from runyard.models.isolation import prepare_env as prepare

    def report(line: str) -> None:
        output.note(text.printable(line))

    found = prepare(model_uri, env_manager, trust=trust or None, host=context.host, report=report)
    told = {"name": found.name, "python": str(found.python)}
    output.show_json(told) if as_json else output.echo(text.printable(found.python))
