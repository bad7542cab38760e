"""The numbers of metric, param and tag keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from runyard_store_sql.engine import Database
from runyard_store_sql.schema import keys
from runyard_store_sql.statements import chunks, insert_missing

MOST = 200_000  # keys that a process remembers


def key_numbers(database: Database, names: Iterable[str]) -> dict[str, int]:
    """The number of each key, given to it now where it has none; keys are never taken away, so this is remembered."""
    known: dict[str, int] = database.memory.setdefault("keys", {})
    wanted = set(names)
    missing = sorted(wanted - known.keys())
    if missing:
        with database.read() as connection:
            found = find_keys(connection, missing)
        missing = [name for name in missing if name not in found]
        if missing:
            found |= database.write(lambda connection: _number(connection, missing))
        if len(known) > MOST:
            known = database.memory["keys"] = {name: known[name] for name in wanted & known.keys()}
        known.update(found)
    return {name: known[name] for name in wanted}


def find_keys(connection: sa.Connection, names: Sequence[str]) -> dict[str, int]:
    """The numbers of those keys that have one."""
    found: dict[str, int] = {}
    for part in chunks(names):
        rows = connection.execute(sa.select(keys.c.name, keys.c.id).where(keys.c.name.in_(part)))
        found.update((name, number) for name, number in rows)
    return found


def _number(connection: sa.Connection, names: Sequence[str]) -> dict[str, int]:
    insert_missing(connection, keys, [{"name": name} for name in names])
    return find_keys(connection, names)
