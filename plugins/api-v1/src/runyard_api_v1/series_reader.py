"""Reads curves, places them on an x axis and picks the points that are shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput
from runyard.server.service import Stores
from runyard.wire import plain_float
from runyard_api_v1 import downsample
from runyard_api_v1.binary import FrameWriter
from runyard_api_v1.curves import Curves, Pair
from runyard_api_v1.downsample import Positions, Reals
from runyard_api_v1.series import METRIC, GroupRequest, SeriesRequest, plain_window
from runyard_api_v1.series_groups import Band, Groups, group_values
from runyard_api_v1.smoothing import smoothed

KEPT_POINTS = 4_000_000  # points that are kept between finding the window and picking points
MAX_RETURNED = 5_000_000
RUNS_AT_ONCE = 16
LINES = ("x", "y", "low", "high", "n")  # of a group
_METHODS = {"m4": downsample.m4, "minmax_last": downsample.minmax_last, "lttb": downsample.lttb}


@attrs.frozen(eq=False)
class Placed:
    """A curve with its x values in ascending order, as the floats that places are found by and as they are given."""

    total: int
    x: Reals
    exact: NDArray[Any]
    y: Reals
    smoothed: Reals | None = None


@attrs.frozen(eq=False)
class Picked:
    """The points of a curve that are shown, with all that is told of it."""

    run_id: str
    key: str
    total: int
    in_range: int
    not_placed: int
    nan: int
    infinite: int
    before: bool
    after: bool
    x: NDArray[Any]
    y: Reals
    smoothed: Reals | None

    def described(self) -> dict[str, Any]:
        names = ("run_id", "key", "total", "in_range", "not_placed", "nan", "infinite", "before", "after")
        return {**{name: getattr(self, name) for name in names}, "returned": len(self.y)}


@attrs.frozen(eq=False)
class Answer:
    """What was found, ready to be written either way."""

    head: dict[str, Any]
    series: Sequence[Picked]
    groups: Sequence[Band]

    def plain(self) -> dict[str, Any]:
        curves = [
            {
                **one.described(),
                "x": one.x.tolist(),
                "y": _plain_values(one.y),
                "smoothed": None if one.smoothed is None else _plain_values(one.smoothed),
            }
            for one in self.series
        ]
        groups = [
            {**one.described(), **{name: _plain_values(getattr(one, name)) for name in LINES}} for one in self.groups
        ]
        return {**self.head, "series": curves, "groups": groups}

    def frame(self) -> bytes:
        writer = FrameWriter()
        curves = [
            {
                **one.described(),
                "x": writer.integers(one.x) if one.x.dtype == np.int64 else writer.numbers(one.x),
                "y": writer.numbers(one.y),
                "smoothed": None if one.smoothed is None else writer.numbers(one.smoothed),
            }
            for one in self.series
        ]
        groups = [
            {
                **one.described(),
                **{name: writer.numbers(getattr(one, name)) for name in LINES if name != "n"},
                "n": writer.integers(one.n),
            }
            for one in self.groups
        ]
        return writer.finish({**self.head, "series": curves, "groups": groups})


class SeriesReader:
    """One request for curves."""

    def __init__(self, curves: Curves, stores: Stores, request: SeriesRequest, pairs: Sequence[Pair]) -> None:
        self._curves = curves
        self._stores = stores
        self._request = request
        self._pairs = pairs
        self._returned = 0

    def read(self) -> Answer:
        request = self._request
        low, high = request.x0, request.x1
        kept: dict[Pair, Placed] = {}
        if low is None or high is None:
            found_low, found_high = self._window(kept)
            low, high = found_low if low is None else low, found_high if high is None else high
        groups = None if request.group is None else self._groups(request.group, low, high)
        found: dict[Pair, Picked | None] = {}
        for pair, placed in self._all(kept):
            found[pair] = self._picked(pair, placed, low, high) if groups is None else None
            if groups is not None:
                begin, end = _window_of(placed, low, high)
                y = placed.y if placed.smoothed is None else placed.smoothed
                groups.add(pair, placed.x[begin:end], y[begin:end])
        head = {
            "x": request.x, **plain_window(low, high), "width": request.width, "method": request.method,
            "missing": [{"run_id": pair[0], "key": pair[1]} for pair in self._pairs if pair not in found],
        }  # fmt: skip
        picked = [one for pair in self._pairs if (one := found.get(pair)) is not None]
        return Answer(head, picked, [] if groups is None else groups.bands())

    def _groups(self, request: GroupRequest, low: float, high: float) -> Groups:
        values = group_values(self._stores, dict.fromkeys(run_id for run_id, _ in self._pairs), request.by)
        return Groups(request, values, low, high, self._request.width)

    def _window(self, kept: dict[Pair, Placed]) -> tuple[float, float]:
        """From the first x of all curves to the last; short curves are kept on the way."""
        low, high, points = math.inf, -math.inf, 0
        for pair, placed in self._placed(self._pairs):
            if points + len(placed.x) <= KEPT_POINTS:
                kept[pair] = placed
                points += len(placed.x)
            if len(placed.x):
                low, high = min(low, float(placed.x[0])), max(high, float(placed.x[-1]))
        return low, high

    def _all(self, kept: dict[Pair, Placed]) -> Iterator[tuple[Pair, Placed]]:
        yield from kept.items()
        yield from self._placed([pair for pair in self._pairs if pair not in kept])

    def _placed(self, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Placed]]:
        """The curves that exist, placed on the axis, and smoothed where that is asked for."""
        smooth = self._request.smooth
        for pair, placed in self._raw(pairs):
            smoother = None if smooth is None else smoothed(placed.x, placed.y, smooth)
            yield pair, placed if smoother is None else attrs.evolve(placed, smoothed=smoother)

    def _raw(self, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Placed]]:
        axis = self._request.x
        if axis.startswith(METRIC):
            yield from self._placed_against(axis.removeprefix(METRIC), pairs)
            return
        run_ids = list(dict.fromkeys(run_id for run_id, _ in pairs))
        starts = self._curves.starts(self._stores, run_ids) if axis == "relative" else dict.fromkeys(run_ids, 0)
        for pair, columns in self._curves.read(self._stores, pairs):
            if axis == "step":
                yield pair, _in_order(columns, np.frombuffer(columns.steps, np.int64))
            elif pair[0] in starts:
                yield pair, _in_order(columns, np.frombuffer(columns.timestamps, np.int64) - starts[pair[0]])

    def _placed_against(self, key: str, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, Placed]]:
        """The same over the values of another metric, of a few runs at a time."""
        run_ids = list(dict.fromkeys(run_id for run_id, _ in pairs))
        for at in range(0, len(run_ids), RUNS_AT_ONCE):
            some = run_ids[at : at + RUNS_AT_ONCE]
            wanted = [(run_id, key) for run_id in some]
            others = {run_id: columns for (run_id, _), columns in self._curves.read(self._stores, wanted)}
            of_some = [pair for pair in pairs if pair[0] in others]
            for pair, columns in self._curves.read(self._stores, of_some):
                yield pair, _against(columns, others[pair[0]])

    def _picked(self, pair: Pair, placed: Placed, low: float, high: float) -> Picked:
        begin, end = _window_of(placed, low, high)
        x, y = placed.x[begin:end], placed.y[begin:end]
        method = _METHODS.get(self._request.method)
        chosen: Positions = (
            np.arange(end - begin) if method is None or end == begin else method(x, y, low, high, self._request.width)
        )
        before, after = begin > 0, end < len(placed.x)
        around = (np.array([begin - 1] if before else [], np.int64), np.array([end] if after else [], np.int64))
        places = np.concatenate([around[0], chosen + begin, around[1]])
        self._returned += len(places)
        if self._returned > MAX_RETURNED:
            raise InvalidInput(
                f"more than {MAX_RETURNED:,} points would be returned; ask for fewer curves, a smaller window, or "
                "another method than raw"
            )
        not_finite = y[~np.isfinite(y)]
        nan = int(np.isnan(not_finite).sum())
        return Picked(
            *pair, placed.total, end - begin, placed.total - len(placed.x), nan, len(not_finite) - nan,
            before, after, placed.exact[places], placed.y[places],
            None if placed.smoothed is None else placed.smoothed[places],
        )  # fmt: skip


def _window_of(placed: Placed, low: float, high: float) -> tuple[int, int]:
    """Where the points of a curve begin and end that lie in a window."""
    begin = int(np.searchsorted(placed.x, low, "left"))
    return begin, max(begin, int(np.searchsorted(placed.x, high, "right")))


def _in_order(columns: MetricColumns, x: NDArray[np.int64]) -> Placed:
    """A curve over whole numbers, which need not ascend as times need not."""
    y = np.frombuffer(columns.values, np.float64)
    if len(x) > 1 and not bool((x[1:] >= x[:-1]).all()):
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
    return Placed(len(y), x.astype(np.float64), x, y)


def _against(columns: MetricColumns, other: MetricColumns) -> Placed:
    """A curve over the values of another one at the same steps; the last where a step has several."""
    steps, at = np.frombuffer(columns.steps, np.int64), np.frombuffer(other.steps, np.int64)
    y, values = np.frombuffer(columns.values, np.float64), np.frombuffer(other.values, np.float64)
    places = np.searchsorted(at, steps, "right") - 1
    is_known = (places >= 0) & (at[places] == steps)
    x = np.where(is_known, values[places], np.nan)
    known = np.flatnonzero(np.isfinite(x))
    order = known[np.argsort(x[known], kind="stable")]
    return Placed(len(y), x[order], x[order], y[order])


def _plain_values(values: Reals) -> list[Any]:
    """Floats as JSON has them, NaN and the infinities as texts."""
    plain: list[Any] = values.tolist()
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        plain[at] = plain_float(plain[at])
    return plain
