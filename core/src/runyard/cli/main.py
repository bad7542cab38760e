"""The main group: built-in groups from a table, commands of plugins from their specs, none imported before its use."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, NoReturn

import click

from runyard import __version__
from runyard.cli.context import Context, context_of
from runyard.cli.lazy import Group, LazyCommand, nested
from runyard.errors import BrokenPlugin, RunyardError
from runyard.specs import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.host import Host

# name: where it is, and its line in the help
BUILT_IN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "artifacts": ("runyard.cli.artifacts:artifacts", "List, download, upload and delete artifacts."),
        "completion": ("runyard.cli.completion:completion", "Print the completion script of a shell."),
        "config": ("runyard.cli.config:config", "Show settings and where they came from."),
        "environments": ("runyard.cli.environments:environments", "List and remove environments that were made."),
        "experiments": ("runyard.cli.experiments:experiments", "List, create, rename, delete, restore experiments."),
        "gc": ("runyard.cli.gc:gc", "Erase deleted runs and experiments for good."),
        "journal": ("runyard.cli.journal:journal", "Look into the journals that runs are written through."),
        "models": ("runyard.cli.models:models", "Look after models; score, show and register them."),
        "plugins": ("runyard.cli.plugins:plugins", "List, check and write plugins."),
        "reproduce": ("runyard.cli.reproduce:reproduce", "Run a run again, and compare its metrics."),
        "run": ("runyard.cli.run:run", "Run a project, in the environment that it asks for."),
        "runs": ("runyard.cli.runs:runs", "Search, show, compare, export, delete runs."),
        "sync": ("runyard.cli.sync:sync", "Deliver what journals still hold."),
    }
)

_YOUNG = 50_000  # objects that are made before the garbage collector looks at them


class Root(Group):
    """The group `runyard`."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; a Runyard error is one line on standard error and exit code 1."""
        context = extra.pop("obj", None) or Context()
        try:
            return super().main(*args, obj=context, **extra)
        except RunyardError as error:
            _show_error(error, verbose=context.verbose)
            sys.exit(1)
        finally:
            context.close()

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*BUILT_IN, *(name.split()[0] for name in _specs(ctx))})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _command(ctx, "", cmd_name)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_epilog(ctx, formatter)
        host = _host(ctx)
        broken = sorted({failure.plugin for failure in host.plugins.failures}) if host else []
        if broken:
            formatter.write_paragraph()
            formatter.write_text(f"Broken plugins: {', '.join(broken)}; see runyard plugins doctor.")


@click.group(cls=Root, name="runyard", context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--tracking-uri", metavar="URI", help="Where runs are kept.")
@click.option("--data-dir", metavar="DIR", help="The data folder.")
@click.option("--strict-plugins", is_flag=True, help="Stop at a broken plugin.")
@click.option("--verbose", "-v", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="runyard")
@click.pass_context
def root(ctx: click.Context, /, **_options: object) -> None:
    """Track, find and compare machine-learning runs; look after models and plugins."""
    context_of(ctx)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    # Nothing that is imported becomes garbage; looking for some meanwhile takes a tenth of a short command's time.
    gc.set_threshold(_YOUNG, 10, 10)
    root.main(arguments, prog_name="runyard")
    sys.exit(0)


def _show_error(error: RunyardError, *, verbose: bool) -> None:
    if verbose:
        traceback.print_exception(error)
    click.echo(f"runyard: {error}", err=True)


def _host(ctx: click.Context) -> Host | None:
    """The host, None where its settings cannot be read: help must work, commands say what is wrong."""
    try:
        return context_of(ctx).host
    except RunyardError:
        return None


def _specs(ctx: click.Context) -> dict[str, Command]:
    host = _host(ctx)
    return {} if host is None else {spec.name: spec for _, spec in host.commands.all()}


def _command(ctx: click.Context, group: str, name: str) -> click.Command | None:
    """The command of that name in a group of built-in and plugin commands, not imported yet."""
    full = f"{group} {name}".strip()
    own = _own(ctx, full)
    words = {spec.removeprefix(f"{full} ").split()[0] for spec in _specs(ctx) if spec.startswith(f"{full} ")}
    below = {word: command for word in sorted(words) if (command := _command(ctx, full, word)) is not None}
    if not below:
        return own
    if own is None:
        return Group(name, commands=below, help=f"Commands of plugins: {', '.join(below)}.")
    return LazyCommand(name, own.short_help or "", lambda: nested(own.load(), full, below))


def _own(ctx: click.Context, full: str) -> LazyCommand | None:
    name = full.rsplit(maxsplit=1)[-1]
    if full in BUILT_IN:
        path, summary = BUILT_IN[full]
        return LazyCommand(name, summary, lambda: _built_in(path))
    spec = _specs(ctx).get(full)
    return None if spec is None else LazyCommand(name, spec.summary, lambda: _of_plugin(ctx, full))


def _built_in(path: str) -> click.Command:
    module, _, attribute = path.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


def _of_plugin(ctx: click.Context, full: str) -> click.Command:
    command = context_of(ctx).host.commands.resolve(full)
    if not isinstance(command, click.Command):
        raise BrokenPlugin(f"the command {full!r} of a plugin is no click command, but {type(command).__name__}")
    return command
