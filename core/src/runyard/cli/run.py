"""`runyard run`: run a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runyard.cli import complete, output
from runyard.cli.context import Context, pass_context
from runyard.cli.durations import seconds
from runyard.cli.pairs import parse_pairs
from runyard.cli.run_output import echo_to, report, tell_end, terminating
from runyard.errors import InvalidInput

if TYPE_CHECKING:
    from runyard.projects.request import RunRequest


@click.command()
@click.argument("uri", metavar="URI", required=False)
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
@click.option("--parallel", metavar="N", type=click.IntRange(min=1), help="A run for each combination, N at a time.")
@click.option(
    "--resume", metavar="RUN", help="Go on with this run, or with the grid below it.", shell_complete=complete.run
)
@click.option("--timeout", metavar="TIME", callback=seconds, help="The longest it may take, such as 90m.")
@output.json_option
@pass_context
def run(context: Context, /, uri: str | None, parameters: Sequence[str], as_json: bool, **options: Any) -> None:
    r"""Run a project: a folder, a git repository, a zip file, or any location of artifacts.

    It runs in the environment that it asks for, and is tracked. `#folder` names a part of it. The exit code is that of
    the program. With --parallel, values are lists such as lr=0.1,0.01, and each combination is a run below one parent;
    a comma within a value is written \,.

    Such as: runyard run https://github.com/mlflow/mlflow-example -P alpha=0.4
    """
    from runyard.projects.left import settle_left

    if options["resume"] is not None:
        from runyard.cli.run_grid import resume_run

        if uri is not None or parameters:
            raise InvalidInput("--resume goes on with what was begun; it takes no project and no parameters")
        resume_run(context, options["resume"], options["parallel"], as_json=as_json)
        return
    if uri is None:
        raise click.UsageError("no project is named; give a folder, a repository or a zip file, such as .")
    settle_left(context.client)
    if options["parallel"] is not None:
        from runyard.cli.run_grid import begin_grid

        begin_grid(context, _request(uri, {}, options), parameters, options["parallel"], as_json=as_json)
    else:
        _run_one(context, _request(uri, parse_pairs(parameters), options), as_json=as_json)


def _run_one(context: Context, request: RunRequest, *, as_json: bool) -> None:
    from runyard.projects.launching import launch

    with terminating() as running:
        submitted = launch(request, context.client, report=report, echo=echo_to(as_json=as_json))
        running.append(submitted.interrupt)
        output.note(f"run {submitted.run_id} has begun")
        submitted.wait()
    tell_end(submitted, as_json=as_json)


def _request(uri: str, parameters: dict[str, str], options: dict[str, Any]) -> RunRequest:
    from runyard.projects.request import RunRequest, read_config

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
    """Options by name; one without a value is a flag, one that is given several times has a list."""
    found: dict[str, list[Any]] = {}
    for one in given:
        name, equals, value = one.partition("=")
        found.setdefault(name, []).append(value if equals else True)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}
