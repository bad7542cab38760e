"""Params and tags of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from runyard.errors import NotFound
from runyard.query.numbers import as_number
from runyard_store_sql.keys import find_keys
from runyard_store_sql.schema import HEAD, params, tags
from runyard_store_sql.statements import chunks, upsert

Entry = tuple[int, int, str]  # the numbers of run and key, and the value


def add_params(connection: sa.Connection, entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Set params that are not set yet; those that have another value already are given back with it.

    The caller holds the locks of the runs.
    """
    known = known_params(connection, entries)
    refused: list[tuple[Entry, str]] = []
    new = []
    for run, key, value in entries:
        if (run, key) not in known:
            known[run, key] = value
            new.append((run, key, value))
        elif known[run, key] != value:
            refused.append(((run, key, value), known[run, key]))
    insert_params(connection, new)
    return refused


def insert_params(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Set params that are known not to be set. The caller holds the locks of the runs."""
    rows = [
        {"run": run, "key": key, "value": value, "head": value[:HEAD], "number": as_number(value)}
        for run, key, value in entries
    ]
    if rows:
        connection.execute(params.insert(), rows)


def set_tags(connection: sa.Connection, entries: Iterable[Entry]) -> None:
    """Set tags, the last one of a key wins. The caller holds the locks of the runs."""
    last = {(run, key): value for run, key, value in entries}
    rows = [
        {"run": run, "key": key, "value": value, "head": value[:HEAD]} for (run, key), value in sorted(last.items())
    ]
    upsert(connection, tags, rows)


def delete_tag(connection: sa.Connection, run: int, run_id: str, key: str) -> None:
    number = find_keys(connection, [key]).get(key)
    gone = connection.execute(tags.delete().where(tags.c.run == run, tags.c.key == number)) if number else None
    if gone is None or not gone.rowcount:
        raise NotFound(f"run {run_id!r} has no tag {key!r}")


def delete_tags(connection: sa.Connection, places: Sequence[tuple[int, int]]) -> None:
    """Delete tags of these runs and keys, those that are there. The caller holds the locks of the runs."""
    gone = tags.delete().where(tags.c.run == sa.bindparam("of_run"), tags.c.key == sa.bindparam("of_key"))
    if places:
        connection.execute(gone, [{"of_run": run, "of_key": key} for run, key in sorted(places)])


def known_params(connection: sa.Connection, entries: Sequence[Entry]) -> dict[tuple[int, int], str]:
    """The values of those that are set already, by run and key."""
    by_run: dict[int, list[int]] = {}
    for run, key, _ in entries:
        by_run.setdefault(run, []).append(key)
    known: dict[tuple[int, int], str] = {}
    for run, keys in by_run.items():
        query = sa.select(params.c.key, params.c.value).where(params.c.run == run)
        for part in chunks(keys):
            known.update(((run, key), value) for key, value in connection.execute(query.where(params.c.key.in_(part))))
    return known
