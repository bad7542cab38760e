"""Reads metric points: whole curves, and samples of long ones."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput
from runyard_store_sql import blocks, ordering, sampling
from runyard_store_sql.blocks import CELL, Points
from runyard_store_sql.schema import keys, metric_blocks

_blocks = metric_blocks.c


def read(connection: sa.Connection, run: int, key: str) -> MetricColumns:
    """All points in the order of step, timestamp, value."""
    return columns_of(block_rows(connection, run, key, _blocks.data))


def columns_of(rows: Sequence[Any]) -> MetricColumns:
    """The points of a metric's blocks, rows of `block_query(data)`."""
    rows = sorted(rows, key=_place)
    count = sum(row.points for row in rows)
    columns = MetricColumns(array("q", [0]) * count, array("q", [0]) * count, array("d", [0]) * count)
    points = view(columns)
    start = 0
    for row in rows:
        stop = start + blocks.count_of(row.data, row.format)
        blocks.decode_into(row.data, points.part(start, stop))
        start = stop
    if not follow(rows):
        for column, arranged in zip(points, ordering.ordered(points), strict=True):
            column[:] = arranged
    return columns


def sample(
    connection: sa.Connection, run: int, key: str, max_points: int, start_step: int | None, end_step: int | None
) -> MetricColumns:
    """At most so many points, from summaries where the curve is long."""
    if max_points < 1:
        raise InvalidInput(f"max_points must be at least 1, got {max_points}")
    within = _between(start_step, end_step)
    rows = block_rows(connection, run, key, _blocks.summary, where=within)
    count = sum(row.points for row in rows)
    if count < sampling.CELLS_PER_BUCKET * CELL * max(max_points // 4, 1) or not follow(rows):
        points = _whole(connection, run, key, start_step, end_step)
        return _columns(sampling.sample(points, max_points))
    cells, weights = _cells(connection, run, key, rows, (start_step, end_step))
    if not len(weights):
        return _columns(blocks.empty(0))
    sampled = sampling.sample_cells(cells, weights, max_points)
    return _columns(sampled if len(sampled.values) <= max_points else sampling.sample(sampled, max_points))


def _cells(
    connection: sa.Connection, run: int, key: str, rows: Sequence[Any], limits: tuple[int | None, int | None]
) -> tuple[Points, np.ndarray]:
    """Four points for each cell of the curve between two steps, and the points that each cell stands for."""
    low, high = limits
    partial = [
        row.number
        for row in rows
        if row.summary is None or (low is not None and row.min_step < low) or (high is not None and row.max_step > high)
    ]
    read_anyway = block_rows(connection, run, key, _blocks.data, where=[_blocks.number.in_(partial)])
    opened = {row.number: _limited(blocks.decode(row.data, row.format), low, high) for row in read_anyway}
    parts: list[Points] = []
    weights: list[np.ndarray] = []
    summarized: list[bytes] = []
    for row in rows:
        points = opened.get(row.number)
        if points is None:
            summarized.append(row.summary)
        elif len(points.values):
            _flush(summarized, parts, weights)
            parts.append(sampling.summarize(points))
            weights.append(_weights(len(points.values)))
    _flush(summarized, parts, weights)
    return blocks.joined(parts), np.concatenate(weights) if weights else np.empty(0, np.int64)


def _flush(summarized: list[bytes], parts: list[Points], weights: list[np.ndarray]) -> None:
    """Add what was summarized, all of it full cells."""
    if summarized:
        points = blocks.from_records(b"".join(summarized))
        parts.append(points)
        weights.append(np.full(len(points.values) // 4, CELL))
        summarized.clear()


def _weights(count: int) -> np.ndarray:
    weights = np.full(-(-count // CELL), CELL)
    weights[-1] = count - CELL * (len(weights) - 1)
    return weights


def _whole(connection: sa.Connection, run: int, key: str, low: int | None, high: int | None) -> Points:
    rows = block_rows(connection, run, key, _blocks.data, where=_between(low, high))
    points = blocks.joined([blocks.decode(row.data, row.format) for row in rows])
    return _limited(points if follow(rows) else ordering.ordered(points), low, high)


def _limited(points: Points, low: int | None, high: int | None) -> Points:
    """Those of the points, which are in order, between two steps."""
    start = 0 if low is None else int(np.searchsorted(points.steps, low, "left"))
    stop = len(points.steps) if high is None else int(np.searchsorted(points.steps, high, "right"))
    return points.part(start, max(start, stop))


def block_rows(
    connection: sa.Connection, run: int, key: str, *columns: Any, where: Sequence[sa.ColumnElement[bool]] = ()
) -> Sequence[Any]:
    """The blocks of a metric in the order of their points."""
    number = connection.execute(sa.select(keys.c.id).where(keys.c.name == key)).scalar()
    if number is None:
        return []
    query = block_query(*columns).where(_blocks.run == run, _blocks.key == number, *where)
    return sorted(connection.execute(query).all(), key=_place)


def block_query(*columns: Any) -> sa.Select[Any]:
    """A query for blocks: where they begin and end, and further columns."""
    places = (_blocks.min_step, _blocks.first_time, _blocks.max_step, _blocks.last_time)
    return sa.select(_blocks.number, _blocks.points, _blocks.format, *places, *columns)


def _place(row: Any) -> tuple[int, int, int]:
    return row.min_step, row.first_time, row.number


def follow(rows: Sequence[Any]) -> bool:
    """Whether each block begins where the one before has ended, so that all points together are in order."""
    return all(
        (before.max_step, before.last_time) < (after.min_step, after.first_time)
        for before, after in itertools.pairwise(rows)
    )


def _between(low: int | None, high: int | None) -> list[sa.ColumnElement[bool]]:
    limits = []
    if low is not None:
        limits.append(_blocks.max_step >= low)
    if high is not None:
        limits.append(_blocks.min_step <= high)
    return limits


def view(columns: MetricColumns) -> Points:
    """The same points, not copied."""
    return Points(
        np.frombuffer(columns.steps, np.int64),
        np.frombuffer(columns.timestamps, np.int64),
        np.frombuffer(columns.values, np.float64),
    )


def _columns(points: Points) -> MetricColumns:
    return MetricColumns(
        array("q", points.steps.tobytes()), array("q", points.times.tobytes()), array("d", points.values.tobytes())
    )
