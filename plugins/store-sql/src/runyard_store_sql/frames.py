"""Runs in columns, for tables and charts of very many."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import sqlalchemy as sa

from runyard.entities import ChangeKind, LifecycleStage
from runyard.errors import InvalidInput
from runyard.protocols.frames import Column, Frame, FrameQuery, TextColumn
from runyard.query import Filter, Identifier, Kind
from runyard.query.tree import identifiers
from runyard_store_sql.frames_cache import Kept, Moment
from runyard_store_sql.frames_columns import Cells, array_of, number_column
from runyard_store_sql.frames_count import count_runs
from runyard_store_sql.keys import find_keys
from runyard_store_sql.schema import runs
from runyard_store_sql.search_pages import Listing, count_rows, find_slice
from runyard_store_sql.search_rows import uncollected
from runyard_store_sql.search_runs import RunFields, run_listing

MAX_ROWS = 1_000_000
_SHARE = 8  # whole indexes are read where at least one of so many runs is asked for
_FEW = 2_000  # runs that are always looked up one by one

_OF_WHICH_RUNS = (ChangeKind.CREATED, ChangeKind.DELETED, ChangeKind.RESTORED)

_TEXTS: Mapping[str, tuple[sa.Column[Any], Callable[[Any], str | None]]] = MappingProxyType(
    {
        "run_id": (runs.c.run_id, str),
        "run_name": (runs.c.name, str),
        "status": (runs.c.status, str),
        "user_id": (runs.c.user_id, str),
        "artifact_uri": (runs.c.artifact_uri, str),
        "experiment_id": (runs.c.experiment, str),
        "lifecycle_stage": (
            runs.c.deleted_time,
            lambda time: str(LifecycleStage.ACTIVE if time is None else LifecycleStage.DELETED),
        ),
    }
)
_NUMBERS: Mapping[str, sa.Column[Any]] = MappingProxyType(
    {"start_time": runs.c.start_time, "end_time": runs.c.end_time}
)


def read(moment: Moment, query: FrameQuery, kept: Kept) -> Frame:
    """The frame that a query asks for.

    Raises:
        InvalidInput: a column is none, or `offset` or `max_results` is out of bounds.
    """
    _check(query)
    with uncollected():
        return _read(moment, query, kept)


def _read(moment: Moment, query: FrameQuery, kept: Kept) -> Frame:
    connection = moment.connection
    attributes = {one: _attribute(one) for one in query.columns if one.kind is Kind.ATTRIBUTE}
    listing = run_listing(connection, query, (runs.c.id, runs.c.run_id, *attributes.values()))
    rows = find_slice(connection, listing, query.filter, query.order_by, query.offset, query.max_results)
    parts = list(zip(*rows, strict=True)) or [()] * (2 + len(attributes))
    found: dict[Identifier, Column] = {
        one: _column_of(one, values) for one, values in zip(attributes, parts[2:], strict=True)
    }
    found.update(_logged(connection, query.columns, parts[0]))
    total = _total(moment, query, listing, len(rows), kept)
    return Frame(parts[1], {one: found[one] for one in query.columns}, total)


def _check(query: FrameQuery) -> None:
    if not 1 <= query.max_results <= MAX_ROWS:
        raise InvalidInput(f"max_results must lie between 1 and {MAX_ROWS:,}, got {query.max_results}")
    if not 0 <= query.offset < 2**62:
        raise InvalidInput(f"offset must be 0 or more, got {query.offset}")


def _attribute(identifier: Identifier) -> sa.Column[Any]:
    if identifier.key in _TEXTS:
        return _TEXTS[identifier.key][0]
    if identifier.key in _NUMBERS:
        return _NUMBERS[identifier.key]
    known = ", ".join(sorted({*_TEXTS, *_NUMBERS}))
    raise InvalidInput(f"runs have no attribute {identifier.key!r} that can be a column; there are {known}")


def _column_of(identifier: Identifier, values: Sequence[Any]) -> Column:
    if identifier.key in _NUMBERS:
        present = np.array([value is not None for value in values], np.uint8)
        return number_column(np.array([math.nan if value is None else value for value in values], float), present)
    change = _TEXTS[identifier.key][1]
    seen: dict[Any, int] = {}
    codes = [seen.setdefault(value, len(seen)) for value in values]
    return TextColumn([str(change(value)) for value in seen], array_of("i", np.array(codes, np.int32)))


def _logged(
    connection: sa.Connection, columns: Sequence[Identifier], numbers: Sequence[int]
) -> dict[Identifier, Column]:
    wanted = [one for one in columns if one.kind is not Kind.ATTRIBUTE]
    fields = RunFields(find_keys(connection, sorted({one.key for one in wanted})))
    cells = Cells(connection, numbers, is_most=_is_most(connection, len(numbers)))
    found: dict[Identifier, Column] = {}
    for one in wanted:
        if one.kind is Kind.DATASET:
            raise InvalidInput(f"datasets.{one.key} cannot be a column; give a metric, a param, a tag or an attribute")
        field = fields.field(one) if numbers else None
        if one.kind is Kind.METRIC:
            found[one] = cells.no_numbers() if field is None else cells.numbers(field)
        else:
            found[one] = cells.no_texts() if field is None else cells.texts(field)
    return found


def _is_most(connection: sa.Connection, count: int) -> bool:
    """Whether so many runs are a large part of those in the database."""
    if count <= _FEW:
        return False
    return count * _SHARE >= (connection.execute(sa.select(sa.func.max(runs.c.id))).scalar() or 0)


def _total(moment: Moment, query: FrameQuery, listing: Listing, found: int, kept: Kept) -> int:
    if found < query.max_results and (found or not query.offset):
        return query.offset + found
    asked = ("total", listing.scope, query.filter and query.filter.tree)

    def count() -> int:
        if query.filter is not None and moment.connection.dialect.name == "sqlite":
            return count_runs(moment.connection, listing, query.filter.tree)
        return count_rows(moment.connection, listing, query.filter)

    return kept.value(moment, asked, count, _kinds(query.filter))


def _kinds(filter: Filter | None) -> tuple[ChangeKind, ...]:  # noqa: A002 - as in the queries
    """The changes that change how many runs meet a filter: while runs log, nearly all are of other kinds."""
    if filter is None:
        return _OF_WHICH_RUNS
    is_of_metrics = any(one.kind is Kind.METRIC for one in identifiers(filter.tree))
    return tuple(ChangeKind) if is_of_metrics else (*_OF_WHICH_RUNS, ChangeKind.UPDATED)
