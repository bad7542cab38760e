"""Search for registered models and versions; a page goes on where the last one ended, whatever was written since."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.entities import ModelVersion, Page, RegisteredModel
from runyard.errors import InvalidInput
from runyard.protocols.registry import ModelQuery
from runyard.query import Identifier, Kind, OrderBy
from runyard_store_sql import tokens
from runyard_store_sql.registry_rows import MAX_PAGE, MODELS, VERSIONS, Row, models_of, versions_of
from runyard_store_sql.schema import model_version_tags, model_versions, registered_model_tags, registered_models
from runyard_store_sql.search_fields import Field, Rows
from runyard_store_sql.search_filter import compile_filter

Column = sa.ColumnElement[Any]


@attrs.frozen
class Searched:
    """What is searched: its rows, its attributes as columns, its tags, and the order that tells any two apart."""

    rows: sa.Select[Any]
    attributes: Mapping[str, Column]
    tags: sa.Table
    owner: tuple[Column, ...]
    link: tuple[Column, ...]  # the columns of `tags` that are equal to `owner` for a tag of the row
    order: Sequence[OrderBy]

    def field(self, identifier: Identifier) -> Field:
        """What an identifier stands for in a filter."""
        if identifier.kind is Kind.TAG:
            rows = Rows(self.tags, self.owner, self.link, (self.tags.c.key == identifier.key,))
            return Field(self.tags.c.value, rows)
        column = self.attributes.get(identifier.key) if identifier.kind is Kind.ATTRIBUTE else None
        if column is None:
            known = ", ".join(self.attributes)
            raise InvalidInput(f"no {identifier.kind} {identifier.key!r} to search by (attributes: {known}; and tags)")
        return Field(column)

    def value(self, identifier: Identifier) -> Column:
        """The same as one column; NULL where the row does not have it."""
        found = self.field(identifier)
        if found.rows is None:
            return found.column
        links = (link == owner for link, owner in zip(self.link, self.owner, strict=True))
        query = sa.select(found.column).where(*links, *found.rows.where)
        return query.correlate(registered_models, model_versions).scalar_subquery()


def _by(key: str, *, ascending: bool = True) -> OrderBy:
    return OrderBy(Identifier(Kind.ATTRIBUTE, key), ascending)


_models, _versions = registered_models.c, model_versions.c

SEARCHED_MODELS = Searched(
    rows=MODELS,
    attributes={
        "name": _models.name,
        "creation_timestamp": _models.creation_time,
        "last_updated_timestamp": _models.last_update_time,
    },
    tags=registered_model_tags,
    owner=(_models.id,),
    link=(registered_model_tags.c.model,),
    order=(_by("name"),),
)
SEARCHED_VERSIONS = Searched(
    rows=VERSIONS,
    attributes={
        "name": _models.name,
        "version_number": _versions.version,
        "run_id": _versions.run_id,
        "model_id": _versions.model_id,
        "source_path": _versions.source,
        "current_stage": _versions.stage,
        "user_id": _versions.user_id,
        "status": _versions.status,
        "creation_timestamp": _versions.creation_time,
        "last_updated_timestamp": _versions.last_update_time,
    },
    tags=model_version_tags,
    owner=(_versions.model, _versions.version),
    link=(model_version_tags.c.model, model_version_tags.c.version),
    order=(_by("name"), _by("version_number", ascending=False)),
)


def search_models(connection: sa.Connection, query: ModelQuery) -> Page[RegisteredModel]:
    return _search(connection, query, SEARCHED_MODELS, models_of)


def search_versions(connection: sa.Connection, query: ModelQuery) -> Page[ModelVersion]:
    return _search(connection, query, SEARCHED_VERSIONS, versions_of)


def _search(
    connection: sa.Connection,
    query: ModelQuery,
    searched: Searched,
    read: Callable[[sa.Connection, Sequence[Row]], list[Any]],
) -> Page[Any]:
    if query.max_results < 1:
        raise InvalidInput(f"max_results must be at least 1, got {query.max_results}")
    keys = [key for order in _orders(query.order_by, searched) for key in _keys(order, searched)]
    statement = searched.rows.add_columns(*(column.label(f"key_{number}") for number, (column, _) in enumerate(keys)))
    if query.filter is not None:
        statement = statement.where(compile_filter(connection, query.filter.tree, searched))
    if query.page_token is not None:
        statement = statement.where(_after(keys, query.page_token))
    ordered = statement.order_by(*(column if ascending else column.desc() for column, ascending in keys))
    rows = connection.execute(ordered.limit(min(query.max_results, MAX_PAGE) + 1)).all()
    shown = rows[: min(query.max_results, MAX_PAGE)]
    more = len(rows) > len(shown)
    return Page(read(connection, shown), tokens.write(shown[-1][-len(keys) :]) if more else None)


def _orders(order_by: Sequence[OrderBy], searched: Searched) -> list[OrderBy]:
    """The orders with those that tell any two rows apart, each identifier once."""
    orders: dict[Identifier, OrderBy] = {}
    for order in (*order_by, *searched.order):
        orders.setdefault(order.identifier, order)
    return list(orders.values())


def _keys(order: OrderBy, searched: Searched) -> list[tuple[Column, bool]]:
    """The columns of an order, none of them NULL, and whether they ascend: what is missing comes last."""
    column = searched.value(order.identifier)
    if order.identifier.kind is Kind.ATTRIBUTE and not getattr(column, "nullable", True):
        return [(column, order.ascending)]
    return [(sa.case((column.is_(None), 1), else_=0), True), (sa.func.coalesce(column, ""), order.ascending)]


def _after(keys: Sequence[tuple[Column, bool]], token: str) -> Column:
    place = tokens.read(token, tuple(int if isinstance(column.type, sa.Integer) else str for column, _ in keys))
    ways: list[Column] = []
    for number, (column, ascending) in enumerate(keys):
        level = [earlier == place[index] for index, (earlier, _) in enumerate(keys[:number])]
        ways.append(sa.and_(*level, column > place[number] if ascending else column < place[number]))
    return sa.or_(*ways)
