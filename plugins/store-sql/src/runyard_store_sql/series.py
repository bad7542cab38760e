"""Writes metric points: a summary row for each metric, its history in blocks that are merged as they fill.

New points become a block of their own at the tail of the history. When the tail has a full block's points, it is cut
into full blocks, which are not touched again; when it has many small blocks, the last ones are merged, so that a point
is written a few times at most and reading finds few blocks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from runyard.entities import MetricColumns
from runyard_store_sql import blocks, sampling, summaries, writing
from runyard_store_sql.blocks import FORMAT, FULL, Integers, Points
from runyard_store_sql.many_blocks import decode_all
from runyard_store_sql.ordering import all_increasing, ordered, starts_of, without
from runyard_store_sql.schema import Real, metric_blocks, metrics
from runyard_store_sql.statements import chunks
from runyard_store_sql.summaries import COLUMNS, Summary, summaries_of

MANY = 32  # blocks in a tail that is merged
GROWTH = 2  # a block is merged with those after it unless it has this many times their points

_SUMMARY_COLUMNS = [metrics.c[name] for name in COLUMNS]
# The same past the conversion of infinities, which only MariaDB and MySQL need.
_PLAIN_COLUMNS = [
    sa.type_coerce(column, column.type.impl) if isinstance(column.type, Real) else column for column in _SUMMARY_COLUMNS
]
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
class _Growth:
    """What becomes of a metric: its new summary, and the points that its blocks from `start` on are made of."""

    curve: _Curve
    summary: Summary
    start: int
    points: Points


def append(connection: sa.Connection, series: Mapping[tuple[int, int], MetricColumns]) -> None:
    """Add points to metrics, given by the numbers of run and key; exact repeats are kept once.

    The caller holds the locks of the runs.
    """
    _append(connection, _curves(series, _known(connection, series)))


def append_points(connection: sa.Connection, runs: Integers, keys: NDArray[np.int32], points: Points) -> None:
    """The same with points in any order, each with the numbers of its run and key."""
    order = np.lexsort((points.times, points.steps, keys, runs))
    runs, keys, points = runs[order], keys[order], points.take(order)
    starts = np.flatnonzero(np.concatenate([[True], (runs[1:] != runs[:-1]) | (keys[1:] != keys[:-1])]))
    places = list(zip(runs[starts].tolist(), keys[starts].tolist(), strict=True))
    known = _known(connection, places)
    ends = [*starts[1:].tolist(), len(runs)]
    parts = zip(places, starts.tolist(), ends, strict=True)
    _append(connection, [_Curve(*place, points.part(start, end), known.get(place)) for place, start, end in parts])


def _append(connection: sa.Connection, given: list[_Curve]) -> None:
    curves = list(_only_new(connection, given))
    if not curves:
        return
    points = [curve.points for curve in curves]
    growths = [
        _growth(connection, curve, part if curve.known is None else curve.known.with_more(part))
        for curve, part in zip(curves, summaries_of(blocks.joined(points), starts_of(points)), strict=True)
    ]
    _merge(connection, [growth for growth in growths if growth.start < growth.summary.next_block])
    writing.insert_blocks(connection, _block_rows([cut for growth in growths for cut in _cut(growth)]))
    rows = [(growth.curve.run, growth.curve.key, *summaries.to_row(growth.summary)) for growth in growths]
    writing.write_summaries(connection, rows)


def _curves(series: Mapping[tuple[int, int], MetricColumns], known: Mapping[tuple[int, int], Summary]) -> list[_Curve]:
    """The series that are not empty, as parts of long arrays."""
    together = Points(
        np.frombuffer(b"".join([columns.steps for columns in series.values()]), np.int64),
        np.frombuffer(b"".join([columns.timestamps for columns in series.values()]), np.int64),
        np.frombuffer(b"".join([columns.values for columns in series.values()]), np.float64),
    )
    ends = list(itertools.accumulate([len(columns.values) for columns in series.values()]))
    return [
        _Curve(*numbers, together.part(start, end), known.get(numbers))
        for numbers, start, end in zip(series, [0, *ends], ends, strict=False)
        if start < end
    ]


def _only_new(connection: sa.Connection, curves: list[_Curve]) -> Iterator[_Curve]:
    """The curves with their points in order, without what the history has already."""
    are_ordered = all_increasing([curve.points for curve in curves])
    for curve, is_increasing in zip(curves, are_ordered, strict=True):
        if not is_increasing:
            curve.points = ordered(curve.points)
        known = curve.known
        if known is not None and curve.points.steps[0] <= known.last_step and _place(curve.points, 0) <= known.last:
            curve.points = _unknown(connection, curve)
        if len(curve.points.values):
            yield curve


def _growth(connection: sa.Connection, curve: _Curve, summary: Summary) -> _Growth:
    start, count = summary.next_block, len(curve.points.values)
    if summary.tail_points + count >= FULL:
        start = summary.tail
    elif start - summary.tail >= MANY:
        start = _merge_start(connection, curve, summary.tail, count)
    summary.tail_points += count
    return _Growth(curve, summary, start, curve.points)


def _merge(connection: sa.Connection, growths: Sequence[_Growth]) -> None:
    """Take the blocks that are to be merged out of the table, and their points to the new ones."""
    if not growths:
        return
    taken = _tails(connection, growths)
    held = [taken[growth.curve.run, growth.curve.key] for growth in growths]
    points, counts = decode_all([data for parts in held for data in parts])
    blocks_before = np.cumsum([0, *(len(parts) for parts in held)])
    points_before = np.append(0, np.cumsum(counts))[blocks_before].tolist()
    for growth, begin, end in zip(growths, points_before, points_before[1:], strict=False):
        growth.points = blocks.joined([points.part(begin, end), growth.points])
    for growth, is_increasing in zip(growths, all_increasing([growth.points for growth in growths]), strict=True):
        if not is_increasing:
            growth.points = ordered(growth.points)
    cuts = [{"of_run": growth.curve.run, "of_key": growth.curve.key, "start": growth.start} for growth in growths]
    connection.execute(_CUT, cuts)


def _tails(connection: sa.Connection, growths: Sequence[_Growth]) -> dict[tuple[int, int], list[bytes]]:
    """The blocks that are to be merged, in the order of their numbers."""
    by_start: dict[tuple[int, int], list[int]] = {}
    for growth in growths:
        by_start.setdefault((growth.curve.run, growth.start), []).append(growth.curve.key)
    found: dict[tuple[int, int], list[bytes]] = {}
    table = metric_blocks.c
    for (run, start), numbers in by_start.items():
        query = sa.select(table.key, table.data, table.format).order_by(table.key, table.number)
        query = query.where(table.run == run, table.number >= start)
        for condition in _among(table.key, numbers):
            for key, data, code in connection.execute(query.where(condition)):
                blocks.check_format(code)
                found.setdefault((run, key), []).append(data)
    return found


def _cut(growth: _Growth) -> Iterator[tuple[_Curve, int, Points]]:
    """The blocks that a metric gets, with their numbers."""
    summary, count = growth.summary, len(growth.points.values)
    summary.next_block = growth.start
    for start in range(0, count, FULL):
        yield (
            growth.curve,
            summary.next_block,
            growth.points.part(start, start + FULL) if count > FULL else growth.points,
        )
        summary.next_block += 1
        if count - start >= FULL:
            summary.tail = summary.next_block
            summary.tail_points -= FULL


def _block_rows(parts: list[tuple[_Curve, int, Points]]) -> list[tuple[Any, ...]]:
    all_points = [points for _, _, points in parts]
    starts = starts_of(all_points)
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


def _merge_start(connection: sa.Connection, curve: _Curve, tail: int, count: int) -> int:
    """The first of the blocks at the end that are merged with the new points."""
    start = -1
    for number, points in connection.execute(_NEXT.where(*_from(curve, tail))):
        if start >= 0 and points > GROWTH * count:
            break
        start, count = number, count + points
    return start


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
    columns = _SUMMARY_COLUMNS if connection.dialect.name in {"mysql", "mariadb"} else _PLAIN_COLUMNS
    for run, numbers in by_run.items():
        query = sa.select(metrics.c.key, *columns).where(metrics.c.run == run)
        for condition in _among(metrics.c.key, numbers):
            rows = connection.execute(query.where(condition)).all()
            found.update({(run, row[0]): summaries.from_row(row[1:]) for row in rows})
    return found


def _among(column: sa.ColumnElement[int], numbers: Sequence[int]) -> Iterator[sa.ColumnElement[bool]]:
    """Conditions that together find all the numbers, and few others."""
    low, high = min(numbers), max(numbers)
    if len(numbers) * 4 > high - low:
        yield column.between(low, high)  # keys of a run lie close together, and this is compiled once
    else:
        yield from (column.in_(part) for part in chunks(numbers))


def _place(points: Points, position: int) -> summaries.Place:
    return summaries.place(int(points.steps[position]), int(points.times[position]), float(points.values[position]))
