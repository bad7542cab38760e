"""A long curve as few points: of every bucket the first, the least, the greatest and the last (known as M4)."""

from __future__ import annotations

import numpy as np

from runyard_store_sql.blocks import CELL, Integers, Points, Reals

# A curve is read from summaries where a bucket would hold this many cells at least.
CELLS_PER_BUCKET = 2


def sample(points: Points, max_points: int) -> Points:
    """At most so many of the points, which are in order; NaN is least and greatest only where there is nothing else."""
    count = len(points.values)
    if count <= max_points:
        return points
    if max_points < 4:
        return points.take(np.array([0, count - 1][:max_points]))
    buckets = max_points // 4
    return points.take(np.unique(_m4(points.values, bucket_starts(count, buckets))))


def bucket_starts(count: int, buckets: int) -> Integers:
    """Where buckets of consecutive points begin, as equal as can be."""
    return np.arange(buckets, dtype=np.int64) * count // buckets


def summarize(points: Points) -> Points:
    """Exactly four points for each cell, repeated where one is several things at once."""
    return points.take(_m4(points.values, np.arange(0, len(points.values), CELL, dtype=np.int64)))


def sample_cells(cells: Points, weights: Integers, max_points: int) -> Points:
    """The same as `sample`, from four points for each cell; `weights` are the points that each cell stands for.

    Buckets end where cells end.
    """
    buckets = max(max_points // 4, 1)
    before = np.cumsum(weights) - weights
    bucket = before * buckets // int(weights.sum())
    starts = np.flatnonzero(np.r_[True, bucket[1:] != bucket[:-1]]) * 4
    chosen = cells.take(_m4(cells.values, starts))
    return _without_neighbours(chosen)


def extremes(values: Reals, starts: Integers) -> tuple[Integers, Integers]:
    """The first positions in each bucket of the least and of the greatest; NaN only where there is nothing else."""
    ends = np.append(starts[1:], len(values))
    nan = np.isnan(values)
    if not nan.any():
        return _extreme(values, np.minimum, starts, ends), _extreme(values, np.maximum, starts, ends)
    least = _extreme(np.where(nan, np.inf, values), np.minimum, starts, ends)
    greatest = _extreme(np.where(nan, -np.inf, values), np.maximum, starts, ends)
    return _numbers_first(values, nan, starts, ends, least, greatest)


def _m4(values: Reals, starts: Integers) -> Integers:
    """Positions, four for each bucket, in their order."""
    ends = np.append(starts[1:], len(values))
    middle = np.sort(np.stack(extremes(values, starts), axis=1), axis=1)
    return np.column_stack([starts, middle, ends - 1]).ravel()


def _extreme(values: Reals, function: np.ufunc, starts: Integers, ends: Integers) -> Integers:
    """The first position in each bucket that has its extreme."""
    extremes = function.reduceat(values, starts)
    hits = np.flatnonzero(values == np.repeat(extremes, ends - starts))
    return hits[np.searchsorted(hits, starts)]


def _numbers_first(
    values: Reals, nan: np.ndarray, starts: Integers, ends: Integers, least: Integers, greatest: Integers
) -> tuple[Integers, Integers]:
    """Where an infinity that stood for NaN was found, take a real one of the bucket if there is one."""
    for bucket in np.flatnonzero(nan[least] | nan[greatest]):
        start, end = int(starts[bucket]), int(ends[bucket])
        numbers = np.flatnonzero(~nan[start:end]) + start
        if len(numbers):
            least[bucket] = numbers[values[numbers].argmin()]
            greatest[bucket] = numbers[values[numbers].argmax()]
    return least, greatest


def _without_neighbours(points: Points) -> Points:
    same = (points.steps[1:] == points.steps[:-1]) & (points.times[1:] == points.times[:-1])
    values = points.values
    same &= (values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))
    return points.take(np.r_[True, ~same])
