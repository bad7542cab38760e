"""Write the reference pages of docs/reference from the code; with --check, say which are out of date."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from runyard import Host, Settings, errors, hooks
from runyard.cli.context import Context
from runyard.cli.main import root
from runyard.discovery import KINDS
from runyard.settings import Setting, core_settings

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Written by tools/reference.py from the code: change that, then run it again. -->"


def hooks_page() -> str:
    """Every hook with its signature and what it is for."""
    lines = [
        "# Hooks",
        NOTE,
        "",
        (inspect.getdoc(hooks) or "").partition("\n\n")[2],
        "",
    ]
    for title, names in (("Declarations", hooks.DECLARATIONS), ("Events", hooks.EVENTS)):
        lines += [f"## {title}", ""]
        for name in names:
            lines += [f"### {name}", "```python", signature(hooks, name), "```", ""]
            lines += [inspect.getdoc(getattr(hooks, name)) or "", ""]
            if name in KINDS:
                kind = KINDS[name]
                lines += [f"Each `{kind.__name__}`: {inspect.getdoc(kind)}", ""]
    return page(lines)


def signature(module: Any, name: str) -> str:
    """A function's head as it stands in the source."""
    tree = ast.parse(inspect.getsource(module))
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"def {name}({ast.unparse(function.args)}){returns}: ..."


def settings_page(host: Host) -> str:
    """Every setting of the core and of the plugins we ship."""
    lines = [
        "# Settings",
        NOTE,
        "",
        "A setting is read from the arguments of the program, else from the environment, else from `runyard.toml` in",
        "the current folder or above, else from the user's `~/.config/runyard/runyard.toml`. `runyard config show`",
        "says what holds and why.",
        "",
        "## Core",
        "",
        *settings_table(core_settings()),
    ]
    plugins: dict[str, list[Setting]] = {}
    for plugin, setting in host.plugin_settings():
        plugins.setdefault(plugin, []).append(setting)
    for plugin, settings in sorted(plugins.items()):
        lines += [f"## {plugin}", "", *settings_table(settings)]
    return page(lines)


def settings_table(settings: list[Setting]) -> Iterator[str]:
    yield "| name | environment | default | what it is |"
    yield "|---|---|---|---|"
    for setting in settings:
        names = " or ".join(f"`{name}`" for name in (setting.env, *setting.fallback_env))
        default = f"`{setting.default}`" if setting.default not in ("", (), {}) else ""
        yield f"| `{setting.name}` | {names} | {default} | {setting.doc} |"
    yield ""


def commands_page(host: Host) -> str:
    """Every command with its help."""
    lines = ["# Commands", NOTE, "", "`runyard COMMAND --help` shows the same.", ""]
    context = click.Context(root, info_name="runyard", obj=Context(host), **root.context_settings)
    for path, help_text in command_helps(root, context):
        lines += [f"## {path}", "```text", help_text, "```", ""]
    return page(lines)


def command_helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """A command's path and help, and those of all below it."""
    context.terminal_width = context.max_content_width = 100
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and not below.hidden:
                real = below.load() if hasattr(below, "load") else below
                yield from command_helps(real, click.Context(real, info_name=name, parent=context))


def errors_page() -> str:
    """Every error with its code."""
    lines = ["# Errors", NOTE, "", "Each error has a code that crosses HTTP unchanged.", ""]
    lines += ["```text", (inspect.getdoc(errors) or "").partition("\n\n")[2], "```", ""]
    lines += ["| error | code | what it means |", "|---|---|---|"]
    for name, error in vars(errors).items():
        if isinstance(error, type) and issubclass(error, errors.RunyardError):
            lines.append(f"| `{name}` | `{error.code}` | {inspect.getdoc(error)} |")
    return page(lines)


def page(lines: list[str]) -> str:
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).rstrip() + "\n"


def pages() -> dict[str, str]:
    """Every page by its file name."""
    with Host(Settings(strict_plugins=True, environ={})) as host:
        makers: Mapping[str, Callable[[], str]] = {
            "hooks.md": hooks_page,
            "settings.md": lambda: settings_page(host),
            "commands.md": lambda: commands_page(host),
            "errors.md": errors_page,
        }
        return {name: make() for name, make in makers.items()}


def main(arguments: list[str]) -> int:
    """Write or check the pages; 1 where one is out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail where a page is out of date")
    check = parser.parse_args(arguments).check
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"{'out of date' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
