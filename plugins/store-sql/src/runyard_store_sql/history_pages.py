"""Pages of a metric's points in the order of timestamp, step, value, without reading what is on other pages."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from runyard.entities import Metric, Page
from runyard.errors import InvalidInput
from runyard_store_sql import blocks, history, ordering, tokens
from runyard_store_sql.blocks import FULL, HEADER, Points
from runyard_store_sql.schema import metric_blocks

_blocks = metric_blocks.c
_LONG = 4 * FULL  # points below which a curve is read whole
_HEAD = sa.func.substr(_blocks.data, 1, HEADER.size).label("head")

Place = tuple[int, int, float]  # timestamp, step, value


def page(
    connection: sa.Connection, run: int, key: str, max_results: int | None, page_token: str | None
) -> Page[Metric]:
    """The points after those of the page before.

    Raises:
        InvalidInput: `max_results` is less than 1, or the token is none.
    """
    if max_results is not None and max_results < 1:
        raise InvalidInput(f"max_results must be at least 1, got {max_results}")
    place: Place | None = tokens.read(page_token, (int, int, float)) if page_token else None
    points = None if max_results is None else _some(connection, run, key, max_results, place)
    if points is None:
        points = ordering.by_time(history.view(history.read(connection, run, key)))
    start = 0 if place is None else _after(points, place)
    stop = len(points.values) if max_results is None else min(start + max_results, len(points.values))
    part = points.part(start, stop)
    rows = zip(itertools.repeat(key), part.values.tolist(), part.times.tolist(), part.steps.tolist(), strict=False)
    # A third of the time that calling Metric takes, and a page may have 25,000.
    items = list(map(tuple.__new__, itertools.repeat(Metric), rows))
    if stop == len(points.values):
        return Page(items)
    return Page(items, tokens.write([items[-1].timestamp, items[-1].step, items[-1].value]))


def _some(connection: sa.Connection, run: int, key: str, count: int, place: Place | None) -> Points | None:
    """Points from about a place on, one more than the page has; None where the order of time is not that of steps."""
    rows = history.block_rows(connection, run, key, _HEAD)
    if sum(row.points for row in rows) < _LONG or not _is_by_time(rows):
        return None
    wanted: list[int] = []
    missing = count + 1
    for row in rows:
        if place is None or (row.last_time, row.max_step) >= place[:2]:
            # Of the first block, all but the last point may be before the place.
            missing -= row.points if wanted or place is None else 0
            wanted.append(row.number)
            if missing <= 0:
                break
    chosen = [_blocks.number >= min(wanted), _blocks.number <= max(wanted)] if wanted else [sa.false()]
    found = {row.number: row for row in history.block_rows(connection, run, key, _blocks.data, where=chosen)}
    return blocks.joined([blocks.decode(found[number].data, found[number].format) for number in wanted])


def _is_by_time(rows: Sequence[Any]) -> bool:
    """Whether timestamps never decrease from step to step."""
    for row in rows:
        blocks.check_format(row.format)
        if row.points > 1 and HEADER.unpack(bytes(row.head))[-1] < 0:
            return False
    follow = all(before.last_time <= after.first_time for before, after in itertools.pairwise(rows))
    return follow and history.follow(rows)


def _after(points: Points, seen: Place) -> int:
    """Where the points go on after a place in the order of time."""
    time, step, value = seen
    low, high = _same(points.times, 0, len(points.times), time)
    low, high = _same(points.steps, low, high, step)
    for position in range(low, high):
        if ordering.place(step, float(points.values[position])) > ordering.place(step, value):
            return position
    return high


def _same(column: np.ndarray[Any, np.dtype[np.int64]], low: int, high: int, wanted: int) -> tuple[int, int]:
    """Where a value is in a part of a column that is in order."""
    part = column[low:high]
    return low + int(np.searchsorted(part, wanted, "left")), low + int(np.searchsorted(part, wanted, "right"))
