"""Search for logged models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.entities import LifecycleStage, LoggedModel, Page
from runyard.errors import InvalidInput
from runyard.protocols.logged_models import LoggedModelOrder, LoggedModelQuery
from runyard.query import Filter, Identifier, Kind, render_order
from runyard.query.tree import identifiers
from runyard_store_sql.logged_model_rows import COLUMNS, SOURCE, complete
from runyard_store_sql.schema import (
    experiments,
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)
from runyard_store_sql.search_fields import Condition, Field, Rows
from runyard_store_sql.search_order import MISSING, NAN, PRESENT, OrderKey, order_keys
from runyard_store_sql.search_pages import Listing, find_page_by

_table = logged_models.c
_points = logged_model_metrics.c
_ATTRIBUTES: Mapping[str, sa.Column[Any]] = MappingProxyType(
    {
        "name": _table.name,
        "model_id": _table.model_id,
        "model_type": _table.model_type,
        "status": _table.status,
        "source_run_id": _table.source_run_id,
        "creation_timestamp": _table.creation_time,
        "last_updated_timestamp": _table.last_update_time,
    }
)
_TIES = (OrderKey(_table.creation_time, ascending=False), OrderKey(_table.model_id))


def search(connection: sa.Connection, query: LoggedModelQuery) -> Page[LoggedModel]:
    """One page of logged models.

    Raises:
        InvalidInput: the page token is none of this query, `max_results` is out of bounds, or a data set has no name.
    """
    if any(not name for name, _ in query.datasets):
        raise InvalidInput("a data set to search by needs a name")
    numbers = [int(one) for one in query.experiment_ids if one.isascii() and one.isdecimal() and len(one) < 19]
    conditions = [_table.experiment.in_(numbers), _in_view(query)]
    if query.datasets and not _asks_for_metrics(query.filter):
        conditions.append(Rows(logged_model_metrics, (_table.id,), (_points.model,), _on(query.datasets)).exist())
    fields = _Fields(tuple(query.datasets))
    listing = Listing(
        columns=COLUMNS,
        source=SOURCE,
        fields=fields,
        ties=_TIES,
        conditions=tuple(conditions),
        scope=("logged models", tuple(sorted(numbers)), query.view, tuple(query.datasets)),
    )
    keys = [key for by in query.order_by for key in _order_keys(by, fields)]
    names = [(render_order(by.order), by.dataset_name, by.dataset_digest) for by in query.order_by]
    found = (connection, listing, query.filter, [*keys, *_TIES], tuple(names))
    rows, token = find_page_by(*found, query.max_results, query.page_token)
    return Page(complete(connection, rows), token)


def _order_keys(by: LoggedModelOrder, fields: _Fields) -> list[OrderKey]:
    identifier, ascending = by.order.identifier, by.order.ascending
    if identifier.kind is not Kind.METRIC:
        return order_keys([by.order], fields, ())
    # Looked up for each model: databases would read the points of all models to join them.
    points = logged_model_metrics.alias()
    latest_first = (points.c.timestamp.desc(), points.c.step.desc(), points.c.value.is_(None), points.c.value.desc())
    where = [points.c.model == _table.id, points.c.key == identifier.key]
    for column, wanted in ((points.c.dataset_name, by.dataset_name), (points.c.dataset_digest, by.dataset_digest)):
        if wanted is not None:
            where.append(column == wanted)
    query = sa.select(points.c.value).where(*where).correlate(logged_models)
    value = query.order_by(*latest_first).limit(1).scalar_subquery()
    rank = sa.case((value.is_not(None), PRESENT), (query.exists(), NAN), else_=MISSING)
    return [OrderKey(value, ascending, rank)]


def _in_view(query: LoggedModelQuery) -> Condition:
    """A model counts as deleted also while its experiment is."""
    is_active = sa.and_(_table.deleted_time.is_(None), experiments.c.deleted_time.is_(None))
    wanted = {LifecycleStage.ACTIVE: is_active, LifecycleStage.DELETED: sa.not_(is_active)}
    return sa.or_(*(wanted[stage] for stage in query.view.stages))


def _asks_for_metrics(condition: Filter | None) -> bool:
    return condition is not None and any(one.kind is Kind.METRIC for one in identifiers(condition.tree))


def _on(datasets: Sequence[tuple[str, str | None]]) -> tuple[Condition, ...]:
    """Whether a point was measured on one of the data sets; nothing where there are none to choose from."""
    return (sa.or_(*(_dataset(name, digest) for name, digest in datasets)),) if datasets else ()


def _dataset(name: str | None, digest: str | None) -> Condition:
    parts = ((_points.dataset_name, name), (_points.dataset_digest, digest))
    return sa.and_(*(column == wanted for column, wanted in parts if wanted is not None))


@attrs.frozen
class _Fields:
    """What identifiers stand for in logged models."""

    datasets: tuple[tuple[str, str | None], ...]  # of the filter
    owner: sa.ColumnElement[Any] = _table.id

    def owned_by(self, owner: tuple[sa.ColumnElement[Any], ...]) -> _Fields:
        return attrs.evolve(self, owner=owner[0])

    def field(self, identifier: Identifier) -> Field | None:
        if identifier.kind is not Kind.METRIC:
            return self._text(identifier, alias=False)
        where = (_points.key == identifier.key, *_on(self.datasets))
        rows = Rows(logged_model_metrics, (self.owner,), (_points.model,), where)
        return Field(_points.value, rows, null_is_nan=True)

    def order_field(self, identifier: Identifier) -> Field | None:
        return self._text(identifier, alias=True)

    def _text(self, identifier: Identifier, *, alias: bool) -> Field:
        if identifier.kind is Kind.ATTRIBUTE:
            return Field(_ATTRIBUTES[identifier.key])
        kept = logged_model_params if identifier.kind is Kind.PARAM else logged_model_tags
        table: sa.FromClause = kept.alias() if alias else kept
        rows = Rows(table, (self.owner,), (table.c.model,), (table.c.key == identifier.key,))
        return Field(table.c.value, rows, number=table.c.get("number"))
