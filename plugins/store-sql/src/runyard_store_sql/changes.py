"""Notes what changed, in the transaction that changes it.

A reader must never be told of a change while one with a lower number may still come. SQLite has one writer at a time,
so numbers come in the order of commits. Elsewhere transactions end in another order than they take their numbers in:
there a writer holds a shared lock from before its numbers are given to it until what it wrote can be seen (databases
let go of locks after that), as the last thing that it does before the commit, so that writers never wait for each
other. A reader takes the same lock alone for a moment, which waits for those who hold a number and have not committed.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from runyard.entities import ChangeKind, Subject
from runyard_store_sql.clock import now
from runyard_store_sql.schema import changes

KEPT = 200_000  # rows that are kept about, the last ones
FORGOTTEN = ""  # the subject of the row up to which all were removed
_LOOKED_AT = 20_000  # rows, far fewer than are kept
_EVERY = 1_000  # rows after which old ones are removed, on average

_LOCK_NUMBER = 0x52556368616E67  # of PostgreSQL's advisory lock
_NOTES = "runyard_changes"
_FIELDS = ("subject", "id", "experiment", "kind", "timestamp")

_POSTGRES_INSERT = f"""
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared({_LOCK_NUMBER}))
INSERT INTO changes (subject, id, experiment, kind, timestamp)
SELECT one.* FROM held, unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[]) AS one
"""  # noqa: S608 - a number
_POSTGRES_TRY = f"""
SELECT CASE WHEN pg_try_advisory_lock({_LOCK_NUMBER}) THEN pg_advisory_unlock({_LOCK_NUMBER}) ELSE false END
"""
_SQLITE_INSERT = "INSERT INTO changes (subject, id, experiment, kind, timestamp) VALUES (?, ?, ?, ?, ?)"
# The only row of this table is never written to while the schema stays as it is.
_MYSQL_HOLD = "SELECT version_num FROM runyard_version LOCK IN SHARE MODE"
_MYSQL_WAIT = "SELECT version_num FROM runyard_version FOR UPDATE"

Note = tuple[str, str, ChangeKind]


def begin(connection: sa.Connection) -> None:
    """A transaction begins that will note what it changes."""
    connection.info[_NOTES] = {}


def note(
    connection: sa.Connection,
    subject: Subject,
    id: str,  # noqa: A002 - as in `Change`
    kind: ChangeKind,
    experiment: int | None = None,
) -> None:
    """Note a change of this transaction; the same one again is noted once, and creation tells of updates, too.

    `experiment` is the number of the one that the thing belongs to, or is.
    """
    notes: dict[Note, int | None] = connection.info[_NOTES]
    if kind is not ChangeKind.UPDATED or (subject, id, ChangeKind.CREATED) not in notes:
        notes.setdefault((subject, id, kind), experiment)


def flush(connection: sa.Connection) -> None:
    """Write down what was noted; to be called last in a transaction."""
    notes: dict[Note, int | None] = connection.info[_NOTES]
    if not notes:
        return
    time = now()
    rows = [(str(subject), id_, experiment, str(kind), time) for (subject, id_, kind), experiment in notes.items()]
    match connection.dialect.name:
        case "sqlite":
            connection.exec_driver_sql(_SQLITE_INSERT, rows)
        case "postgresql":
            connection.exec_driver_sql(_POSTGRES_INSERT, tuple(map(list, zip(*rows, strict=True))))
        case _:
            connection.exec_driver_sql(_MYSQL_HOLD)
            connection.execute(changes.insert(), [dict(zip(_FIELDS, row, strict=True)) for row in rows])
    if random.random() * _EVERY < len(rows):  # noqa: S311 - no secret
        prune(connection)


def wait(connection: sa.Connection) -> None:
    """Wait for those who hold a number; what is read next in this transaction lacks no lower number."""
    match connection.dialect.name:
        case "sqlite":
            pass
        case "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER})")
        case _:
            connection.exec_driver_sql(_MYSQL_WAIT)


def last_number(connection: sa.Connection) -> int:
    """The last number; 0 where nothing changed yet."""
    return connection.execute(_LAST).scalar() or 0


def prune(connection: sa.Connection) -> None:
    """Remove all but the last rows. The last one of those removed stays, without what it says."""
    number: Any = changes.c.number
    cut = connection.execute(sa.select(sa.func.max(number)).where(number <= last_number(connection) - KEPT)).scalar()
    if cut is not None:
        connection.execute(changes.delete().where(number < cut))
        connection.execute(changes.update().where(number == cut).values(subject=FORGOTTEN, id=""))


_LAST = sa.select(sa.func.max(changes.c.number))


def settled_number(connection: sa.Connection) -> int | None:
    """The last number if nobody holds one that is not committed; None where that cannot be told without waiting."""
    match connection.dialect.name:
        case "sqlite":
            return last_number(connection)
        case "postgresql":
            is_free = connection.exec_driver_sql(_POSTGRES_TRY).scalar_one()
            return last_number(connection) if is_free else None
        case _:
            return None


def changed(connection: sa.Connection, since: int, last: int, kinds: Collection[ChangeKind]) -> bool:
    """Whether something changed in one of these ways; true where it would take long to say."""
    if not 0 <= last - since <= _LOOKED_AT:
        return True
    query = sa.select(changes.c.number).where(changes.c.number > since, changes.c.kind.in_([str(one) for one in kinds]))
    return last > since and connection.execute(query.limit(1)).first() is not None
