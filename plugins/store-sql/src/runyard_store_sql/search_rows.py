"""Runs with what they logged, read in a few queries for a whole page."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import (
    Dataset,
    DatasetInput,
    LifecycleStage,
    Metric,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
)
from runyard.query import Identifier, Kind
from runyard_store_sql.keys import find_keys
from runyard_store_sql.schema import datasets, input_tags, inputs, keys, metrics, params, runs, tags
from runyard_store_sql.statements import chunks

CHUNK = 1_000  # runs that one query asks for

Values = dict[int, dict[str, str]]


def load_runs(
    connection: sa.Connection, numbers: Sequence[int], columns: Sequence[Identifier] | None = None
) -> list[Run]:
    """The runs of these numbers, in their order, with all they logged, or with just these metrics, params and tags."""
    found: list[Run] = []
    for part in chunks(numbers, CHUNK):
        found.extend(_Loader(connection, part, columns).load())
    return found


class _Loader:
    def __init__(self, connection: sa.Connection, numbers: Sequence[int], columns: Sequence[Identifier] | None) -> None:
        self._connection = connection
        self._numbers = numbers
        self._columns = columns
        self._names: dict[int, str] = {}
        if columns is not None:
            self._names = {number: name for name, number in find_keys(connection, [one.key for one in columns]).items()}

    def load(self) -> Iterator[Run]:
        infos = {row.id: _info(row) for row in self._connection.execute(sa.select(runs).where(self._of(runs.c.id)))}
        latest, logged, tagged = self._metrics(), self._texts(params, Kind.PARAM), self._texts(tags, Kind.TAG)
        used = self._inputs() if self._columns is None else {}
        for number in self._numbers:
            data = RunData(latest.get(number, ()), logged.get(number, {}), tagged.get(number, {}))
            yield Run(infos[number], data, used.get(number, RunInputs()))

    def _of(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        # Written out: numbers cost less than as many parameters.
        return column.in_(sa.bindparam("runs", sorted(self._numbers), expanding=True, literal_execute=True))

    def _rows(self, table: sa.Table, kind: Kind, *columns: sa.ColumnElement[Any]) -> Sequence[Any]:
        query = sa.select(table.c.run, table.c.key, *columns).where(self._of(table.c.run))
        if self._columns is not None:
            wanted = {one.key for one in self._columns if one.kind is kind}
            chosen = [number for number, name in self._names.items() if name in wanted]
            if not chosen:
                return ()
            query = query.where(table.c.key.in_(chosen))
        rows = _raw_rows(self._connection, query)
        self._learn({row[1] for row in rows})
        return rows

    def _learn(self, numbers: set[int]) -> None:
        for part in chunks(sorted(numbers - self._names.keys())):
            query = sa.select(keys.c.id, keys.c.name).where(keys.c.id.in_(part))
            self._names.update((number, name) for number, name in self._connection.execute(query))

    def _texts(self, table: sa.Table, kind: Kind) -> Values:
        found: Values = defaultdict(dict)
        rows = self._rows(table, kind, table.c.value)
        names = self._names
        for run, key, value in rows:
            found[run][names[key]] = value
        return found

    def _metrics(self) -> dict[int, list[Metric]]:
        found: dict[int, list[Metric]] = defaultdict(list)
        table = metrics.c
        rows = self._rows(metrics, Kind.METRIC, table.last_value, table.last_time, table.last_step)
        names = self._names
        read = _infinite if self._connection.dialect.name in {"mysql", "mariadb"} else float
        for run, key, value, time, step in rows:
            found[run].append(Metric(names[key], math.nan if value is None else read(value), time, step))
        return found

    def _inputs(self) -> dict[int, RunInputs]:
        query = sa.select(inputs.c.run, datasets).join_from(inputs, datasets).where(self._of(inputs.c.run))
        rows = self._connection.execute(query.order_by(inputs.c.run, inputs.c.position)).all()
        if not rows:
            return {}
        labels: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
        for tag in self._connection.execute(sa.select(input_tags).where(self._of(input_tags.c.run))):
            labels[tag.run, tag.dataset][tag.key] = tag.value
        found: dict[int, list[DatasetInput]] = defaultdict(list)
        for row in rows:
            dataset = Dataset(row.name, row.digest, row.source_type, row.source, row.schema, row.profile)
            found[row.run].append(DatasetInput(dataset, labels.get((row.run, row.id), {})))
        return {run: RunInputs(items) for run, items in found.items()}


def _raw_rows(connection: sa.Connection, query: sa.Select[Any]) -> Sequence[Any]:
    """The driver's own tuples: a page has tens of thousands of values."""
    result: Any = connection.execute(query)
    rows: Sequence[Any] = result.cursor.fetchall()
    result.close()
    return rows


def _infinite(value: float) -> float:
    return math.copysign(math.inf, value) if abs(value) == sys.float_info.max else float(value)


def _info(row: Any) -> RunInfo:
    return RunInfo(
        run_id=row.run_id,
        experiment_id=str(row.experiment),
        run_name=row.name,
        user_id=row.user_id,
        status=RunStatus(row.status),
        start_time=row.start_time,
        end_time=row.end_time,
        artifact_uri=row.artifact_uri,
        lifecycle_stage=LifecycleStage.ACTIVE if row.deleted_time is None else LifecycleStage.DELETED,
        deleted_time=row.deleted_time,
    )
