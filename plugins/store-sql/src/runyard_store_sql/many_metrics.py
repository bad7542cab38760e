"""Reads the points of many metrics with few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import MetricColumns
from runyard_store_sql import reading
from runyard_store_sql.engine import Database
from runyard_store_sql.keys import find_keys
from runyard_store_sql.schema import metric_blocks, runs
from runyard_store_sql.statements import chunks

_MOST_AT_ONCE = 200  # runs and as many keys in one query
_table = metric_blocks.c


def read(connection: sa.Connection, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], MetricColumns]:
    """Every point of these (run id, key) pairs; what is missing is left out."""
    from runyard_store_sql import history

    numbers = _run_numbers(connection, sorted({run_id for run_id, _ in pairs}))
    keys = find_keys(connection, sorted({key for _, key in pairs}))
    wanted = {(numbers[run_id], keys[key]): (run_id, key) for run_id, key in pairs if run_id in numbers and key in keys}
    blocks: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for some_runs, some_keys in _together(wanted):
        query = history.block_query(_table.data).add_columns(_table.run, _table.key)
        for row in connection.execute(query.where(_table.run.in_(some_runs), _table.key.in_(some_keys))):
            blocks[row.run, row.key].append(row)
    return {pair: history.columns_of(blocks[place]) for place, pair in wanted.items() if place in blocks}


def _run_numbers(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(run_ids):
        rows = connection.execute(sa.select(runs.c.run_id, runs.c.id).where(runs.c.run_id.in_(part)))
        found.update((run_id, number) for run_id, number in rows)
    return found


def _together(places: Iterable[tuple[int, int]]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Runs and keys, each of which is asked for of each: runs with the same keys go together."""
    keys_of: dict[int, list[int]] = defaultdict(list)
    for run, key in places:
        keys_of[run].append(key)
    runs_with: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for run, keys in keys_of.items():
        runs_with[tuple(sorted(keys))].append(run)
    for same_keys, some in runs_with.items():
        for some_runs in chunks(sorted(some), _MOST_AT_ONCE):
            for some_keys in chunks(same_keys, _MOST_AT_ONCE):
                yield some_runs, some_keys


class ManyMetrics:
    """`ReadsManyMetrics` of the tracking store."""

    _database: Database

    def read_metrics(self, pairs: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], MetricColumns]:
        run_ids = sorted({run_id for run_id, _ in pairs})
        with reading.current(self._database, run_ids=run_ids) as connection:
            return read(connection, pairs)
