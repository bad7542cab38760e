"""Command groups whose commands are imported when they are used."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import click

from runyard.errors import BrokenPlugin, did_you_mean


class LazyCommand(click.Command):
    """A command that is not imported yet and shows its summary; using it imports and becomes the real one."""

    def __init__(self, name: str, summary: str, load: Callable[[], click.Command]) -> None:
        super().__init__(name, help=summary, short_help=summary)
        self._load = load

    def load(self) -> click.Command:
        """The real command, imported now."""
        return self._load()

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        return self.load().make_context(info_name, args, parent=parent, **extra)


class Group(click.Group):
    """A group that suggests the command that was meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not ctx.resilient_parsing and self.get_command(ctx, name) is None and not name.startswith("-"):
            known = self.list_commands(ctx)
            hint = did_you_mean(name, known) or f"; there are: {', '.join(known)}"
            ctx.fail(f"no such command {name!r}{hint}")
        return super().resolve_command(ctx, args)


def short_for(command: click.Command) -> click.Command:
    """The same command for another, shorter name that help does not list."""
    short = copy.copy(command)
    short.hidden = True
    return short


def nested(base: click.Command, name: str, commands: Mapping[str, click.Command]) -> click.Group:
    """A copy of a group with more commands.

    Raises:
        BrokenPlugin: the command to nest into is no group.
    """
    if not isinstance(base, click.Group):
        raise BrokenPlugin(f"plugins nest {', '.join(commands)} into the command {name!r}, which is no group")
    merged = copy.copy(base)
    merged.commands = {**base.commands}
    for key, command in commands.items():
        if key in merged.commands:
            raise BrokenPlugin(f"the command '{name} {key}' exists already")
        merged.commands[key] = command
    return merged
