"""What a tracking store implements that answers in columns, for tables and charts of very many runs."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import attrs

from runyard.entities import ViewType
from runyard.query import Filter, Identifier, OrderBy


@attrs.frozen(kw_only=True)
class FrameQuery:
    """Which runs, in which order, and which columns of them; `offset` runs are left out at the start.

    Columns are metrics with an aggregate, params, tags, and attributes: those that can be searched for, and
    `lifecycle_stage`.
    """

    experiment_ids: Sequence[str]
    columns: Sequence[Identifier]
    filter: Filter | None = None
    view: ViewType = ViewType.ACTIVE_ONLY
    order_by: Sequence[OrderBy] = ()
    offset: int = 0
    max_results: int = 1000


@attrs.frozen(eq=False)
class NumberColumn:
    """A number for each run; `present` has a byte for each, 0 where the run has none (the value is NaN then)."""

    values: array[float]  # typecode "d"
    present: bytes


@attrs.frozen(eq=False)
class TextColumn:
    """A text for each run, as a number in `categories`, -1 where the run has none."""

    categories: Sequence[str]
    codes: array[int]  # typecode "i"


Column: TypeAlias = NumberColumn | TextColumn


@attrs.frozen(eq=False)
class Frame:
    """Runs as columns of equal length; `total` is how many match in all."""

    run_ids: Sequence[str]
    columns: Mapping[Identifier, Column]
    total: int


@attrs.frozen
class KeySummary:
    """What runs have under one key. Numbers are given for metrics (their latest values) and params that read as such.

    `values` has the different texts of a param or tag with their counts, the most frequent first; None where there are
    more than the limit. `varies`: not all runs that were looked at have one and the same value.
    """

    identifier: Identifier
    runs: int
    varies: bool
    numeric: bool
    least: float | None = None
    greatest: float | None = None
    values: Sequence[tuple[str, int]] | None = None


@attrs.frozen
class FrameSchema:
    """What runs have: how many they are, and their keys, ordered by kind and name."""

    total: int
    keys: Sequence[KeySummary]


@runtime_checkable
class ReadsFrames(Protocol):
    """A store that answers in columns."""

    def read_frame(self, query: FrameQuery) -> Frame: ...

    def describe_frame(
        self,
        experiment_ids: Sequence[str],
        *,
        filter: Filter | None = None,  # noqa: A002 - as in the queries
        view: ViewType = ViewType.ACTIVE_ONLY,
        max_values: int = 50,
    ) -> FrameSchema:
        """What metrics, params and tags the matching runs have."""
