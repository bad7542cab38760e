"""`runyard environments`: list, remove and prune what was made for models and projects."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import click

from runyard.cli import output, text
from runyard.cli.context import Context, pass_context
from runyard.environments.cache import Cache, Entry
from runyard.errors import Conflict


@click.group()
def environments() -> None:
    """List and remove environments that were made, for models and projects, by whatever manager.

    NAME is the name of an environment, or its beginning.
    """


@environments.command("list")
@output.json_option
@pass_context
def list_(context: Context, as_json: bool) -> None:
    """List environments: their size, when each was used last, and what for."""
    found = sorted(_cache(context).entries(), key=lambda entry: -(entry.last_used or 0))
    if as_json:
        output.show_json(found)
        return
    output.show_table(
        ["name", "python", "by", "size", "used", "for"],
        [_row(entry) for entry in found],
        empty="no environment was made; runyard models prepare-env -m URI makes one",
    )


@environments.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@output.yes_option
@output.json_option
@pass_context
def remove(context: Context, names: Sequence[str], yes: bool, as_json: bool) -> None:
    """Remove environments that no process runs in; they are made again when they are needed."""
    cache = _cache(context)
    chosen = [cache.entry(cache.named(name)) for name in dict.fromkeys(names)]
    output.confirm(f"Remove {_counted(chosen)}?", yes=yes)
    for entry in chosen:
        cache.remove(entry.name)
    _tell(chosen, [], as_json=as_json)


@environments.command()
@click.option("--older-than", metavar="AGE", default="30d", show_default=True, help="Not used for that long.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@output.yes_option
@output.json_option
@pass_context
def prune(context: Context, older_than: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove environments that were not used for long, and those that were never built to their end.

    What a process runs in or builds stays.
    """
    cache = _cache(context)
    before = _before(older_than)
    chosen = [entry for entry in cache.entries() if not entry.complete or (entry.last_used or 0) < before]
    kept: list[Entry] = []
    if chosen and not dry_run:
        output.confirm(f"Remove {_counted(chosen)}?", yes=yes)
        kept = [entry for entry in chosen if not _removed(cache.remove, entry)]
    _tell([entry for entry in chosen if entry not in kept], kept, as_json=as_json, dry_run=dry_run)


def _cache(context: Context) -> Cache:
    return Cache.of(context.settings)


def _row(entry: Entry) -> list[object]:
    purposes = [text.printable(purpose) for purpose in entry.purposes]
    more = f" and {len(purposes) - 1} more" if len(purposes) > 1 else ""
    used = text.ago(entry.last_used)
    return [
        entry.name,
        entry.python,
        entry.installer,
        text.size(entry.size),
        used if entry.complete else "not built to its end",
        f"{purposes[0]}{more}" if purposes else "",
    ]


def _before(older_than: str) -> float:
    try:
        return (time.time() - text.parse_age(older_than)) * 1000
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--older-than") from error


def _removed(remove_one: Callable[[str], None], entry: Entry) -> bool:
    try:
        remove_one(entry.name)
    except Conflict:
        return False
    return True


def _counted(entries: Sequence[Entry]) -> str:
    size = text.size(sum(entry.size for entry in entries))
    return f"{len(entries)} environment{'s' * (len(entries) != 1)} ({size})"


def _tell(removed: Sequence[Entry], kept: Sequence[Entry], *, as_json: bool, dry_run: bool = False) -> None:
    if as_json:
        names = [[entry.name for entry in entries] for entries in (removed, kept)]
        freed = sum(entry.size for entry in removed)
        output.show_json({"removed": names[0], "in_use": names[1], "size": freed, "dry_run": dry_run})
        return
    output.echo(f"{'would remove' if dry_run else 'removed'} {_counted(removed)}")
    for entry in kept:
        output.note(f"{entry.name} is in use and stays")
