"""Runs with what they logged, read in a few queries for a whole page."""

from __future__ import annotations

import gc
import itertools
import json
import math
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
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
    RunOutputs,
    RunStatus,
)
from runyard.query import Identifier, Kind
from runyard_store_sql.keys import find_keys
from runyard_store_sql.run_models import OF_RUNS, grouped
from runyard_store_sql.run_numbers import NO_BYTES, among
from runyard_store_sql.schema import (
    datasets,
    input_tags,
    inputs,
    keys,
    metrics,
    params,
    run_models,
    runs,
    tags,
    with_infinities,
)
from runyard_store_sql.statements import chunks

CHUNK = 1_000  # runs that one query asks for

RUN_COLUMNS = (
    *(runs.c.id, runs.c.run_id, runs.c.experiment, runs.c.name, runs.c.user_id, runs.c.status),
    *(runs.c.start_time, runs.c.end_time, runs.c.artifact_uri, runs.c.deleted_time),
)
Values = dict[int, dict[str, str]]


def load_runs(
    connection: sa.Connection, numbers: Sequence[int], columns: Sequence[Identifier] | None = None
) -> list[Run]:
    """The runs of these numbers, in their order, with all they logged, or with just these metrics, params and tags."""
    rows: dict[int, Any] = {}
    for part in chunks(numbers, CHUNK):
        rows.update((row.id, row) for row in connection.execute(sa.select(*RUN_COLUMNS).where(runs.c.id.in_(part))))
    return complete_runs(connection, [rows[number] for number in numbers], columns)


def complete_runs(connection: sa.Connection, rows: Sequence[Any], columns: Sequence[Identifier] | None) -> list[Run]:
    """The runs of rows that begin with `RUN_COLUMNS`, with what they logged."""
    found: list[Run] = []
    with uncollected():
        for part in chunks(rows, CHUNK):
            infos = {row[0]: run_info(row) for row in part}
            found.extend(_Loader(connection, list(infos), columns).complete(infos))
    return found


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the garbage collector: a page's many new objects would set it off again and again, for nothing."""
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_enabled:
            gc.enable()


class _Loader:
    """Reads one chunk of runs. Its rows are the driver's own tuples, for a page has tens of thousands of values."""

    def __init__(self, connection: sa.Connection, numbers: Sequence[int], columns: Sequence[Identifier] | None) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._numbers = numbers
        self._columns = columns
        self._names: dict[int, str] = {}
        if columns is not None:
            self._names = {number: name for name, number in find_keys(connection, [one.key for one in columns]).items()}

    def complete(self, infos: Mapping[int, RunInfo]) -> Iterator[Run]:
        latest, logged, tagged = self._metrics(), self._texts(params, Kind.PARAM), self._texts(tags, Kind.TAG)
        used, made = self._inputs_and_outputs() if self._columns is None else ({}, {})
        no_inputs, no_outputs = RunInputs(), RunOutputs()
        for number in self._numbers:
            data = RunData(latest.get(number, ()), logged.get(number, {}), tagged.get(number, {}))
            yield Run(infos[number], data, used.get(number, no_inputs), made.get(number, no_outputs))

    def _fetch(self, query: sa.Select[Any]) -> Sequence[Any]:
        result: Any = self._connection.execute(query)
        rows: Sequence[Any] = result.cursor.fetchall()
        result.close()
        return rows

    def _of(self, column: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
        """Whether a column has one of the runs' numbers."""
        return among(self._dialect, column, sorted(self._numbers))

    def _logged(self, query: sa.Select[Any], table: sa.Table, kind: Kind) -> sa.Select[Any] | None:
        """The rows of the runs, of the chosen keys; None where there are none of the kind."""
        query = query.where(self._of(table.c.run))
        if self._columns is None:
            return query
        wanted = {one.key for one in self._columns if one.kind is kind}
        chosen = [number for number, name in self._names.items() if name in wanted]
        return query.where(table.c.key.in_(chosen)) if chosen else None

    def _learn(self, numbers: set[int]) -> None:
        for part in chunks(sorted(numbers - self._names.keys())):
            query = sa.select(keys.c.id, keys.c.name).where(keys.c.id.in_(part))
            self._names.update((number, name) for number, name in self._connection.execute(query))

    def _texts(self, table: sa.Table, kind: Kind) -> Values:
        if self._dialect in _PACKS and self._columns is None:
            return self._packed_texts(table)
        query = self._logged(sa.select(table.c.run, table.c.key, table.c.value), table, kind)
        rows = () if query is None else self._fetch(query)
        self._learn({row[1] for row in rows})
        names = self._names
        found: Values = defaultdict(dict)
        for run, key, value in rows:
            found[run][names[key]] = value
        return found

    def _packed_texts(self, table: sa.Table) -> Values:
        """All texts in one row for each run: rows are what takes most time, in SQLite itself and on the way here."""
        columns = (table.c.run, *_PACKS[self._dialect](table))
        rows = self._fetch(sa.select(*columns).where(self._of(table.c.run)).group_by(table.c.run))
        packs = {packed: [int(key) for key in str(packed).split(",")] for packed in {row[1] for row in rows}}
        self._learn({key for pack in packs.values() for key in pack})
        names = {packed: [self._names[key] for key in pack] for packed, pack in packs.items()}
        # All at once: a call for each run takes longer than what it does.
        values = json.loads(f"[{','.join([row[2] for row in rows])}]")
        return {row[0]: dict(zip(names[row[1]], texts, strict=True)) for row, texts in zip(rows, values, strict=True)}

    def _metrics(self) -> dict[int, list[Metric]]:
        table = metrics.c
        columns = (table.run, table.key, table.last_value, table.last_time, table.last_step)
        query = self._logged(sa.select(*columns).order_by(table.run, table.key), metrics, Kind.METRIC)
        if query is None:
            return {}
        owners, numbers, values, times, steps = (
            self._packed_columns(query) if self._dialect == "postgresql" else self._columns_of(query)
        )
        self._learn(set(numbers))
        rows = zip(map(self._names.__getitem__, numbers), values, times, steps, strict=True)
        # A third of the time that calling Metric takes.
        latest = list(map(tuple.__new__, itertools.repeat(Metric), rows))
        counts = Counter(owners)
        ends = itertools.accumulate(counts.values())
        return {run: latest[end - counts[run] : end] for run, end in zip(counts, ends, strict=True)}

    def _columns_of(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        """The columns of a query for metrics, NaN for NULL."""
        rows = self._fetch(query)
        if not rows:
            return ((),) * 5
        owners, numbers, values, times, steps = zip(*rows, strict=True)
        if self._dialect in {"mysql", "mariadb"}:
            values = tuple([None if value is None else with_infinities(value) for value in values])
        if None in values:
            values = tuple([math.nan if value is None else value for value in values])
        return owners, numbers, values, times, steps

    def _packed_columns(self, query: sa.Select[Any]) -> Sequence[Sequence[Any]]:
        """The same as one row of bytes: psycopg takes longer to read 20,000 rows than PostgreSQL to find them."""
        found = query.subquery().c
        value = sa.func.coalesce(sa.cast(found.last_value, sa.Double), sa.cast("NaN", sa.Double))
        columns = (
            *(("q", sa.func.int8send(found.run)), ("i", sa.func.int4send(found.key)), ("d", sa.func.float8send(value))),
            *(("q", sa.func.int8send(found.last_time)), ("q", sa.func.int8send(found.last_step))),
        )
        packs = self._fetch(sa.select(*(sa.func.string_agg(column, NO_BYTES) for _, column in columns)))[0]
        return [_unpacked(code, pack) for (code, _), pack in zip(columns, packs, strict=True)]

    def _inputs_and_outputs(self) -> tuple[dict[int, RunInputs], dict[int, RunOutputs]]:
        used = self._dataset_inputs()
        consumed, produced = grouped(self._fetch(OF_RUNS.where(self._of(run_models.c.run))))
        runs_with_inputs = [*used, *(run for run in consumed if run not in used)]
        return (
            {run: RunInputs(used.get(run, ()), consumed.get(run, ())) for run in runs_with_inputs},
            {run: RunOutputs(models) for run, models in produced.items()},
        )

    def _dataset_inputs(self) -> dict[int, list[DatasetInput]]:
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
        return found


def _unpacked(code: str, pack: Any) -> array[Any]:
    """The numbers in bytes as PostgreSQL sends them, the most significant byte first."""
    found = array(code, bytes(pack or b""))
    if sys.byteorder == "little":
        found.byteswap()
    return found


# The keys and the texts of a run as one value each, in the same order.
_PACKS: Mapping[str, Callable[[sa.Table], tuple[sa.ColumnElement[Any], ...]]] = MappingProxyType(
    {
        "sqlite": lambda table: (sa.func.group_concat(table.c.key), sa.func.json_group_array(table.c.value)),
        "postgresql": lambda table: (
            sa.func.string_agg(sa.cast(table.c.key, sa.Text), ","),
            sa.cast(sa.func.json_agg(table.c.value), sa.Text),
        ),
    }
)
_STATUSES = MappingProxyType({status.value: status for status in RunStatus})


def run_info(row: Sequence[Any]) -> RunInfo:
    """The run's own fields, of a row that begins with `RUN_COLUMNS`."""
    _, run_id, experiment, name, user_id, status, start_time, end_time, artifact_uri, deleted_time = row[:10]
    stage = LifecycleStage.ACTIVE if deleted_time is None else LifecycleStage.DELETED
    status = _STATUSES[status]
    return RunInfo(
        *(run_id, str(experiment), name, user_id, status, start_time, end_time, artifact_uri, stage, deleted_time)
    )
