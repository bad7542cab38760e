"""Points brought into the order of (step, timestamp, value), NaN before the numbers, each once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from runyard_store_sql.blocks import Integers, Points


def is_ordered(points: Points) -> bool:
    """Whether points are in strict order, so that no two are the same."""
    steps = points.steps
    if bool((steps[1:] > steps[:-1]).all()):
        return True
    level = steps[1:] == steps[:-1]
    if not bool(((steps[1:] > steps[:-1]) | level).all()):
        return False
    times = points.times
    later = times[1:] > times[:-1]
    same = level & (times[1:] == times[:-1])
    if bool((later | ~level).all()):
        return True
    values = points.values
    greater = (values[1:] > values[:-1]) | (np.isnan(values[:-1]) & ~np.isnan(values[1:]))
    return bool((~level | later | (same & greater)).all())


def all_increasing(parts: Sequence[Points]) -> list[bool]:
    """Of each series whether its steps increase strictly, as they nearly always do."""
    if not parts:
        return []
    steps = np.concatenate([points.steps for points in parts])
    increasing = np.ones(len(steps), bool)
    np.greater(steps[1:], steps[:-1], out=increasing[1:])
    starts = starts_of(parts)
    increasing[starts] = True
    return [bool(series) for series in np.logical_and.reduceat(increasing, starts)]


def starts_of(parts: Sequence[Points]) -> Integers:
    """Where each of several series begins in all of them joined."""
    counts = np.array([len(points.steps) for points in parts], np.int64)
    return np.cumsum(counts) - counts


def ordered(points: Points) -> Points:
    """The points in order, exact repeats once."""
    if is_ordered(points):
        return points
    arranged = points.take(_order(points))
    return arranged.take(~_repeats(arranged))


def without(new: Points, known: Points) -> Points:
    """Those of the new points, which are in order, that are not known yet."""
    both = Points(*(np.concatenate(columns) for columns in zip(known, new, strict=True)))
    is_new = np.zeros(len(both.values), bool)
    is_new[len(known.values) :] = True
    order = _order(both, is_new)
    arranged = both.take(order)
    return arranged.take(is_new[order] & ~_repeats(arranged))


def by_time(points: Points) -> Points:
    """The points in the order of timestamp, step, value."""
    times = points.times
    if bool((times[1:] > times[:-1]).all()):
        return points
    numbers = ~np.isnan(points.values)
    return points.take(np.lexsort((points.values, numbers, points.steps, points.times)))


def _order(points: Points, last: NDArray[np.bool_] | None = None) -> Integers:
    numbers = ~np.isnan(points.values)
    columns = (points.values, numbers, points.times, points.steps)
    return np.lexsort(columns if last is None else (last, *columns))


def _repeats(points: Points) -> NDArray[np.bool_]:
    """Which points are the same as the one before."""
    values = points.values
    nan = np.isnan(values)
    repeats = np.zeros(len(values), bool)
    repeats[1:] = (
        (points.steps[1:] == points.steps[:-1])
        & (points.times[1:] == points.times[:-1])
        & ((values[1:] == values[:-1]) | (nan[1:] & nan[:-1]))
    )
    return repeats


def place(step: int, value: float) -> tuple[int, bool, float]:
    """What points of one timestamp are ordered by."""
    nan = math.isnan(value)
    return step, not nan, 0.0 if nan else value
