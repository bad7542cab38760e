"""`runyard artifacts`: list, download, upload, show and delete what runs, or any location, keep."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from runyard.artifacts import located
from runyard.cli import complete, output, text
from runyard.cli.context import Context, pass_context
from runyard.cli.lazy import Group, short_for
from runyard.cli.lookup import find_run
from runyard.cli.progress import reported, transfer_reported
from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.transfers import copies, folders
from runyard.transfers.downloads import STAGING
from runyard.transfers.unfinished import Unfinished
from runyard.uris import Uri, artifact_path, hide_credentials

MAX_SHOWN = 10_000_000
_LOCATION = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:|[./~])")

where_argument = click.argument("where", metavar="RUN|URI", shell_complete=complete.run)
path_argument = click.argument("path", default="")


@click.group(cls=Group)
def artifacts() -> None:
    """List, download, upload, copy and delete artifacts; ls and rm are short for list and delete.

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
    found = list(folders.files_below(store, name)) if recursive else store.list(name)
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
    with transfer_reported("downloading") as report:
        arrived = folders.download(store, name, target, keep_folders=False, report=report)
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
    """Store files and folders, each under its own name.

    A large file whose upload breaks off is gone on with when the same command is given again.
    """
    found = find_run(context, run)
    context.client.check_writable(found.info.run_id)
    store = context.host.artifact_store(found.info.artifact_uri)
    stored = []
    for file in files:
        with transfer_reported(f"uploading {file}") as report:
            stored += folders.upload(store, file, path or None, report=report, unfinished=_unfinished(context))
    _show_stored(stored, as_json=as_json)


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
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--no-clobber", "-n", is_flag=True, help="Refuse to replace a file that is there.")
@output.json_option
@pass_context
def cp(context: Context, source: str, target: str, no_clobber: bool, as_json: bool) -> None:
    """Copy a file, or a folder with all it holds, from any location to any other.

    FROM and TO are URIs or paths. Where TO is a folder, or ends in a slash, the copy gets its own name in there. A copy
    of a large file that breaks off is gone on with when the same command is given again.
    """
    one, other = Uri.parse(source), Uri.parse(target)
    here, there = _place(context, one), _place(context, other)
    info = here.store.stat(here.path)
    if info is None:
        raise NotFound(f"nothing is at {one}")
    if target.endswith("/") or not there.path or _is_folder(there):
        other = other.join(posixpath.basename(here.path))
        there = _place(context, other)
    _refuse_itself(context, one, other)
    unfinished = _unfinished(context)
    with transfer_reported("copying") as report:
        stored = copies.copy(here, there, report=report, unfinished=unfinished, replace=not no_clobber, info=info)
    _show_stored(stored, as_json=as_json)


@artifacts.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--delete", is_flag=True, help="Delete what only TO has.")
@click.option("--by-size", is_flag=True, help="Take files of the same size for the same, without a look at them.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@output.json_option
@pass_context
def sync(context: Context, source: str, target: str, delete: bool, by_size: bool, dry_run: bool, as_json: bool) -> None:
    """Make the folder TO hold what the folder FROM holds, copying only what differs.

    Files of the same size are compared by their content, without fetching it where the store tells enough of it.
    """
    one, other = Uri.parse(source), Uri.parse(target)
    _refuse_itself(context, one, other)
    here, there = _place(context, one), _place(context, other)
    with reported("comparing") as advance:
        found = copies.differences(here, there, by_size=by_size, compared=advance)
    if not dry_run:
        with transfer_reported("copying") as report:
            copies.synchronise(here, there, found, delete=delete, report=report, unfinished=_unfinished(context))
    deleted = found.deleted if delete else ()
    if as_json:
        output.show_json({"dry_run": dry_run, "copied": found.copied, "deleted": deleted, "unchanged": found.unchanged})
        return
    for info in found.copied:
        output.echo(f"copy    {text.printable(info.path)}  {text.size(info.file_size)}")
    for name in deleted:
        output.echo(f"delete  {text.printable(name)}")
    done = "would be copied" if dry_run else "copied"
    output.note(f"{len(found.copied)} {done}, {len(deleted)} deleted, {found.unchanged} unchanged")


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


artifacts.add_command(short_for(list_), "ls")
artifacts.add_command(short_for(delete), "rm")


def _place(context: Context, location: Uri) -> copies.Place:
    """Where a location leads, in the store of the folder above it, so that a file can be named as well."""
    return copies.Place(*located(location.text, host=context.host))


def _is_folder(place: copies.Place) -> bool:
    info = place.store.stat(place.path)
    return info is not None and info.is_dir


def _refuse_itself(context: Context, source: Uri, target: Uri) -> None:
    one, other = (context.host.resolve(location).text.rstrip("/") + "/" for location in (source, target))
    if other.startswith(one):
        raise InvalidInput(f"{target} lies in {source}, which cannot be copied into itself")


def _show_stored(stored: Sequence[FileInfo], *, as_json: bool) -> None:
    if as_json:
        output.show_json(stored)
        return
    for info in stored:
        output.echo(f"{text.printable(info.path)}  {text.size(info.file_size)}")


def _unfinished(context: Context) -> Unfinished | None:
    return Unfinished.of(context.host.settings.environ)


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
    def holds_files() -> bool:
        return any(not entry.name.startswith(STAGING) for entry in target.iterdir())

    taken = target.is_dir() and holds_files() if whole else target.exists()
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
