"""What an aggregate of a metric's history is, computed from its points."""

from __future__ import annotations

import math
from collections.abc import Iterable

from runyard.query.best import lower_is_better
from runyard.query.tree import Aggregate

Point = tuple[int, int, float]  # step, timestamp, value


def aggregate(points: Iterable[Point], which: Aggregate, key: str) -> float | None:
    """One number for a history, None where there is none: no points, or nothing but NaN for all but first and last.

    First and last are the least and the greatest point by (step, timestamp, value), NaN below every number.
    """
    ordered = sorted(points, key=_position)
    match which:
        case Aggregate.LAST:
            return ordered[-1][2] if ordered else None
        case Aggregate.FIRST:
            return ordered[0][2] if ordered else None
    numbers = [(value, step) for step, _, value in ordered if not math.isnan(value)]
    if not numbers:
        return None
    lowest = min(value for value, _ in numbers)
    highest = max(value for value, _ in numbers)
    match which:
        case Aggregate.MIN:
            return lowest
        case Aggregate.MAX:
            return highest
        case Aggregate.MEAN:
            return sum(value for value, _ in numbers) / len(numbers)
        case Aggregate.BEST_STEP:
            best = lowest if lower_is_better(key) else highest
            return next(step for value, step in numbers if value == best)


def _position(point: Point) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return (step, timestamp, not math.isnan(value), 0.0 if math.isnan(value) else value)
