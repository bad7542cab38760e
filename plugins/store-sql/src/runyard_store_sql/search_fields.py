"""Where the values are that an identifier of a filter or an order stands for."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import attrs
import sqlalchemy as sa

from runyard.query import Identifier

Condition: TypeAlias = sa.ColumnElement[bool]


@attrs.frozen
class Rows:
    """Rows that belong to what is searched: those of `source` with `link` equal to `owner`, and `where`."""

    source: sa.FromClause
    owner: tuple[sa.ColumnElement[Any], ...]
    link: tuple[sa.ColumnElement[Any], ...]
    where: tuple[Condition, ...] = ()

    @property
    def belongs(self) -> Condition:
        """Whether a row belongs to what is searched."""
        links = (link == owner for link, owner in zip(self.link, self.owner, strict=True))
        return sa.and_(*links, *self.where)

    def exist(self, *conditions: Condition) -> Condition:
        """Whether there is such a row, looked up for each owner."""
        rows: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(self.source)
        return rows.where(self.belongs, *conditions).correlate_except(self.source).exists()

    def owners(self, condition: Condition) -> sa.Select[Any]:
        """The owners that have such a row, looked up in an index of the conditions."""
        return sa.select(*self.link).select_from(self.source).where(*self.where, condition)


@attrs.frozen
class Field:
    """The values of an identifier: a column of what is searched, or of rows that belong to it."""

    column: sa.ColumnElement[Any]
    rows: Rows | None = None
    # The first characters of the column's texts, which are indexed, and the numbers that the texts are.
    head: sa.ColumnElement[str] | None = None
    number: sa.ColumnElement[float] | None = None
    # A row that has NULL has NaN, instead of nothing; `present` says which rows count.
    null_is_nan: bool = False
    present: Condition | None = None
    # The column has integers, which are asked for as text.
    is_id: bool = False
    # There is an index of the values, or of their heads.
    is_indexed: bool = False

    def holds(self, condition: Condition) -> Condition:
        """Whether a condition on a value is true for any; never NULL."""
        if self.present is not None:
            condition = sa.and_(self.present, condition)
        if self.rows is not None:
            return self.rows.exist(condition)
        return sa.and_(self.column.is_not(None), condition) if self.may_be_null else condition

    def exists(self) -> Condition:
        """Whether there is any value."""
        if self.rows is None:
            return self.column.is_not(None)
        if self.present is not None:
            return self.rows.exist(self.present)
        return self.rows.exist() if self.null_is_nan else self.rows.exist(self.column.is_not(None))

    @property
    def may_be_null(self) -> bool:
        return not isinstance(self.column, sa.Column) or bool(self.column.nullable)


class Fields(Protocol):
    """What identifiers stand for in one kind of search."""

    def field(self, identifier: Identifier) -> Field | None:
        """None where it is known that nothing has it."""


class OrderFields(Fields, Protocol):
    """The same for a search that is ordered."""

    def order_field(self, identifier: Identifier) -> Field | None:
        """The field with its rows as an alias of their own, to be joined; one owner has at most one of them."""

    def owned_by(self, owner: tuple[sa.ColumnElement[Any], ...]) -> Fields:
        """The same fields, with other columns that say which row is searched."""
