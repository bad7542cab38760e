"""Params, tags and points of logged models. Callers hold the locks of the models."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import ModelMetric
from runyard.errors import InvalidInput
from runyard.query.numbers import as_number
from runyard_store_sql.schema import logged_model_metrics, logged_model_params, logged_model_tags
from runyard_store_sql.statements import chunks, upsert

_points = logged_model_metrics.c


def add_params(connection: sa.Connection, row: Any, params: Mapping[str, str]) -> None:
    """Set params that are not set yet.

    Raises:
        InvalidInput: one has another value already.
    """
    table = logged_model_params.c
    known: dict[str, str] = {}
    for part in chunks(sorted(params)):
        query = sa.select(table.key, table.value).where(table.model == row.id, table.key.in_(part))
        known.update((key, value) for key, value in connection.execute(query))
    for key, value in params.items():
        if known.get(key, value) != value:
            raise InvalidInput(
                f"param {key!r} of logged model {row.model_id!r} is {known[key]!r} already and cannot become {value!r}"
            )
    new = [
        {"model": row.id, "key": key, "value": value, "number": as_number(value)}
        for key, value in sorted(params.items())
        if key not in known
    ]
    if new:
        connection.execute(logged_model_params.insert(), new)


def set_tags(connection: sa.Connection, number: int, tags: Mapping[str, str]) -> None:
    rows = [{"model": number, "key": key, "value": value} for key, value in sorted(tags.items())]
    upsert(connection, logged_model_tags, rows)


def add_points(connection: sa.Connection, numbers: Mapping[str, int], points: Iterable[ModelMetric]) -> set[str]:
    """Add points that are not there yet; the ids of the models that got some. `numbers` are those of the models."""
    by_model: dict[int, list[ModelMetric]] = defaultdict(list)
    for point in points:
        by_model[numbers[point.model_id]].append(point)
    changed: set[str] = set()
    for model, some in sorted(by_model.items()):
        known = _known_points(connection, model, some)
        rows = []
        for point in some:
            value = None if math.isnan(point.value) else point.value
            place = (point.key, value, point.timestamp, point.step)
            row = (*place, point.run_id, point.dataset_name, point.dataset_digest)
            if row not in known:
                known.add(row)
                rows.append(dict(zip(_FIELDS, (model, *row), strict=True)))
        if rows:
            connection.execute(logged_model_metrics.insert(), rows)
            changed.add(some[0].model_id)
    return changed


_FIELDS = ("model", "key", "value", "timestamp", "step", "run_id", "dataset_name", "dataset_digest")


def _known_points(connection: sa.Connection, model: int, points: Sequence[ModelMetric]) -> set[tuple[Any, ...]]:
    """The points of the same keys and time, as rows without the model."""
    times = [point.timestamp for point in points]
    columns = [logged_model_metrics.c[name] for name in _FIELDS[1:]]
    query = sa.select(*columns).where(_points.model == model, _points.timestamp.between(min(times), max(times)))
    known: set[tuple[Any, ...]] = set()
    for part in chunks(sorted({point.key for point in points})):
        known.update(tuple(row) for row in connection.execute(query.where(_points.key.in_(part))))
    return known
