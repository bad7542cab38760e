"""`runyard models predict`: predictions for a file of any size."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.model_arguments import env_manager_option
from runyard.cli.progress import reported
from runyard.errors import InvalidInput, RunyardError
from runyard.models.batch import BatchProgress, BatchResult
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
@env_manager_option
@click.option("--result-path", metavar="FILE", hidden=True, help="Where to tell the process that asked how it went.")
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
    result_path: str | None,
    as_json: bool,
) -> None:
    """Ask a model for predictions for a file of any size.

    Such as: runyard models predict -m models:/price@champion -i houses.csv -o scored.parquet
    """
    source, target = (None if path == STREAM else path for path in (input_path, output_path))
    if as_json and target is None:
        raise InvalidInput("--json says how it went on standard output, where the predictions go; give -o FILE")
    with telling(result_path) as tell, reported("predicting", in_bytes=True) as advance:

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
        tell(done)
    if as_json:
        output.show_json(done)
    elif target is not None and result_path is None:
        output.note(f"{done.rows} rows in {done.seconds:.1f} s: {text.printable(target)}")


@contextmanager
def telling(result_path: str | None) -> Iterator[Callable[[BatchResult], None]]:
    """Tells another process how it went, or what was raised; without one, errors are shown as ever."""

    def write(told: Mapping[str, Any]) -> None:
        if result_path is not None:
            Path(result_path).write_text(json.dumps(told), encoding="utf-8")

    try:
        yield lambda done: write(attrs.asdict(done))
    except RunyardError as error:
        if result_path is None:
            raise
        write({"error": error.error_class, "message": str(error)})
        raise click.exceptions.Exit(1) from error


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
