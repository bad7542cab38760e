"""`runyard journal`: what waits in journals, and whether it can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.errors import InvalidInput
from runyard.tracking.journal.folder import journals
from runyard.tracking.journal.inspection import Inspection, inspect
from runyard.tracking.refusals import read_rejections, rejected_files

_folder = click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))


@click.group()
def journal() -> None:
    """Look into the journals that runs are written through.

    A process writes what it logs to its own journal, from where it is delivered to the tracking store. A journal
    that stays belongs to a process that is still working, or could not deliver everything: see `runyard sync`.
    """


@journal.command("ls")
@_folder
@output.json_option
@pass_context
def list_(context: Context, folder: Path | None, *, as_json: bool) -> None:
    """List the journals in DIR, by default those of the data folder."""
    root = journal_root(context, folder)
    found = [inspect(each) for each in journals(root)]
    rejected = {path: len(read_rejections(path)) for path in rejected_files(root)}
    if as_json:
        output.show_json(
            {"journals": [_fields(each) for each in found], "rejected": {path.name: n for path, n in rejected.items()}}
        )
        return
    output.show_table(
        ("journal", "owner", "records", "size", "open runs", "destination"),
        [
            (
                each.folder.journal_id,
                _owner(each),
                each.records,
                text.size(each.size),
                len(each.open_runs),
                each.header.destination if each.header else "?",
            )
            for each in found
        ],
        empty=f"no journals in {root}: everything is delivered",
    )
    for path, count in rejected.items():
        output.note(f"{count} refused by the store, kept in {path}")


@journal.command("check")
@_folder
@output.json_option
@pass_context
@click.pass_context
def check(click_context: click.Context, context: Context, folder: Path | None, *, as_json: bool) -> None:
    """Read every record of the journals in DIR; exit 1 where some cannot be read."""
    root = journal_root(context, folder)
    found = [inspect(each) for each in journals(root)]
    sound = not any(each.damages or each.problem for each in found)
    if as_json:
        output.show_json({"sound": sound, "journals": [_fields(each) for each in found]})
    else:
        for each in found:
            state = each.problem or ("damaged" if each.damages else "sound")
            output.echo(f"{each.folder.journal_id}: {each.records} records, {state}")
            for damage in each.damages:
                output.echo(f"  {damage}")
        if not found:
            output.note(f"no journals in {root}")
    if not sound:
        click_context.exit(1)


def journal_root(context: Context, folder: Path | None) -> Path:
    """The folder of journals that is meant.

    Raises:
        InvalidInput: it was named and is not there.
    """
    if folder is None:
        return context.settings.journal_path
    if not folder.is_dir():
        raise InvalidInput(f"no folder {folder}; give a folder of journals, or a single journal")
    return folder


def _owner(inspection: Inspection) -> str:
    header = inspection.header
    process = f"process {header.pid} on {header.host}" if header else "?"
    return process if inspection.is_alive else f"gone ({process})"


def _fields(inspection: Inspection) -> dict[str, Any]:
    header = inspection.header
    return {
        "journal": inspection.folder.journal_id,
        "path": str(inspection.folder.path),
        "alive": inspection.is_alive,
        "host": header.host if header else None,
        "pid": header.pid if header else None,
        "created": header.created if header else None,
        "destination": header.destination if header else None,
        "records": inspection.records,
        "bytes": inspection.size,
        "open_runs": inspection.open_runs,
        "damages": [
            {"segment": str(each.segment), "offset": each.offset, "length": each.length} for each in inspection.damages
        ],
        "problem": inspection.problem,
    }
