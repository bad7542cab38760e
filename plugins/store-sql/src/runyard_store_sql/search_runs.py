"""Runs and experiments as a search sees them: what identifiers stand for, and which rows count."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.entities import LifecycleStage, ViewType
from runyard.protocols.frames import FrameQuery
from runyard.protocols.tracking import ExperimentQuery, RunQuery
from runyard.query import Aggregate, Filter, Identifier, Kind, OrderBy
from runyard.query.best import lower_is_better
from runyard.query.fields import CONTEXT_TAG
from runyard.query.tree import identifiers
from runyard_store_sql.keys import find_keys
from runyard_store_sql.schema import (
    Real,
    datasets,
    experiment_tags,
    experiments,
    input_tags,
    inputs,
    metrics,
    params,
    runs,
    tags,
)
from runyard_store_sql.search_fields import Condition, Field, Rows
from runyard_store_sql.search_order import OrderKey
from runyard_store_sql.search_pages import Listing
from runyard_store_sql.search_plans import Extent
from runyard_store_sql.search_rows import RUN_COLUMNS
from runyard_store_sql.statements import experiment_numbers

_RUN_COLUMNS: Mapping[str, sa.Column[Any]] = MappingProxyType(
    {
        "run_id": runs.c.run_id,
        "run_name": runs.c.name,
        "status": runs.c.status,
        "user_id": runs.c.user_id,
        "artifact_uri": runs.c.artifact_uri,
        "experiment_id": runs.c.experiment,
        "start_time": runs.c.start_time,
        "end_time": runs.c.end_time,
    }
)
_EXPERIMENT_COLUMNS: Mapping[str, sa.Column[Any]] = MappingProxyType(
    {
        "name": experiments.c.name,
        "experiment_id": experiments.c.id,
        "creation_time": experiments.c.creation_time,
        "last_update_time": experiments.c.last_update_time,
    }
)
_KEYED = frozenset({Kind.METRIC, Kind.PARAM, Kind.TAG})
_SMALLEST = 1e-290


def run_listing(
    connection: sa.Connection, query: RunQuery | FrameQuery, columns: tuple[sa.ColumnElement[Any], ...] = RUN_COLUMNS
) -> Listing:
    """The runs that a query is about."""
    numbers = experiment_numbers(query.experiment_ids)
    return Listing(
        columns=columns,
        source=runs,
        fields=RunFields(_key_numbers(connection, query.filter, query.order_by)),
        ties=(OrderKey(runs.c.start_time, ascending=False), OrderKey(runs.c.run_id)),
        conditions=(runs.c.experiment.in_(numbers), *_in_view(runs, query.view)),
        loose_conditions=((runs.c.experiment + 0).in_(numbers), *_in_view(runs, query.view)),
        scope=("runs", tuple(sorted(numbers)), query.view),
        extent=Extent(
            rows=Rows(runs, (runs.c.id,), (runs.c.id,)),
            searched=runs.c.experiment.in_(numbers),
            total=sa.select(sa.func.max(runs.c.id)),
            is_ordered=len(numbers) == 1,
        ),
    )


def experiment_listing(query: ExperimentQuery) -> Listing:
    """The experiments that a query is about."""
    return Listing(
        columns=tuple(experiments.c),
        source=experiments,
        fields=ExperimentFields(),
        ties=(OrderKey(experiments.c.creation_time, ascending=False), OrderKey(experiments.c.id)),
        conditions=_in_view(experiments, query.view),
        scope=("experiments", query.view),
    )


def _in_view(table: sa.Table, view: ViewType) -> tuple[Condition, ...]:
    if view is ViewType.ALL:
        return ()
    is_active = table.c.deleted_time.is_(None)
    return (is_active,) if LifecycleStage.ACTIVE in view.stages else (sa.not_(is_active),)


def _key_numbers(connection: sa.Connection, filter: Filter | None, order_by: Iterable[OrderBy]) -> dict[str, int]:  # noqa: A002
    found = [*(identifiers(filter.tree) if filter else ()), *(order.identifier for order in order_by)]
    return find_keys(connection, sorted({one.key for one in found if one.kind in _KEYED}))


@attrs.frozen
class RunFields:
    """What identifiers stand for in runs, given the numbers of the keys they name."""

    keys: Mapping[str, int]
    owner: sa.ColumnElement[Any] = runs.c.id

    def owned_by(self, owner: tuple[sa.ColumnElement[Any], ...]) -> RunFields:
        return RunFields(self.keys, owner[0])

    def field(self, identifier: Identifier) -> Field | None:
        return self._field(identifier, alias=False)

    def order_field(self, identifier: Identifier) -> Field | None:
        return self._field(identifier, alias=True)

    def _field(self, identifier: Identifier, *, alias: bool) -> Field | None:
        match identifier.kind:
            case Kind.ATTRIBUTE:
                return Field(_RUN_COLUMNS[identifier.key], is_id=identifier.key == "experiment_id")
            case Kind.DATASET:
                return _dataset_field(self.owner, identifier.key)
            case _ if identifier.key not in self.keys:
                return None
            case Kind.METRIC:
                table = _table(metrics, alias=alias)
                return _metric_field(table, self._rows(table, identifier.key), identifier)
            case Kind.PARAM:
                table = _table(params, alias=alias)
                return _text_field(table, self._rows(table, identifier.key), number=table.c.number)
            case Kind.TAG:
                table = _table(tags, alias=alias)
                return _text_field(table, self._rows(table, identifier.key))

    def _rows(self, table: sa.FromClause, key: str) -> Rows:
        return Rows(table, (self.owner,), (table.c.run,), (table.c.key == self.keys[key],))


@attrs.frozen
class ExperimentFields:
    """What identifiers stand for in experiments."""

    owner: sa.ColumnElement[Any] = experiments.c.id

    def owned_by(self, owner: tuple[sa.ColumnElement[Any], ...]) -> ExperimentFields:
        return ExperimentFields(owner[0])

    def field(self, identifier: Identifier) -> Field | None:
        return self._field(identifier, alias=False)

    def order_field(self, identifier: Identifier) -> Field | None:
        return self._field(identifier, alias=True)

    def _field(self, identifier: Identifier, *, alias: bool) -> Field | None:
        if identifier.kind is Kind.ATTRIBUTE:
            return Field(_EXPERIMENT_COLUMNS[identifier.key], is_id=identifier.key == "experiment_id")
        table = _table(experiment_tags, alias=alias)
        rows = Rows(table, (self.owner,), (table.c.experiment,), (table.c.key == identifier.key,))
        return Field(table.c.value, rows) if identifier.kind is Kind.TAG else None


def _table(table: sa.Table, *, alias: bool) -> sa.FromClause:
    return table.alias() if alias else table


def _text_field(table: sa.FromClause, rows: Rows, number: sa.ColumnElement[float] | None = None) -> Field:
    return Field(table.c.value, rows, head=table.c.head, number=number, is_indexed=True)


def _metric_field(table: sa.FromClause, rows: Rows, identifier: Identifier) -> Field:
    match identifier.aggregate:
        case Aggregate.LAST:
            return Field(table.c.last_value, rows, null_is_nan=True, is_indexed=True)
        case Aggregate.FIRST:
            return Field(table.c.first_value, rows, null_is_nan=True)
        case Aggregate.MIN:
            return Field(table.c.min_value, rows)
        case Aggregate.MAX:
            return Field(table.c.max_value, rows)
        case Aggregate.MEAN:
            return Field(_mean(table), rows, null_is_nan=True, present=table.c["count"] > 0)
        case Aggregate.BEST_STEP:
            return Field(table.c.min_step if lower_is_better(identifier.key) else table.c.max_step, rows)


def _mean(table: sa.FromClause) -> sa.ColumnElement[float]:
    """NULL without a number, or where there are both infinities."""
    total, count = table.c.total, table.c["count"]
    # Below, PostgreSQL refuses to divide; the largest float stands for infinity on MariaDB.
    can_divide = sa.func.abs(total).between(_SMALLEST, sys.float_info.max * 0.99)
    mean = sa.case((count == 0, sa.null()), (can_divide, total.op("/")(count)), else_=total)
    return sa.type_coerce(mean, Real())


def _dataset_field(owner: sa.ColumnElement[Any], key: str) -> Field:
    if key == "context":
        rows = Rows(input_tags, (owner,), (input_tags.c.run,), (input_tags.c.key == CONTEXT_TAG,))
        return Field(input_tags.c.value, rows)
    used = inputs.join(datasets, datasets.c.id == inputs.c.dataset)
    return Field(datasets.c[key], Rows(used, (owner,), (inputs.c.run,)))
