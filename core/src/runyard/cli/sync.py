"""`runyard sync`: deliver what processes that are gone left in their journals."""

from __future__ import annotations

from pathlib import Path

import click

from runyard.cli import output
from runyard.cli.context import Context, pass_context
from runyard.cli.journal import journal_root
from runyard.cli.progress import Progress
from runyard.errors import InvalidInput, RunyardError
from runyard.tracking.journal.folder import JournalFolder, journals
from runyard.tracking.recovery import Recovered, dead_journals, recover_journal
from runyard.tracking.refusals import rejected_file
from runyard.uris import Uri


@click.command()
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--to", "to", metavar="URI", help="Deliver to this tracking store, wherever the journals were meant for.")
@output.json_option
@pass_context
@click.pass_context
def sync(click_context: click.Context, context: Context, folder: Path | None, to: str | None, *, as_json: bool) -> None:
    """Deliver what journals in DIR still hold, by default those of the data folder.

    Each journal goes to the tracking store that it was written for. Journals of processes that still work are left to
    them. A journal that cannot be delivered stays where it is.
    """
    root = journal_root(context, folder)
    done: list[Recovered] = []
    failed: dict[str, str] = {}
    for each, lock in dead_journals(root):
        try:
            done.append(_deliver(context, each, to))
        except RunyardError as error:
            failed[each.journal_id] = str(error)
        finally:
            lock.release()
    # A process that is gone leaves no lock, so what is left and did not fail belongs to living ones.
    working = [each.journal_id for each in journals(root) if each.journal_id not in failed]
    if as_json:
        output.show_json({"delivered": done, "failed": failed, "working": working})
    else:
        _report(root, done, failed, working)
    if failed:
        click_context.exit(1)


def _deliver(context: Context, folder: JournalFolder, to: str | None) -> Recovered:
    uri = _destination(context, folder, to)
    store = context.host.tracking_store(uri)
    with Progress(f"delivering {folder.journal_id}", folder.end(), in_bytes=True) as progress:
        position = 0

        def advance(last: int) -> None:
            nonlocal position
            progress.advance(max(0, last - position))
            position = max(position, last)

        return recover_journal(context.host, store, folder, str(uri), on_progress=advance)


def _destination(context: Context, folder: JournalFolder, to: str | None) -> Uri:
    if to is not None:
        return context.host.tracking_uri(to)
    header = folder.header()
    if header is None:
        raise InvalidInput(f"the header of journal {folder.journal_id} is damaged; say where it goes with --to")
    destination = header.destination
    current = context.host.tracking_uri()
    if str(current) == destination:
        return current
    if "***" in destination:
        raise InvalidInput(
            f"journal {folder.journal_id} is for {destination}, whose credentials are not kept; "
            "give the location with --to, or set tracking_uri"
        )
    return Uri.parse(destination)


def _report(root: Path, done: list[Recovered], failed: dict[str, str], working: list[str]) -> None:
    for each in done:
        output.echo(f"{each.journal_id}: {each.records} records delivered")
        for run_id in each.failed_runs:
            output.echo(f"  run {run_id} had not ended: its process is gone, so it is FAILED")
        for damage in each.damages:
            output.note(f"  {damage}; kept beside the journal")
        for rejection in each.rejections:
            output.note(f"  refused: {rejection.what} of run {rejection.run_id}: {rejection.reason}")
        if each.rejections:
            output.note(f"  the refused values are kept in {rejected_file(JournalFolder(root / each.journal_id))}")
    for journal_id, reason in failed.items():
        output.note(f"{journal_id}: not delivered: {reason}")
    if working:
        output.note(f"{len(working)} journal(s) belong to processes that still work; they deliver by themselves")
    if not done and not failed and not working:
        output.note(f"nothing to deliver in {root}")
