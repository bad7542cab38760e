"""`runyard artifacts`: list, download, upload, show and delete what runs, or any location, keep."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from runyard.artifacts import located
from runyard.cli import complete, output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group
from runyard.cli.lookup import find_run
from runyard.cli.progress import reported
from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.tracking import transfer
from runyard.uris import artifact_path, hide_credentials

MAX_SHOWN = 10_000_000
_LOCATION = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:|[./~])")

where_argument = click.argument("where", metavar="RUN|URI", shell_complete=complete.run)
path_argument = click.argument("path", default="")


@click.group(cls=Group)
def artifacts() -> None:
    """List, download, upload and delete artifacts.

    RUN is a run's id, the start of one, or a run's name; URI is any location, such as runs:/ID/model or s3://bucket/x.
    """


@artifacts.command("list")
@where_argument
@path_argument
@click.option("--recursive", "-r", is_flag=True, help="Folders with all they hold.")
@output.json_option
@pass_context
def list_(context: Context, where: str, path: str, recursive: bool, as_json: bool) -> None:
    """List what lies in a folder."""
    store, name = _locate(context, where, path)
    info = store.stat(name)
    if name and info is None:
        raise NotFound(f"no artifact {name!r} in {hide_credentials(where)}")
    found = list(transfer.files_below(store, name)) if recursive else store.list(name)
    found = [info] if info is not None and not info.is_dir else found
    if as_json:
        output.show_json(found)
        return
    rows = [(f"{item.path}/" if item.is_dir else item.path, text.size(item.file_size)) for item in found]
    output.show_table(("path", "size"), rows, empty="no artifacts")


@artifacts.command()
@where_argument
@path_argument
@click.option("--to", "folder", metavar="DIR", help="Where to; else this folder, for a whole run one with its id.")
@click.option("--force", "-f", is_flag=True, help="Replace files that are there.")
@output.json_option
@pass_context
def download(context: Context, where: str, path: str, folder: str | None, force: bool, as_json: bool) -> None:
    """Fetch a file, a folder, or everything."""
    store, name = _locate(context, where, path)
    target = Path(folder or ("" if name else _own_folder(context, where)) or ".")
    _refuse_to_replace(target / name.rpartition("/")[2], force=force, whole=not name)
    with _reported("downloading") as report:
        arrived = transfer.download(store, name, target, keep_folders=False, report=report)
    if as_json:
        output.show_json({"path": str(arrived)})
    else:
        output.echo(text.printable(arrived))


@artifacts.command()
@click.argument("run", shell_complete=complete.run)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True))
@click.option("--to", "path", metavar="PATH", default="", help="Into this folder of the run.")
@output.json_option
@pass_context
def upload(context: Context, run: str, files: Sequence[str], path: str, as_json: bool) -> None:
    """Store files and folders, each under its own name."""
    found = find_run(context, run)
    context.client.check_writable(found.info.run_id)
    store = context.host.artifact_store(found.info.artifact_uri)
    stored = []
    for file in files:
        with _reported(f"uploading {file}") as report:
            stored += transfer.upload(store, file, path or None, report=report)
    if as_json:
        output.show_json(stored)
    else:
        for info in stored:
            output.echo(f"{text.printable(info.path)}  {text.size(info.file_size)}")


@artifacts.command()
@where_argument
@path_argument
@output.json_option
@pass_context
def show(context: Context, where: str, path: str, as_json: bool) -> None:
    """Print a text, a dictionary or a table."""
    store, name = _locate(context, where, path)
    info = store.stat(name)
    if info is None or info.is_dir:
        raise NotFound(f"no file {name!r} in {hide_credentials(where)}; see runyard artifacts list")
    content = _text(store, info)
    if as_json:
        output.show_json({**output.plain(info), "content": content})
        return
    table = _table(content) if name.endswith(".json") else None
    if table is not None:
        output.show_table([str(column) for column in table["columns"]], [_cells(row) for row in table["data"]])
    elif output.interactive():
        for line in content.splitlines():
            output.echo(text.printable(line))
    else:
        click.echo(content, nl=not content.endswith("\n"))


@artifacts.command()
@where_argument
@path_argument
@output.yes_option
@pass_context
def delete(context: Context, where: str, path: str, yes: bool) -> None:
    """Delete a file or a folder for good; the path . means everything."""
    if not path and not _LOCATION.match(where):
        raise click.UsageError("give the PATH to delete; . means all artifacts of the run")
    store, name = _locate(context, where, path)
    if name and store.stat(name) is None:
        raise NotFound(f"no artifact {name!r} in {hide_credentials(where)}")
    what = text.printable(name) if name else "everything"
    output.confirm(f"Delete {what} of {text.printable(hide_credentials(where))}?", yes=yes)
    store.delete(name)
    output.echo(f"deleted {what}")


def _locate(context: Context, where: str, path: str) -> tuple[ArtifactStore, str]:
    """The store and the path in it that a run or a location, and a path below, mean."""
    if not _LOCATION.match(where):
        return context.host.artifact_store(find_run(context, where).info.artifact_uri), artifact_path(path)
    if path:
        return context.host.artifact_store(where), artifact_path(path)
    store, name = located(where, host=context.host)
    info = store.stat(name)
    return (context.host.artifact_store(where), "") if info is not None and info.is_dir else (store, name)


def _own_folder(context: Context, where: str) -> str:
    return "" if _LOCATION.match(where) else find_run(context, where).info.run_id


def _refuse_to_replace(target: Path, *, force: bool, whole: bool) -> None:
    taken = target.is_dir() and any(target.iterdir()) if whole else target.exists()
    if taken and not force:
        raise AlreadyExists(f"{target} is there already; pass --force to replace its files, or --to another folder")


def _text(store: ArtifactStore, info: FileInfo) -> str:
    advice = "fetch it with runyard artifacts download"
    if (info.file_size or 0) > MAX_SHOWN:
        raise InvalidInput(f"{info.path} has {text.size(info.file_size)}, too much to show; {advice}")
    with store.open(info.path) as stream:
        content = stream.read()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{info.path} is no text; {advice}") from error


def _table(content: str) -> dict[str, Any] | None:
    """The table that a JSON text holds, as log_table writes it."""
    try:
        value = json.loads(content)
    except ValueError:
        return None
    is_table = isinstance(value, dict) and set(value) == {"columns", "data"} and isinstance(value["columns"], list)
    width = len(value["columns"]) if is_table else 0
    rows = value["data"] if is_table and isinstance(value["data"], list) else None
    if not width or rows is None or not all(isinstance(row, list) and len(row) == width for row in rows):
        return None
    return dict(value)


def _cells(row: list[Any]) -> list[object]:
    return [json.dumps(cell, ensure_ascii=False) if isinstance(cell, list | dict) else cell for cell in row]


@contextmanager
def _reported(label: str) -> Iterator[Callable[[transfer.Progress], None]]:
    """A bar for a transfer."""
    with reported(label, in_bytes=True) as advance:
        yield lambda progress: advance(progress.size, progress.total_size)
