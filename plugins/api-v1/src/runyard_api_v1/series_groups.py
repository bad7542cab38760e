"""Curves of groups of runs: a middle and a band for every pixel column in which a run of the group has points."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

import attrs
import numpy as np

from runyard.entities import Run, ViewType
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.frames import Column, FrameQuery, NumberColumn, ReadsFrames
from runyard.protocols.tracking import TrackingStore
from runyard.query import Identifier, Kind, Target, parse_filter
from runyard.server.service import Stores
from runyard_api_v1 import column_names
from runyard_api_v1.curves import Pair
from runyard_api_v1.downsample import Positions, Reals, edges
from runyard_api_v1.series import GroupRequest

MAX_CELLS = 20_000_000  # curves times pixel columns

Values = tuple[str | None, ...]


@attrs.frozen(eq=False)
class Band:
    """The middle and the band of a group's curves of one metric."""

    key: str
    values: Values
    run_ids: Sequence[str]
    x: Reals
    y: Reals
    low: Reals
    high: Reals
    n: Positions  # runs that have points in the column

    def described(self) -> dict[str, Any]:
        return {"key": self.key, "values": list(self.values), "run_ids": list(self.run_ids), "returned": len(self.x)}


class Groups:
    """Collects the curves of runs into bands."""

    def __init__(
        self, request: GroupRequest, of_runs: Mapping[str, Values], low: float, high: float, width: int
    ) -> None:
        self._request = request
        self._of_runs = of_runs
        self._edges = edges(low, high, width) if np.isfinite(low) and np.isfinite(high) else np.zeros(width)
        self._width = width
        self._sums: dict[tuple[str, Values], _Columns] = {}
        self._cells = 0

    def add(self, pair: Pair, x: Reals, y: Reals) -> None:
        """A curve, of which `x` lies in the window."""
        run_id, key = pair
        if run_id not in self._of_runs:  # erased in this moment
            return
        self._cells += self._width
        if self._cells > MAX_CELLS:
            raise InvalidInput(
                f"more than {MAX_CELLS:,} pixel columns of curves are to be grouped; ask for fewer curves or less width"
            )
        group = self._sums.setdefault((key, self._of_runs[run_id]), _Columns())
        finite = np.isfinite(y)
        places = np.searchsorted(self._edges, x[finite], "right") - 1
        counts = np.bincount(places, minlength=self._width)
        with np.errstate(invalid="ignore"):
            group.means.append(np.bincount(places, y[finite], self._width) / counts)
        group.x_sums += np.bincount(places, x[finite], self._width)
        group.counts += counts
        group.run_ids.append(run_id)

    def bands(self) -> list[Band]:
        """By key, the groups with the most runs first."""
        found = [self._band(key, values, group) for (key, values), group in self._sums.items() if np.any(group.counts)]
        return sorted(found, key=lambda band: (band.key, -len(band.run_ids), [value or "" for value in band.values]))

    def _band(self, key: str, values: Values, group: _Columns) -> Band:
        filled = np.flatnonzero(group.counts)
        rows = np.array(group.means)[:, filled]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of columns with one run, which have no spread
            middle = np.nanmedian(rows, 0) if self._request.middle == "median" else np.nanmean(rows, 0)
            match self._request.band:
                case "std":
                    spread = np.nan_to_num(np.nanstd(rows, 0, ddof=1))
                    low, high = middle - spread, middle + spread
                case "iqr":
                    low, high = np.nanquantile(rows, [0.25, 0.75], axis=0)
                case _:
                    low, high = np.nanmin(rows, 0), np.nanmax(rows, 0)
        n: Positions = np.count_nonzero(~np.isnan(rows), axis=0).astype(np.int64)
        return Band(key, values, group.run_ids, (group.x_sums / group.counts.clip(1))[filled], middle, low, high, n)


class _Columns:
    """Means of each run in each pixel column, and where the points of all lie."""

    def __init__(self) -> None:
        self.run_ids: list[str] = []
        self.means: list[Reals] = []
        self.x_sums: Any = 0.0
        self.counts: Any = 0


def group_values(stores: Stores, run_ids: Iterable[str], names: Sequence[str]) -> dict[str, Values]:
    """What each run that exists has in the columns that runs are grouped by.

    Raises:
        InvalidInput: one of these is a metric.
    """
    identifiers = [column_names.column(name) for name in names]
    for name, identifier in zip(names, identifiers, strict=True):
        if identifier.kind is Kind.METRIC:
            raise InvalidInput(f"runs are grouped by params, tags and attributes, not by {name!r:.80}")
    found: dict[str, Values] = {}
    left = dict.fromkeys(run_ids)
    while left:
        run_id = next(iter(left))
        del left[run_id]
        try:
            run = stores.tracking.get_run(run_id)
        except NotFound:
            continue
        found[run_id] = tuple(_value(run, identifier) for identifier in identifiers)
        others = _beside(stores.tracking, run, identifiers, list(left))
        found |= others
        left = dict.fromkeys(run_id for run_id in left if run_id not in others)
    return found


def _beside(
    tracking: TrackingStore, run: Run, identifiers: Sequence[Identifier], run_ids: Sequence[str]
) -> dict[str, Values]:
    """The same of those runs that are in the experiment of this one, read at once where the store can do that."""
    asked = [one for one in run_ids if one.isalnum()]  # others are no ids, and could not stand in a filter
    if not asked or not isinstance(tracking, ReadsFrames):
        return {}
    ids = ", ".join(f"'{one}'" for one in asked)
    frame = tracking.read_frame(
        FrameQuery(
            experiment_ids=[run.info.experiment_id],
            columns=list(dict.fromkeys(identifiers)),
            filter=parse_filter(f"attributes.run_id IN ({ids})", Target.RUNS),
            view=ViewType.ALL,
            max_results=len(asked),
        )
    )
    columns = [_texts(frame.columns[identifier]) for identifier in identifiers]
    return {one: tuple(column[at] for column in columns) for at, one in enumerate(frame.run_ids)}


def _texts(column: Column) -> list[str | None]:
    if isinstance(column, NumberColumn):
        pairs = zip(column.values, column.present, strict=True)
        return [str(int(value)) if present else None for value, present in pairs]
    return [column.categories[code] if code >= 0 else None for code in column.codes]


def _value(run: Run, identifier: Identifier) -> str | None:
    if identifier.kind is Kind.ATTRIBUTE:
        value = getattr(run.info, identifier.key)
        return None if value is None else str(value.value if isinstance(value, Enum) else value)
    return (run.data.params if identifier.kind is Kind.PARAM else run.data.tags).get(identifier.key)
