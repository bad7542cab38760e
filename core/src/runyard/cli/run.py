"""`runyard run`: run a project."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.pairs import parse_pairs
from runyard.errors import InvalidInput
from runyard.settings import parse_seconds

if TYPE_CHECKING:
    from runyard.projects.submitted import SubmittedRun

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    number, unit = (value[:-1], value[-1]) if value[-1:] in _UNITS else (value, "s")
    try:
        return parse_seconds(number) * _UNITS[unit]
    except ValueError:
        raise click.BadParameter(f"{value!r} is no time; give seconds, or such as 90m, 2h, 1d") from None


@click.command()
@click.argument("uri", metavar="URI")
@click.option("--entry-point", "-e", metavar="NAME", default="main", show_default=True, help="Or a script of it.")
@click.option("--version", "-v", metavar="VERSION", help="Of a repository: a branch, a tag or a commit.")
@click.option(
    "--param-list", "-P", "parameters", metavar="NAME=VALUE", multiple=True, help="Can be given several times."
)
@click.option("--docker-args", "-A", metavar="NAME=VALUE", multiple=True, help="Options for the container.")
@click.option("--experiment-name", metavar="NAME", help="The experiment of the run; created where it is missing.")
@click.option("--experiment-id", metavar="ID", help="The same, by id.")
@click.option("--backend", "-b", metavar="NAME", default="local", show_default=True, help="Where it runs.")
@click.option("--backend-config", "-c", metavar="FILE|JSON", help="What that is told: a .json file, or JSON.")
@click.option("--env-manager", "--env", metavar="NAME", help="virtualenv, uv, conda, or local for what is here.")
@click.option("--storage-dir", type=click.Path(path_type=Path), help="Where parameters that are elsewhere go to.")
@click.option("--run-id", metavar="ID", help="A run that is there already.")
@click.option("--run-name", metavar="NAME", help="The name of the run.")
@click.option("--build-image", is_flag=True, help="Build the image anew.")
@click.option("--timeout", metavar="TIME", callback=_seconds, help="The longest it may take, such as 90m.")
@output.json_option
@pass_context
def run(context: Context, /, uri: str, parameters: Sequence[str], as_json: bool, **options: Any) -> None:
    """Run a project: a folder, a git repository, a zip file, or any location of artifacts.

    It runs in the environment that it asks for, and is tracked. `#folder` names a part of it. The exit code is that of
    the program.

    Such as: runyard run https://github.com/mlflow/mlflow-example -P alpha=0.4
    """
    from runyard.projects.launching import launch
    from runyard.projects.left import settle_left

    request = _request(uri, parse_pairs(parameters), options)
    settle_left(context.client)
    with _terminating() as running:
        # What the program writes belongs to standard output, unless that is to hold JSON alone.
        stream = sys.stderr.buffer if as_json else sys.stdout.buffer

        def echo(content: bytes) -> None:
            stream.write(content)
            stream.flush()

        submitted = launch(request, context.client, report=lambda line: output.note(text.printable(line)), echo=echo)
        running.append(submitted)
        output.note(f"run {submitted.run_id} has begun")
        submitted.wait()
    said = {"run_id": submitted.run_id, "status": str(submitted.status), "exit_code": submitted.exit_code}
    if as_json:
        output.show_json({**said, **({"reason": submitted.reason} if submitted.reason else {})})
    else:
        reason = f": {submitted.reason}" if submitted.exit_code or submitted.killed else ""
        output.note(f"run {submitted.run_id} is {submitted.status}{reason}")
    if submitted.exit_code or not submitted.succeeded:
        sys.exit(submitted.exit_code or 1)


def _request(uri: str, parameters: dict[str, str], options: dict[str, Any]) -> Any:
    from runyard.projects.fluent import read_config
    from runyard.projects.request import RunRequest

    if options["experiment_name"] is not None and options["experiment_id"] is not None:
        raise InvalidInput("give either --experiment-name or --experiment-id")
    config = read_config(options["backend_config"])
    if options["docker_args"]:
        config["docker_args"] = _docker_args(options["docker_args"])
    if options["build_image"]:
        config["build_image"] = True
    return RunRequest(
        uri=uri,
        parameters=parameters,
        config=config,
        limit=options["timeout"],
        **{
            name: options[name]
            for name in (
                "entry_point", "version", "backend", "env_manager", "experiment_id", "experiment_name", "run_id",
                "run_name", "storage_dir",
            )
        },
    )  # fmt: skip


def _docker_args(given: Sequence[str]) -> dict[str, Any]:
    """Options by name; one without a value is a flag."""
    found: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        found[name] = value if equals else True
    return found


@contextmanager
def _terminating() -> Iterator[list[SubmittedRun]]:
    """SIGTERM goes to what runs meanwhile, which then ends this process as well."""
    running: list[SubmittedRun] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if not running:
            sys.exit(128 + number)
        for one in running:
            one.interrupt(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield running
    finally:
        signal.signal(signal.SIGTERM, before)
