"""What an aggregate of a metric's history is, computed from its points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from runyard.query.best import lower_is_better
from runyard.query.tree import Aggregate

Point = tuple[int, int, float]  # step, timestamp, value


def aggregate(points: Iterable[Point], which: Aggregate, key: str) -> float | None:
    """One number for a history, None where there is none: no points, or nothing but NaN for all but first and last.

    First and last are the least and the greatest point by (step, timestamp, value), NaN below every number.
    """
    ordered = sorted(points, key=_position)
    if which in {Aggregate.LAST, Aggregate.FIRST}:
        return ordered[-1 if which is Aggregate.LAST else 0][2] if ordered else None
    numbers = [(value, step) for step, _, value in ordered if not math.isnan(value)]
    return _of_numbers(numbers, which, key) if numbers else None


def _of_numbers(numbers: Sequence[tuple[float, int]], which: Aggregate, key: str) -> float:
    values = [value for value, _ in numbers]
    match which:
        case Aggregate.MIN:
            return min(values)
        case Aggregate.MAX:
            return max(values)
        case Aggregate.MEAN:
            return sum(values) / len(values)
        case _:
            best = min(values) if lower_is_better(key) else max(values)
            return next(step for value, step in numbers if value == best)


def _position(point: Point) -> tuple[int, int, bool, float]:
    step, timestamp, value = point
    return (step, timestamp, not math.isnan(value), 0.0 if math.isnan(value) else value)
