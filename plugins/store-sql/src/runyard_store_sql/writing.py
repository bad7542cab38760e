"""Writes the rows of metrics and of their blocks, past what makes SQLAlchemy slow for thousands of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from runyard_store_sql.schema import Real, metric_blocks, metrics

Values = tuple[Any, ...]


def insert_blocks(connection: sa.Connection, rows: Sequence[Values]) -> None:
    """New blocks; values in the order of the table's columns."""
    _execute(connection, metric_blocks, rows, is_upsert=False)


def write_summaries(connection: sa.Connection, rows: Sequence[Values]) -> None:
    """Rows of metrics, replacing what is there; values in the order of the table's columns."""
    _execute(connection, metrics, rows, is_upsert=True)


def _execute(connection: sa.Connection, table: sa.Table, rows: Sequence[Values], *, is_upsert: bool) -> None:
    if not rows:
        return
    dialect = connection.dialect
    if dialect.name in {"mysql", "mariadb"}:
        bind = Real().process_bind_param
        bound = [tuple(bind(value, dialect) if isinstance(value, float) else value for value in row) for row in rows]
    else:
        # NaN, the only value that differs from itself, is NULL.
        bound = [tuple([value if value == value else None for value in row]) for row in rows]  # noqa: PLR0124
    connection.exec_driver_sql(_statement(dialect.name, table.name, is_upsert), bound)


@cache
def _statement(dialect: str, name: str, is_upsert: bool) -> str:
    table = metrics.metadata.tables[name]
    quote = "`{}`" if dialect in {"mysql", "mariadb"} else '"{}"'
    columns = [quote.format(column.name) for column in table.columns]
    mark = "?" if dialect == "sqlite" else "%s"
    text = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608
    if not is_upsert:
        return text
    keys = [quote.format(column.name) for column in table.primary_key]
    changed = [column for column in columns if column not in keys]
    if dialect in {"mysql", "mariadb"}:
        return f"{text} ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in changed)}"
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{text} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"
