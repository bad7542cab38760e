"""Long curves as the few points that a chart of some pixels' width shows; extremes are never lost.

The range from `x0` to `x1` is cut into `width` columns at `x0 + (x1 - x0) * k / width`; a column has its left edge, the
last one both. M4 keeps of every column its first and its last point and the first of its least and of its greatest
finite values. NaN and the infinities are kept apart: the first of each kind in a column.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Positions = NDArray[np.int64]


def m4(x: Reals, y: Reals, x0: float, x1: float, width: int) -> Positions:
    """The positions of the points that M4 keeps; `x` is in ascending order and lies between `x0` and `x1`."""
    starts, ends = columns(x, x0, x1, width)
    return _sorted(len(y), starts, ends - 1, *_extremes(y, starts, ends), *_marks(y, starts, ends))


def minmax_last(x: Reals, y: Reals, x0: float, x1: float, width: int) -> Positions:
    """The least and the greatest value of every column, and the very last point."""
    starts, ends = columns(x, x0, x1, width)
    return _sorted(len(y), ends[-1:] - 1, *_extremes(y, starts, ends), *_marks(y, starts, ends))


def lttb(x: Reals, y: Reals, x0: float, x1: float, width: int) -> Positions:
    """Largest triangle, three buckets: `width` finite points that keep the look of a curve, but not every extreme."""
    starts, ends = columns(x, x0, x1, width)
    finite = np.flatnonzero(np.isfinite(y))
    return _sorted(len(y), finite[_triangles(x[finite], y[finite], width)], *_marks(y, starts, ends))


def columns(x: Reals, x0: float, x1: float, width: int) -> tuple[Positions, Positions]:
    """Where the columns that hold points begin and end."""
    bounds = np.append(np.searchsorted(x, edges(x0, x1, width), "left"), len(x))
    filled = bounds[1:] > bounds[:-1]
    return bounds[:-1][filled], bounds[1:][filled]


def edges(x0: float, x1: float, width: int) -> Reals:
    """The left edges of the columns."""
    found: Reals = x0 + (x1 - x0) * np.arange(width) / width
    return found


def _extremes(y: Reals, starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """The first of the least and of the greatest finite values between each start and end."""
    finite = np.isfinite(y)
    if finite.all():
        return _first_of(np.minimum, y, starts, ends), _first_of(np.maximum, y, starts, ends)
    places = np.flatnonzero(finite)
    begins, stops = np.searchsorted(places, starts), np.searchsorted(places, ends)
    some = stops > begins
    of_numbers = y[places], begins[some], stops[some]
    return places[_first_of(np.minimum, *of_numbers)], places[_first_of(np.maximum, *of_numbers)]


def _first_of(function: np.ufunc, values: Reals, starts: Positions, ends: Positions) -> Positions:
    """The first positions between each start and end of what a function finds there; nothing lies between them."""
    if len(starts) == 0:
        return starts
    found = function.reduceat(values, starts)
    hits = np.flatnonzero(values == np.repeat(found, ends - starts))
    return hits[np.searchsorted(hits, starts)]


def _marks(y: Reals, starts: Positions, ends: Positions) -> list[Positions]:
    """The first NaN, infinity and negative infinity between each start and end."""
    if np.isfinite(y).all():
        return []
    found = []
    for marks in (np.isnan(y), np.isposinf(y), np.isneginf(y)):
        places = np.append(np.flatnonzero(marks), len(y))
        first = places[np.searchsorted(places, starts)]
        found.append(first[first < ends])
    return found


def _triangles(x: Reals, y: Reals, count: int) -> Positions:
    if len(x) <= count or count < 3:
        return np.arange(len(x)) if len(x) <= count else np.array([0, len(x) - 1][:count])
    bounds = 1 + np.arange(count - 1) * (len(x) - 2) // (count - 2)
    chosen = [0]
    for at in range(count - 2):
        start, end = int(bounds[at]), int(bounds[at + 1])
        after = slice(end, int(bounds[at + 2]) if at + 2 < len(bounds) else len(x))
        last = chosen[-1]
        to_x, to_y = x[after].mean() - x[last], y[after].mean() - y[last]
        area = np.abs((x[start:end] - x[last]) * to_y - (y[start:end] - y[last]) * to_x)
        chosen.append(start + int(area.argmax()))
    return np.array([*chosen, len(x) - 1])


def _sorted(count: int, *parts: Positions) -> Positions:
    """All positions below `count` that are in the parts, in order, each once; a mask is faster than to sort them."""
    is_chosen = np.zeros(count, bool)
    for part in parts:
        is_chosen[part] = True
    return np.flatnonzero(is_chosen)
