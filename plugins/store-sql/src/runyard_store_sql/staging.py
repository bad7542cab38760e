"""Points on their way into the history: what one call logs of many metrics is one row until somebody asks.

To write a row of `metrics` and a block for every key of every call takes most of the time of a call that logs one point
of a thousand metrics. Such calls are staged: their points are put away as they are and go into the history many at
once, before the run's metrics are read, when the run ends, and when much has come together. Where the points go makes
no difference to what they are: the same one is kept once wherever it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from runyard_store_sql.blocks import FORMAT, Points, check_format, encode, joined
from runyard_store_sql.many_blocks import decode_all
from runyard_store_sql.schema import staged_points

MOST_ROWS = 128  # of a run, about; then its points go into the history
MOST_POINTS = 32_768
MOST_RUNS = 10_000  # that a process counts for

_KEY = np.dtype("<i4")
_INSERT = staged_points.insert()


@attrs.frozen
class Batch:
    """Points of one run in the order in which they came, each with the number of its key."""

    keys: NDArray[np.int32]
    points: Points

    @classmethod
    def joined(cls, batches: Sequence[Batch]) -> Batch:
        if len(batches) == 1:
            return batches[0]
        return cls(np.concatenate([one.keys for one in batches]), joined([one.points for one in batches]))

    @property
    def is_large(self) -> bool:
        """Whether it is better not staged."""
        return len(self.keys) >= MOST_POINTS


class Amounts:
    """About what this process has staged of each run since its points went into the history.

    It is of the runs that were logged to last: those that are long over are not remembered for ever.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}

    def add(self, run: int, points: int) -> bool:
        """Whether it is enough now."""
        rows, known = self._known.pop(run, (0, 0))
        if len(self._known) >= MOST_RUNS:
            del self._known[next(iter(self._known))]
        self._known[run] = rows + 1, known + points
        return rows + 1 >= MOST_ROWS or known + points >= MOST_POINTS

    def forget(self, run: int) -> None:
        self._known.pop(run, None)


def add(connection: sa.Connection, batches: Iterable[tuple[int, Batch]]) -> None:
    """Stage points of runs, given by their numbers. The caller holds the locks of the runs."""
    rows = [
        {
            "run": run,
            "points": len(batch.keys),
            "format": FORMAT,
            "data": batch.keys.astype(_KEY).tobytes() + encode(batch.points),
        }
        for run, batch in batches
    ]
    if rows:
        connection.execute(_INSERT, rows)


def decoded(rows: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int32], Points]:
    """The runs and the keys of all points, and the points."""
    keys, blocks = [], []
    for _, count, code, data in rows:
        check_format(code)
        keys.append(np.frombuffer(data, _KEY, count))
        blocks.append(data[_KEY.itemsize * count :])
    points, counts = decode_all(blocks)
    return np.repeat(np.array([row[0] for row in rows], np.int64), counts), np.concatenate(keys), points
