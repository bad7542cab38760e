"""What the row of a metric says about its history, kept up to date as points come in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import attrs
import numpy as np

from runyard_store_sql.blocks import Integers, Points
from runyard_store_sql.sampling import extremes

Place = tuple[int, int, bool, float]  # step, timestamp, is a number, value


@attrs.define
class Summary:
    """The columns of the table `metrics`, NaN instead of NULL."""

    last_value: float
    last_step: int
    last_time: int
    first_value: float
    first_step: int
    first_time: int
    min_value: float
    min_step: int | None
    max_value: float
    max_step: int | None
    total: float
    count: int
    points: int
    tail: int = 0
    tail_points: int = 0
    next_block: int = 0

    @property
    def first(self) -> Place:
        return place(self.first_step, self.first_time, self.first_value)

    @property
    def last(self) -> Place:
        return place(self.last_step, self.last_time, self.last_value)

    def with_more(self, part: Summary) -> Summary:
        """This one, having taken in further points of the same metric."""
        # Steps tell nearly always; the rest is looked at where they do not.
        if part.first_step <= self.first_step and part.first < self.first:
            self.first_value, self.first_step, self.first_time = part.first_value, part.first_step, part.first_time
        if part.last_step > self.last_step or part.last > self.last:
            self.last_value, self.last_step, self.last_time = part.last_value, part.last_step, part.last_time
        if part.count:
            self._add_extremes(part)
        self.total += part.total
        self.count += part.count
        self.points += part.points
        return self

    def _add_extremes(self, part: Summary) -> None:
        if self.min_step is None or part.min_value < self.min_value:
            self.min_value, self.min_step = part.min_value, part.min_step
        elif part.min_value == self.min_value and part.min_step is not None:
            self.min_step = min(self.min_step, part.min_step)
        if self.max_step is None or part.max_value > self.max_value:
            self.max_value, self.max_step = part.max_value, part.max_step
        elif part.max_value == self.max_value and part.max_step is not None:
            self.max_step = min(self.max_step, part.max_step)


COLUMNS = tuple(field.name for field in attrs.fields(Summary))
_REALS = frozenset({"last_value", "first_value", "min_value", "max_value", "total"})


def from_row(row: Sequence[Any]) -> Summary:
    """From the columns of the table, in the order of `COLUMNS`."""
    if None not in row:
        return Summary(*row)
    values: list[Any] = [
        math.nan if value is None and name in _REALS else value for name, value in zip(COLUMNS, row, strict=True)
    ]
    return Summary(*values)


to_row = attrgetter(*COLUMNS)  # the columns of the table, in the order of `COLUMNS`


def place(step: int, time: int, value: float) -> Place:
    """What a point is ordered by; NaN comes before the numbers."""
    nan = value != value  # noqa: PLR0124 - faster than isnan, and this is called a lot
    return step, time, not nan, 0.0 if nan else value


def summaries_of(points: Points, starts: Integers) -> list[Summary]:
    """The summary of each series of points, which begin at `starts` and are in order; many at once are faster."""
    steps, times, values = points
    ends = np.append(starts[1:], len(values))
    nan = np.isnan(values)
    counts = ends - starts
    has_nan = bool(nan.any())
    if has_nan:
        counts = counts - np.add.reduceat(nan, starts, dtype=np.int64)
    low, high = extremes(values, starts)
    with np.errstate(over="ignore", invalid="ignore"):
        totals = np.add.reduceat(np.where(nan, 0.0, values) if has_nan else values, starts)
    last = ends - 1
    columns = (
        values[last].tolist(),
        steps[last].tolist(),
        times[last].tolist(),
        values[starts].tolist(),
        steps[starts].tolist(),
        times[starts].tolist(),
        values[low].tolist(),
        _steps_at(steps, low, counts),
        values[high].tolist(),
        _steps_at(steps, high, counts),
        totals.tolist(),
        counts.tolist(),
        (ends - starts).tolist(),
    )
    return [Summary(*row) for row in zip(*columns, strict=True)]


def _steps_at(steps: Integers, positions: Integers, counts: Integers) -> list[int | None]:
    """Steps of extremes; none where a series has only NaN."""
    return [step if count else None for step, count in zip(steps[positions].tolist(), counts.tolist(), strict=True)]
