"""Orders as SQL, and the condition for what comes after a row: missing values last, NaN before them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.query import OrderBy
from runyard_store_sql.schema import HEAD
from runyard_store_sql.search_fields import Condition, Field, OrderFields

PRESENT, NAN, MISSING = 0, 1, 2

Place = tuple[int, Any]  # one of the three, and the value where it is present


@attrs.frozen
class OrderKey:
    """What rows are ordered by; `rank` is None where a value is always present."""

    value: sa.ColumnElement[Any]
    ascending: bool = True
    rank: sa.ColumnElement[int] | None = None
    head: sa.ColumnElement[str] | None = None
    field: Field | None = None

    @property
    def columns(self) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        return (sa.literal_column("0") if self.rank is None else self.rank, self.value)

    @property
    def clauses(self) -> list[sa.ColumnElement[Any]]:
        ranks = [] if self.rank is None else [self.rank]
        return [*ranks, *self.value_clauses]

    @property
    def value_clauses(self) -> list[sa.ColumnElement[Any]]:
        values = [self.value] if self.head is None else [self.head, self.value]
        return [value.asc() if self.ascending else value.desc() for value in values]

    def beyond(self, value: Any) -> Condition:
        beyond: Condition = self.value > value if self.ascending else self.value < value
        return beyond

    def not_before(self, value: Any) -> Condition:
        """True for the value and all beyond, by what is indexed."""
        column, least = (self.value, value) if self.head is None else (self.head, value[:HEAD])
        reached: Condition = column >= least if self.ascending else column <= least
        return reached


def order_keys(order_by: Sequence[OrderBy], fields: OrderFields, ties: Sequence[OrderKey]) -> list[OrderKey]:
    """The keys of an order, ending with those that tell all rows apart."""
    keys = []
    seen = set()
    for order in order_by:
        field = None if order.identifier in seen else fields.order_field(order.identifier)
        seen.add(order.identifier)
        if field is not None:
            keys.append(OrderKey(field.column, order.ascending, _rank(field), field.head, field))
    return [*keys, *ties]


def _rank(field: Field) -> sa.ColumnElement[int] | None:
    if field.rows is None and not field.may_be_null:
        return None
    whens: list[tuple[Condition, int]] = [(field.column.is_not(None), PRESENT)]
    if field.rows is not None and field.null_is_nan:
        has_row = field.rows.link[0].is_not(None)
        whens.append((has_row if field.present is None else sa.and_(has_row, field.present), NAN))
    return sa.case(*whens, else_=MISSING)


def joined(source: sa.FromClause, keys: Iterable[OrderKey]) -> sa.FromClause:
    """What is searched, with the rows that the keys need."""
    for key in keys:
        if key.field is not None and key.field.rows is not None:
            rows = key.field.rows
            source = source.outerjoin(rows.source, rows.belongs)
    return source


def after(keys: Sequence[OrderKey], place: Sequence[Place]) -> Condition:
    """Whether a row comes after the one at a place."""
    key, (rank, value) = keys[0], place[0]
    rest = after(keys[1:], place[1:]) if len(keys) > 1 else sa.false()
    if key.rank is None and rank != PRESENT:
        return sa.false()
    if key.rank is not None and rank != PRESENT:
        return sa.or_(key.rank > rank, sa.and_(key.rank == rank, rest))
    further = sa.or_(key.beyond(value), sa.and_(key.value == value, rest))
    if key.rank is None:
        return sa.and_(key.not_before(value), further)
    return sa.or_(key.rank > rank, sa.and_(key.rank == rank, further))


def after_present(keys: Sequence[OrderKey], place: Sequence[Place]) -> Condition:
    """The same where the first key's value is known to be present."""
    return after([attrs.evolve(keys[0], rank=None), *keys[1:]], place)
