"""`runyard models predict`: predictions for a file of any size."""

from __future__ import annotations

import json
from typing import Any

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.progress import reported
from runyard.errors import InvalidInput
from runyard.models.batch import BatchProgress
from runyard.models.batch import predict as score
from runyard.models.batch_answers import ALL
from runyard.models.batch_streams import FORMATS

STREAM = "-"


@click.command()
@click.option("--model-uri", "-m", metavar="URI", required=True, help="The model.")
@click.option("--input-path", "-i", metavar="FILE", help="What to predict for; else standard input.")
@click.option("--output-path", "-o", metavar="FILE", help="Where to write, whole or not at all; else standard output.")
@click.option(
    "--content-type",
    "-t",
    type=click.Choice(FORMATS),
    help="What the input is; else what its suffix says, else json, a request of the scoring protocol.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    help="What to write; else what the suffix of the output says, else json, the reply of the scoring protocol.",
)
@click.option("--chunk-size", metavar="ROWS", type=click.IntRange(min=1), help="How many rows to ask for at once.")
@click.option("--params", metavar="JSON", help='The model\'s params, such as {"temperature": 0.2}.')
@click.option(
    "--columns-out",
    metavar="all|none|A,B,…",
    default=ALL,
    show_default=True,
    help="The columns of the input to write beside the predictions.",
)
@click.option("--trust", is_flag=True, help="Let the model run code when it is loaded.")
@click.option("--env-manager", type=click.Choice(["local"]), default="local", help="As in MLflow; local only.")
@output.json_option
@pass_context
def predict(
    context: Context,
    model_uri: str,
    input_path: str | None,
    output_path: str | None,
    content_type: str | None,
    output_format: str | None,
    chunk_size: int | None,
    params: str | None,
    columns_out: str,
    trust: bool,
    env_manager: str,
    as_json: bool,
) -> None:
    """Ask a model for predictions for a file of any size.

    Such as: runyard models predict -m models:/price@champion -i houses.csv -o scored.parquet
    """
    source, target = (None if path == STREAM else path for path in (input_path, output_path))
    if as_json and target is None:
        raise InvalidInput("--json says how it went on standard output, where the predictions go; give -o FILE")
    with reported("predicting", in_bytes=True) as advance:

        def report(progress: BatchProgress) -> None:
            advance(progress.done, progress.total, in_bytes=progress.in_bytes)

        done = score(
            model_uri,
            None,
            source,
            content_type,
            target,
            env_manager,
            output_format=output_format,
            chunk_size=chunk_size,
            params=_params(params),
            columns_out=columns_out,
            trust=trust or None,
            host=context.host,
            report=report,
        )
    if as_json:
        output.show_json(done)
    elif target is not None:
        output.note(f"{done.rows} rows in {done.seconds:.1f} s: {text.printable(target)}")


def _params(given: str | None) -> dict[str, Any] | None:
    if given is None:
        return None
    try:
        read = json.loads(given)
    except ValueError as error:
        raise click.BadParameter(f"--params is no JSON: {error}") from error
    if not isinstance(read, dict):
        raise click.BadParameter('--params is a JSON object, such as {"temperature": 0.2}')
    return read
