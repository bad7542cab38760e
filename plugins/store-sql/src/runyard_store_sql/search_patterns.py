"""LIKE, ILIKE and regular expressions, made to mean the same on every database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from runyard.query.like import like_matcher, like_regex
from runyard.query.regex import matcher, parse_regex, to_pcre, to_postgres
from runyard.query.regex.tree import Pattern
from runyard_store_sql.search_fields import Condition

_PREPARED = "runyard_patterns"


def prepare(connection: sa.Connection) -> None:
    """Give SQLite the functions that the conditions call."""
    if connection.dialect.name != "sqlite" or connection.info.get(_PREPARED):
        return
    driver: Any = connection.connection.driver_connection
    driver.create_function("runyard_matches", 2, _matches, deterministic=True)
    driver.create_function("runyard_ilike", 2, _ilike, deterministic=True)
    connection.info[_PREPARED] = True


def like(column: sa.ColumnElement[str], pattern: str, dialect: str) -> Condition:
    if dialect == "sqlite":  # whose LIKE ignores case
        return column.op("GLOB", is_comparison=True)(_glob(pattern))
    escaped = pattern.replace("!", "!!")
    return column.like(escaped, escape="!")


def ilike(column: sa.ColumnElement[str], pattern: str, dialect: str) -> Condition:
    if dialect == "sqlite":
        if pattern.isascii():
            return column.op("LIKE", is_comparison=True)(pattern)
        return sa.func.runyard_ilike(pattern, column, type_=sa.Boolean()).is_(sa.true())
    return _regex(column, like_regex(pattern, ignore_case=True), dialect)


def matches(column: sa.ColumnElement[str], expression: str, dialect: str) -> Condition:
    if dialect == "sqlite":
        parse_regex(expression)
        return sa.func.runyard_matches(expression, column, type_=sa.Boolean()).is_(sa.true())
    return _regex(column, parse_regex(expression), dialect)


def _regex(column: sa.ColumnElement[str], pattern: Pattern, dialect: str) -> Condition:
    if dialect == "postgresql":
        return column.op("~", is_comparison=True)(to_postgres(pattern))
    return column.op("REGEXP", is_comparison=True)(to_pcre(pattern))


def _glob(pattern: str) -> str:
    glob = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return "".join(glob.get(char, char) for char in pattern)


def _matches(expression: str, value: str | None) -> bool | None:
    return None if value is None else matcher(expression).search(value)


def _ilike(pattern: str, value: str | None) -> bool | None:
    return None if value is None else like_matcher(pattern, ignore_case=True).search(value)
