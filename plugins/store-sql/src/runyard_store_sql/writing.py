"""Writes the rows of metrics and of their blocks, past what makes SQLAlchemy and drivers slow for thousands of rows."""

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
    statement = _statement(dialect.name, table.name, is_upsert)
    if dialect.name == "postgresql":
        arrays = tuple(
            _array(column.type, values) for column, values in zip(table.columns, zip(*rows, strict=True), strict=True)
        )
        connection.exec_driver_sql(statement, arrays)
    elif dialect.name == "sqlite":
        # NaN, the only value that differs from itself, is NULL.
        bound = [tuple([value if value == value else None for value in row]) for row in rows]  # noqa: PLR0124
        connection.exec_driver_sql(statement, bound)
    else:
        bind = Real().process_bind_param
        bound = [tuple(bind(value, dialect) if isinstance(value, float) else value for value in row) for row in rows]
        connection.exec_driver_sql(statement, bound)


@cache
def _statement(dialect: str, name: str, is_upsert: bool) -> str:
    table = metrics.metadata.tables[name]
    quote = "`{}`" if dialect in {"mysql", "mariadb"} else '"{}"'
    columns = [quote.format(column.name) for column in table.columns]
    text = f"INSERT INTO {name} ({', '.join(columns)}) {_source(dialect, table)}"
    if not is_upsert:
        return text
    keys = [quote.format(column.name) for column in table.primary_key]
    changed = [column for column in columns if column not in keys]
    if dialect in {"mysql", "mariadb"}:
        return f"{text} ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in changed)}"
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    return f"{text} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}"


def _source(dialect: str, table: sa.Table) -> str:
    """Where the rows come from: PostgreSQL takes all at once as a few arrays, others one by one."""
    if dialect == "postgresql":
        arrays = ", ".join(f"%s::{_type_name(column.type)}[]" for column in table.columns)
        return f"SELECT * FROM unnest({arrays})"  # noqa: S608 - names of types
    return f"VALUES ({', '.join(['?' if dialect == 'sqlite' else '%s'] * len(table.columns))})"


def _type_name(kind: sa.types.TypeEngine[Any]) -> str:
    names = {Real: "float8", sa.LargeBinary: "bytea", sa.SmallInteger: "smallint", sa.BigInteger: "bigint"}
    return next((name for known, name in names.items() if isinstance(kind, known)), "integer")


def _array(kind: sa.types.TypeEngine[Any], values: Sequence[Any]) -> str:
    """A column as PostgreSQL writes arrays."""
    if isinstance(kind, sa.LargeBinary):
        parts = ["NULL" if value is None else f'"\\\\x{value.hex()}"' for value in values]
    else:
        parts = [repr(value) if value is not None and value == value else "NULL" for value in values]  # noqa: PLR0124
    return f"{{{','.join(parts)}}}"
