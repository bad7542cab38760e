"""Many numbers of runs at once: how a database is given them, and how it gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from runyard_store_sql.search_fields import Condition

# What PostgreSQL puts between numbers as bytes.
NO_BYTES: sa.ColumnElement[bytes] = sa.literal_column("''::bytea", sa.LargeBinary())


def among(dialect: str, column: sa.ColumnElement[Any], numbers: Sequence[int]) -> Condition:
    """Whether a column has one of these numbers; they are one parameter, and a text, which is sent fastest."""
    match dialect:
        case "sqlite":
            listed = sa.func.json_each(json.dumps(numbers)).table_valued("value")
            return column.in_(sa.select(listed.c.value))
        case "postgresql":
            text = sa.literal(f"{{{','.join(map(str, numbers))}}}")
            return column == sa.any_(sa.cast(text, sa.ARRAY(sa.BigInteger)))
        case _:
            return column.in_(numbers)


def numbers(connection: sa.Connection, query: sa.Select[Any]) -> set[int]:
    """The numbers that a query finds in a database of SQLite."""
    found: list[int] = json.loads(f"[{packed(connection, query)}]")
    return set(found)


def packed(connection: sa.Connection, query: sa.Select[Any]) -> str:
    """The numbers that a query finds, with commas between them: SQLite takes most of its time to step through rows."""
    numbers = query.subquery()
    return str(connection.execute(sa.select(sa.func.group_concat(numbers.c[0]))).scalar() or "")
