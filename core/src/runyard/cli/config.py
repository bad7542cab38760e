"""`runyard config`: every setting, its value and where that came from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runyard.cli import output
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group
from runyard.effective import Effective, as_text, effective
from runyard.settings import FILE_NAME


@click.group(cls=Group)
def config() -> None:
    """Show settings and where they came from."""


@config.command()
@output.json_option
@pass_context
def show(context: Context, as_json: bool) -> None:
    """Show every setting of the core and of plugins, its value and where that came from.

    Secrets and passwords are never shown.
    """
    shown = list(effective(context.host))
    if as_json:
        output.show_json({"settings": shown, "data_folder": _data_folder(context)})
        return
    output.show_table(
        ["setting", "value", "from", "what it is"],
        [[_bold_if_set(item), as_text(item.value), item.source, item.doc] for item in shown],
    )


@config.command()
@output.json_option
@pass_context
def path(context: Context, as_json: bool) -> None:
    """Print the data folder and the configuration files that are read, in the order in which they win."""
    settings = context.settings
    project = settings.root / FILE_NAME
    user = _user_file(settings.environ)
    files = [("project file", project), ("user file", user)]
    if as_json:
        listed = [{"what": what, "path": file, "exists": file.is_file()} for what, file in files]
        output.show_json({"data_folder": settings.data_path, "files": listed})
        return
    rows = [["data folder", settings.data_path, "" if settings.data_path.is_dir() else "not there yet"]]
    rows += [[what, file, "" if file.is_file() else "not there"] for what, file in files]
    output.show_table(["what", "path", ""], rows)


def _bold_if_set(item: Effective) -> output.Styled:
    return output.Styled(item.name, bold=item.source != "default")


def _data_folder(context: Context) -> dict[str, str]:
    return {"path": str(context.settings.data_path), "reason": context.settings.origin("data_dir")}


def _user_file(environ: Any) -> Path:
    base = Path(environ["XDG_CONFIG_HOME"]) if environ.get("XDG_CONFIG_HOME") else Path.home() / ".config"
    return base / "runyard" / FILE_NAME
