"""One page of what is searched, found by the place where the page before ended, so that pages never shift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.errors import InvalidInput
from runyard.query import Filter, Node, OrderBy
from runyard_store_sql.paging import fingerprint, order_names, read_token, write_token
from runyard_store_sql.run_numbers import among
from runyard_store_sql.schema import Real
from runyard_store_sql.search_fields import Condition, Fields, OrderFields
from runyard_store_sql.search_filter import compile_filter
from runyard_store_sql.search_order import (
    NAN,
    PRESENT,
    OrderKey,
    Place,
    after,
    after_present,
    joined,
    order_keys,
)
from runyard_store_sql.search_plans import Extent, Plan, choose_plan

MAX_PAGE = 200_000
# PostgreSQL's plan must suit the values of this search, not of any; compiling it takes longer than running it.
_PLAN_FOR_VALUES = "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"


@attrs.frozen
class Listing:
    """What is searched: the columns to fetch of `source`, what must hold, and how equal rows are told apart.

    `scope` says the same to a token: a token of another scope is refused.
    """

    columns: tuple[sa.ColumnElement[Any], ...]
    source: sa.FromClause
    fields: OrderFields
    ties: tuple[OrderKey, ...]
    conditions: tuple[Condition, ...] = ()
    scope: tuple[object, ...] = ()
    # The conditions in a form that no index answers, for SQLite to start from elsewhere.
    loose_conditions: tuple[Condition, ...] | None = None
    extent: Extent | None = None


def find_page(
    connection: sa.Connection,
    listing: Listing,
    filter: Filter | None,  # noqa: A002 - as in the queries
    order_by: Sequence[OrderBy],
    max_results: int,
    token: str | None,
) -> tuple[list[Any], str | None]:
    """The rows of a page, which begin with the listing's columns, and the token of the next one.

    Raises:
        InvalidInput: the token is none of this search, or `max_results` is out of bounds.
    """
    keys = order_keys(order_by, listing.fields, listing.ties)
    return find_page_by(connection, listing, filter, keys, order_names(order_by), max_results, token)


def find_page_by(
    connection: sa.Connection,
    listing: Listing,
    filter: Filter | None,  # noqa: A002 - as in the queries
    keys: Sequence[OrderKey],
    names: tuple[object, ...],
    max_results: int,
    token: str | None,
) -> tuple[list[Any], str | None]:
    """The same in the order of keys, which end with the listing's ties; `names` say the order to a token."""
    if not 1 <= max_results <= MAX_PAGE:
        raise InvalidInput(f"max_results must lie between 1 and {MAX_PAGE:,}, got {max_results}")
    asked = fingerprint(listing.scope, filter and filter.tree, names)
    place = read_token(token, asked, [_kind(key.value) for key in keys]) if token else None
    search = _Search(connection, listing, keys, filter.tree if filter else None)
    rows = search.find(max_results + 1, place)
    if len(rows) <= max_results:
        return rows, None
    last = rows[max_results - 1][-2 * len(keys) :]
    places = list(zip(last[::2], last[1::2], strict=True))
    return rows[:max_results], write_token(asked, places)


def find_slice(
    connection: sa.Connection,
    listing: Listing,
    filter: Filter | None,  # noqa: A002 - as in the queries
    order_by: Sequence[OrderBy],
    offset: int,
    max_results: int,
) -> Sequence[tuple[Any, ...]]:
    """The listing's columns of so many rows after the first ones."""
    keys = order_keys(order_by, listing.fields, listing.ties)
    return _Search(connection, listing, keys, filter.tree if filter else None).slice(offset, max_results)


def count_rows(connection: sa.Connection, listing: Listing, filter: Filter | None) -> int:  # noqa: A002 - as above
    """How many rows there are in all."""
    return _Search(connection, listing, listing.ties, filter.tree if filter else None).count()


def matching(connection: sa.Connection, listing: Listing, filter: Filter | None) -> sa.Select[Any]:  # noqa: A002
    """A query for the listing's columns of all rows, in no order."""
    return _Search(connection, listing, listing.ties, filter.tree if filter else None).unordered()


def _kind(column: sa.ColumnElement[Any]) -> type:
    if isinstance(column.type, Real):
        return float
    return int if isinstance(column.type, sa.Integer) else str


class _Search:
    def __init__(
        self, connection: sa.Connection, listing: Listing, keys: Sequence[OrderKey], tree: Node | None
    ) -> None:
        self._connection = connection
        self._listing = listing
        self._keys = keys
        self._tree = tree

    def find(self, limit: int, place: Sequence[Place] | None) -> list[Any]:
        first, plan = self._keys[0], self._plan(limit)
        if not plan.walks or (place and place[0][0] != PRESENT):
            return self._sorted(
                attrs.evolve(plan, walks=False), limit, after(self._keys, place) if place else sa.true()
            )
        rows = self._walked(plan, limit, after_present(self._keys, place) if place else sa.true())
        if len(rows) < limit and first.rank is not None:
            rows += self._sorted(attrs.evolve(plan, walks=False), limit - len(rows), first.rank >= NAN)
        return rows

    def slice(self, offset: int, limit: int) -> Sequence[tuple[Any, ...]]:
        plan = self._plan(offset + limit)
        if not plan.walks:
            return self._raw(self._in_order(plan), limit, offset)
        first, present = self._keys[0], self._present(plan, sa.true())
        rows = self._raw(present, limit, offset)
        if len(rows) == limit or first.rank is None:
            return rows
        before = offset + len(rows) if rows or not offset else self._count(present)
        rest = self._in_order(attrs.evolve(plan, walks=False)).where(first.rank >= NAN)
        return [*rows, *self._raw(rest, limit - len(rows), max(offset - before, 0))]

    def count(self) -> int:
        return self._count(self.unordered())

    def unordered(self) -> sa.Select[Any]:
        plan = self._plan(MAX_PAGE * 1_000)
        return self._found(attrs.evolve(plan, walks=False), self._listing.source)

    def _count(self, query: sa.Select[Any]) -> int:
        counted = query.with_only_columns(sa.func.count(), maintain_column_froms=True).order_by(None)
        return int(self._connection.execute(counted).scalar_one())

    def _raw(self, query: sa.Select[Any], limit: int, offset: int) -> Sequence[tuple[Any, ...]]:
        """The driver's own tuples, for there may be very many."""
        result: Any = self._connection.execute(query.limit(limit).offset(offset) if offset else query.limit(limit))
        rows: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
        result.close()
        return rows

    def _plan(self, limit: int) -> Plan:
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql(_PLAN_FOR_VALUES)
        return choose_plan(
            self._connection, self._tree, self._listing.fields, self._keys[0], limit, self._listing.extent
        )

    def _walked(self, plan: Plan, limit: int, beyond: Condition) -> list[Any]:
        return self._fetch(self._present(plan, beyond).add_columns(*self._places), limit)

    def _present(self, plan: Plan, beyond: Condition) -> sa.Select[Any]:
        """Rows in which the first key is present, in the order of its index."""
        first = self._keys[0]
        assert first.field is not None
        assert first.field.rows is not None
        rows = first.field.rows
        source = joined(rows.source.join(self._listing.source, rows.belongs), self._keys[1:])
        # Conditions are met by the walked rows themselves, before anything is looked up for them.
        fields = self._listing.fields.owned_by(rows.link)
        query = self._select(plan, source, fields).where(first.value.is_not(None), beyond)
        if plan.numbers is not None:
            # A sum is looked up in no index: the one that has the order is walked.
            query = query.where(among(self._connection.dialect.name, rows.link[0] + 0, plan.numbers))
        clauses = [clause for key in self._keys[1:] for clause in key.clauses]
        return query.order_by(*first.value_clauses, *clauses)

    def _sorted(self, plan: Plan, limit: int, beyond: Condition) -> list[Any]:
        return self._fetch(self._in_order(plan).where(beyond).add_columns(*self._places), limit)

    def _in_order(self, plan: Plan) -> sa.Select[Any]:
        query = self._found(plan, joined(self._listing.source, self._keys))
        return query.order_by(*(clause for key in self._keys for clause in key.clauses))

    @property
    def _places(self) -> list[sa.ColumnElement[Any]]:
        return [column for key in self._keys for column in key.columns]

    def _found(self, plan: Plan, source: sa.FromClause) -> sa.Select[Any]:
        """Rows in no order, found by what the plan starts from."""
        query = self._select(plan, source, self._listing.fields)
        if plan.numbers is not None and self._listing.extent is not None:
            query = query.where(among(self._connection.dialect.name, self._listing.extent.rows.owner[0], plan.numbers))
        return query

    def _select(self, plan: Plan, source: sa.FromClause, fields: Fields) -> sa.Select[Any]:
        listing = self._listing
        conditions = listing.conditions
        starts_elsewhere = plan.driver is not None or plan.numbers is not None or plan.walks
        if plan.is_told and listing.loose_conditions is not None and starts_elsewhere:
            conditions = listing.loose_conditions
        query = sa.select(*listing.columns).select_from(source).where(*conditions)
        if plan.driver is not None:
            query = query.where(plan.driver)
        if plan.rest is not None:
            query = query.where(compile_filter(self._connection, plan.rest, fields))
        return query

    def _fetch(self, query: sa.Select[Any], limit: int) -> list[Any]:
        return list(self._connection.execute(query.limit(limit)).all())
