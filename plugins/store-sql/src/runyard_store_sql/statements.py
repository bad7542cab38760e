"""Inserts that mind what is there, in the dialect of each database."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
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
    statement = _insert(connection, table)
    if connection.dialect.name in {"sqlite", "postgresql"}:
        statement = statement.on_conflict_do_nothing()
    else:
        # Not IGNORE, which would also cut values that are too long.
        first = next(iter(table.primary_key.columns))
        statement = statement.on_duplicate_key_update({first.name: first})
    connection.execute(statement, list(rows))


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows, replacing what those with the same primary key hold."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in keys]
    statement = _insert(connection, table)
    if connection.dialect.name in {"sqlite", "postgresql"}:
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in changed}
        )
    else:
        statement = statement.on_duplicate_key_update({name: statement.inserted[name] for name in changed})
    connection.execute(statement, list(rows))


def _insert(connection: sa.Connection, table: sa.Table) -> Any:
    """The database's own kind of insert; to import all dialects takes longer than to open a SQLite file."""
    name = "mysql" if connection.dialect.name == "mariadb" else connection.dialect.name
    return importlib.import_module(f"sqlalchemy.dialects.{name}").insert(table)


def chunks(items: Sequence[ItemT], size: int = CHUNK) -> Iterator[Sequence[ItemT]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def experiment_numbers(experiment_ids: Sequence[str]) -> list[int]:
    """The numbers of experiments; an id that is none is left out."""
    return [int(one) for one in experiment_ids if one.isascii() and one.isdecimal() and len(one) < 19]
