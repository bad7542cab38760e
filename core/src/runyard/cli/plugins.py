"""`runyard plugins`: what is installed, whether it works, and a start for a new one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs
import click

from runyard import hooks
from runyard.cli import output
from runyard.cli.context import Context, pass_context
from runyard.cli.doctor import examine, missing_libraries
from runyard.cli.lazy import Group
from runyard.cli.scaffold import KINDS, write_plugin
from runyard.discovery import Plugin

STATE_COLOURS = {"loaded": "green", "disabled": "yellow", "broken": "red"}


@attrs.frozen
class Listed:
    """A plugin and what it provides: names by hook, such as `{"runyard_artifact_schemes": ["s3"]}`."""

    name: str
    version: str
    distribution: str
    module: str
    state: str
    hooks: tuple[str, ...]
    provides: dict[str, list[str]]
    failures: list[str]


@click.group(cls=Group)
def plugins() -> None:
    """List, check and write plugins."""


@plugins.command("list")
@output.json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List the plugins that are installed and what each provides."""
    found = list(_listed(context))
    if as_json:
        output.show_json(found)
        return
    output.show_table(
        ["plugin", "version", "state", "provides"],
        [[item.name, item.version, _state(item.state), _provides(item)] for item in found],
        empty="no plugin is installed; pip install runyard brings the default ones",
    )


@plugins.command()
@click.option("--deep", is_flag=True, help="Also import everything that plugins refer to.")
@output.json_option
@pass_context
def doctor(context: Context, deep: bool, as_json: bool) -> None:
    """Load every plugin, ask it what it provides, and say what is wrong.

    With --deep it also says which flavors and autologgers wait for a library that is not installed, which is no fault.
    The exit code is 1 when anything is wrong. With -v before the command (runyard -v plugins doctor) tracebacks are
    shown.
    """
    problems = examine(context.host, deep=deep)
    missing = list(missing_libraries(context.host)) if deep else []
    loaded = sum(plugin.state == "loaded" for plugin in context.host.plugins.plugins.values())
    if as_json:
        output.show_json({"plugins_loaded": loaded, "problems": problems, "missing_libraries": missing})
    else:
        for problem in problems:
            output.echo(f"{output.paint(problem.plugin, 'red', bold=True)}: {problem.stage}: {problem.error}")
            if context.verbose and problem.traceback:
                output.echo(problem.traceback)
        for item in missing:
            output.echo(f"{item.plugin}: {item.provides} waits for {', '.join(item.missing)}: {item.advice}")
        summary = f"{len(problems)} problem{'s' * (len(problems) != 1)}" if problems else "nothing is wrong"
        output.echo(f"{loaded} plugin{'s' * (loaded != 1)} loaded, {summary}")
    if problems:
        raise click.exceptions.Exit(1)


@plugins.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("name")
@click.option("--output", "folder", type=click.Path(path_type=Path), help="Where to write it; NAME by default.")
def new(kind: str, name: str, folder: Path | None) -> None:
    """Write a working plugin with its tests.

    NAME is the plugin's short name, such as store-sftp: the distribution is runyard-store-sftp, the package
    runyard_store_sftp.
    """
    target = Path(name) if folder is None else folder
    files = write_plugin(kind, name, target)
    for file in files:
        output.echo(str(file))
    output.note(f"\nNext:\n  pip install --editable {target}\n  pytest {target}\n  runyard plugins list")


def _listed(context: Context) -> Iterator[Listed]:
    host = context.host
    provides: dict[str, dict[str, list[str]]] = {}
    for hook in hooks.DECLARATIONS:
        for plugin, spec in host.plugins.declared(hook):
            provides.setdefault(plugin, {}).setdefault(hook, []).append(str(getattr(spec, "name", spec)))
    for plugin_ in sorted(host.plugins.plugins.values(), key=lambda plugin: plugin.name):
        yield _entry(plugin_, provides.get(plugin_.name, {}), context)


def _entry(plugin: Plugin, provides: dict[str, list[str]], context: Context) -> Listed:
    failures = [
        f"{failure.stage}: {failure.error}"
        for failure in context.host.plugins.failures
        if failure.plugin == plugin.name
    ]
    return Listed(
        name=plugin.name,
        version=plugin.version,
        distribution=plugin.distribution,
        module=plugin.module,
        state=plugin.state,
        hooks=plugin.hooks,
        provides={hook: sorted(names) for hook, names in provides.items()},
        failures=list(dict.fromkeys(failures)),
    )


def _state(state: str) -> output.Styled:
    return output.Styled(state, STATE_COLOURS.get(state))


def _provides(item: Listed) -> str:
    if item.failures:
        return item.failures[0]
    kinds = [
        f"{hook.removeprefix('runyard_').replace('_', ' ')}: {', '.join(names)}"
        for hook, names in item.provides.items()
    ]
    events = [hook.removeprefix("runyard_").replace("_", " ") for hook in item.hooks if hook in hooks.EVENTS]
    return "; ".join([*kinds, *([f"listens to {', '.join(events)}"] if events else [])])
