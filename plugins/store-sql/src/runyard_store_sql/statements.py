"""Inserts that mind what is there, in the dialect of each database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError

ItemT = TypeVar("ItemT")

Row = dict[str, Any]
CHUNK = 500  # values in one IN


def insert_new(connection: sa.Connection, table: sa.Table, row: Row) -> bool:
    """Insert a row; False where its key is taken."""
    try:
        with connection.begin_nested():
            connection.execute(table.insert(), row)
    except IntegrityError:
        return False
    return True


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows, leaving those alone whose key is taken."""
    if not rows:
        return
    statement: Any
    match connection.dialect.name:
        case "sqlite":
            statement = sqlite.insert(table).on_conflict_do_nothing()
        case "postgresql":
            statement = postgresql.insert(table).on_conflict_do_nothing()
        case _:
            # Not IGNORE, which would also cut values that are too long.
            first = next(iter(table.primary_key.columns))
            statement = mysql.insert(table).on_duplicate_key_update({first.name: first})
    connection.execute(statement, list(rows))


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows, replacing what those with the same primary key hold."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in keys]
    statement: Any
    match connection.dialect.name:
        case "sqlite":
            statement = sqlite.insert(table)
            statement = statement.on_conflict_do_update(
                index_elements=keys, set_={name: statement.excluded[name] for name in changed}
            )
        case "postgresql":
            statement = postgresql.insert(table)
            statement = statement.on_conflict_do_update(
                index_elements=keys, set_={name: statement.excluded[name] for name in changed}
            )
        case _:
            statement = mysql.insert(table)
            statement = statement.on_duplicate_key_update({name: statement.inserted[name] for name in changed})
    connection.execute(statement, list(rows))


def chunks(items: Sequence[ItemT], size: int = CHUNK) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def experiment_numbers(experiment_ids: Sequence[str]) -> list[int]:
    """The numbers of experiments; an id that is none is left out."""
    return [int(one) for one in experiment_ids if one.isascii() and one.isdecimal() and len(one) < 19]
