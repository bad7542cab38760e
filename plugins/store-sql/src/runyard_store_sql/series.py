"""Writes metric points: a summary row for each metric, its history in blocks that are merged as they fill.

New points become a block of their own at the tail of the history. When the tail has a full block's points, it is cut
into full blocks, which are not touched again; when it has many small blocks, the last ones are merged, so that a point
is written a few times at most and reading finds few blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import sqlalchemy as sa

from runyard.entities import MetricColumns
from runyard_store_sql import blocks, sampling, summaries, writing
from runyard_store_sql.blocks import FORMAT, FULL, Integers, Points
from runyard_store_sql.ordering import all_increasing, ordered, without
from runyard_store_sql.schema import metric_blocks, metrics
from runyard_store_sql.statements import CHUNK, Row, chunks
from runyard_store_sql.summaries import COLUMNS, Summary, summaries_of

MANY = 32  # blocks in a tail that is merged
GROWTH = 2  # a block is merged with those after it unless it has this many times their points

_SUMMARY_COLUMNS = [metrics.c[name] for name in COLUMNS]
_CUT = metric_blocks.delete().where(
    metric_blocks.c.run == sa.bindparam("of_run"),
    metric_blocks.c.key == sa.bindparam("of_key"),
    metric_blocks.c.number >= sa.bindparam("start"),
)
_NEXT = sa.select(metric_blocks.c.number, metric_blocks.c.points).order_by(metric_blocks.c.number.desc())


@attrs.define
class _Curve:
    """New points of one metric and what is known of it."""

    run: int
    key: int
    points: Points
    known: Summary | None


@attrs.define
class _Changes:
    """What a transaction is about to write, collected so that each table is written once."""

    summaries: list[tuple[_Curve, Summary]] = attrs.field(factory=list)
    blocks: list[tuple[_Curve, int, Points]] = attrs.field(factory=list)
    cuts: list[Row] = attrs.field(factory=list)


def append(connection: sa.Connection, series: Mapping[tuple[int, int], MetricColumns]) -> None:
    """Add points to metrics, given by the numbers of run and key; exact repeats are kept once.

    The caller holds the locks of the runs.
    """
    known = _known(connection, series)
    curves = [
        _Curve(run, key, _points(columns), known.get((run, key)))
        for (run, key), columns in series.items()
        if len(columns)
    ]
    curves = list(_only_new(connection, curves))
    if not curves:
        return
    changes = _Changes()
    together = blocks.joined([curve.points for curve in curves])
    for curve, part in zip(curves, summaries_of(together, _starts([curve.points for curve in curves])), strict=True):
        summary = part if curve.known is None else curve.known.with_more(part)
        _add_blocks(connection, changes, curve, summary)
        changes.summaries.append((curve, summary))
    if changes.cuts:
        connection.execute(_CUT, changes.cuts)
    writing.insert_blocks(connection, _block_rows(changes.blocks))
    writing.write_summaries(
        connection, [(curve.run, curve.key, *summaries.to_row(summary)) for curve, summary in changes.summaries]
    )


def _only_new(connection: sa.Connection, curves: list[_Curve]) -> Iterator[_Curve]:
    """The curves with their points in order, without what the history has already."""
    are_ordered = all_increasing([curve.points for curve in curves])
    for curve, is_increasing in zip(curves, are_ordered, strict=True):
        if not is_increasing:
            curve.points = ordered(curve.points)
        if curve.known is not None and _place(curve.points, 0) <= curve.known.last:
            curve.points = _unknown(connection, curve)
        if len(curve.points.values):
            yield curve


def _add_blocks(connection: sa.Connection, changes: _Changes, curve: _Curve, summary: Summary) -> None:
    points = curve.points
    start, count = summary.next_block, len(points.values)
    if summary.tail_points + count >= FULL:
        start = summary.tail
    elif start - summary.tail >= MANY:
        start = _merge_start(connection, curve, summary.tail, count)
    if start < summary.next_block:
        points = _merged(connection, curve, start)
        changes.cuts.append({"of_run": curve.run, "of_key": curve.key, "start": start})
    summary.tail_points += count
    summary.next_block = start
    for part in _cut(points):
        changes.blocks.append((curve, summary.next_block, part))
        summary.next_block += 1
        if len(part.values) == FULL:
            summary.tail = summary.next_block
            summary.tail_points -= FULL


def _block_rows(parts: list[tuple[_Curve, int, Points]]) -> list[tuple[Any, ...]]:
    all_points = [points for _, _, points in parts]
    starts = _starts(all_points)
    together = blocks.joined(all_points)
    encoded = blocks.encode_all(together, starts)
    last = np.append(starts[1:], len(together.values)) - 1
    low, high = sampling.extremes(together.values, starts)
    columns = (
        together.steps[starts].tolist(),
        together.steps[last].tolist(),
        together.times[starts].tolist(),
        together.times[last].tolist(),
        together.values[low].tolist(),
        together.values[high].tolist(),
    )
    return [
        (curve.run, curve.key, number, len(points.values), *values, FORMAT, _summary(points), data)
        for (curve, number, points), data, *values in zip(parts, encoded, *columns, strict=True)
    ]


def _summary(points: Points) -> bytes | None:
    return blocks.summary_records(sampling.summarize(points)) if len(points.values) == FULL else None


def _cut(points: Points) -> Iterator[Points]:
    for start in range(0, len(points.values), FULL):
        yield points.part(start, start + FULL)


def _merge_start(connection: sa.Connection, curve: _Curve, tail: int, count: int) -> int:
    """The first of the blocks at the end that are merged with the new points."""
    start = -1
    for number, points in connection.execute(_NEXT.where(*_from(curve, tail))):
        if start >= 0 and points > GROWTH * count:
            break
        start, count = number, count + points
    return start


def _merged(connection: sa.Connection, curve: _Curve, start: int) -> Points:
    """The points of the blocks from a number on, and the new ones, which none of them has."""
    query = sa.select(metric_blocks.c.format, metric_blocks.c.data).where(*_from(curve, start))
    parts = [blocks.decode(data, code) for code, data in connection.execute(query.order_by(metric_blocks.c.number))]
    return ordered(blocks.joined([*parts, curve.points]))


def _from(curve: _Curve, start: int) -> Iterable[sa.ColumnElement[bool]]:
    table = metric_blocks.c
    return table.run == curve.run, table.key == curve.key, table.number >= start


def _unknown(connection: sa.Connection, curve: _Curve) -> Points:
    """Those of the points that the history has not; only blocks that overlap them are read."""
    table, points = metric_blocks.c, curve.points
    first, last = _place(points, 0), _place(points, -1)
    overlap = (
        sa.or_(table.max_step > first[0], sa.and_(table.max_step == first[0], table.last_time >= first[1])),
        sa.or_(table.min_step < last[0], sa.and_(table.min_step == last[0], table.first_time <= last[1])),
    )
    query = sa.select(table.format, table.data).where(*_from(curve, 0), *overlap)
    for code, data in connection.execute(query).all():
        points = without(points, known=blocks.decode(data, code))
    return points


def _known(connection: sa.Connection, series: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Summary]:
    by_run: dict[int, list[int]] = {}
    for run, key in series:
        by_run.setdefault(run, []).append(key)
    found: dict[tuple[int, int], Summary] = {}
    for run, numbers in by_run.items():
        query = sa.select(metrics.c.key, *_SUMMARY_COLUMNS).where(metrics.c.run == run)
        parts = chunks(numbers) if len(numbers) <= CHUNK else [None]
        for part in parts:
            rows = connection.execute(query if part is None else query.where(metrics.c.key.in_(part)))
            found.update(((run, key), summaries.from_row(row)) for key, *row in rows)
    return found


def _points(columns: MetricColumns) -> Points:
    return Points(
        np.frombuffer(columns.steps, np.int64),
        np.frombuffer(columns.timestamps, np.int64),
        np.frombuffer(columns.values, np.float64),
    )


def _place(points: Points, position: int) -> summaries.Place:
    return summaries.place(int(points.steps[position]), int(points.times[position]), float(points.values[position]))


def _starts(parts: Sequence[Points]) -> Integers:
    """Where each of several series begins in all of them joined."""
    counts = np.array([len(points.values) for points in parts], np.int64)
    return np.cumsum(counts) - counts
