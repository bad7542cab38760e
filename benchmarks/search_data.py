"""Stores with many runs for the search benchmark: 20 params, 20 metrics and 10 tags each, written in bulk."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from runyard_store_sql import schema

PARAMS, METRICS, TAGS = 20, 20, 10
CHUNK = 10_000
START = 1_700_000_000_000

Rows = Iterator[tuple[Any, ...]]


def build(engine: sa.Engine, runs: int) -> None:
    """Fill an empty database with one experiment of many runs."""
    schema.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            schema.experiments.insert(),
            {
                "id": 1,
                "name": "bench",
                "active_name": "bench",
                "artifact_location": "/artifacts/1",
                "creation_time": START,
                "last_update_time": START,
            },
        )
        names = [f"{kind}{number}" for kind, count in _KEYS for number in range(count)]
        connection.execute(schema.keys.insert(), [{"id": key, "name": name} for key, name in enumerate(names, 1)])
        write = _copy if engine.dialect.name == "postgresql" else _insert
        rng = random.Random(7)
        for first in range(1, runs + 1, CHUNK):
            _write_chunk(connection, write, range(first, min(first + CHUNK, runs + 1)), rng)
    if engine.dialect.name == "postgresql":  # as its autovacuum does; nobody analyses SQLite
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


_KEYS = (("param", PARAMS), ("metric", METRICS), ("tag", TAGS))


def _write_chunk(connection: sa.Connection, write: Callable[..., None], ids: range, rng: random.Random) -> None:
    write(connection, schema.runs, _runs(ids))
    write(connection, schema.params, _params(ids, rng))
    write(connection, schema.metrics, _metrics(ids, rng))
    write(connection, schema.tags, _tags(ids, rng))


def _runs(ids: range) -> Rows:
    for run in ids:
        run_id = f"{run * 2654435761 % 2**32:08x}{run:024x}"
        start = START + run * 1000
        yield (
            *(run, run_id, 1, f"run-{run}", "ada", "FINISHED", start, start + 900),
            *(f"/artifacts/1/{run_id}/artifacts", None, None, None, False),
        )


def _params(ids: range, rng: random.Random) -> Rows:
    for run in ids:
        for number in range(PARAMS):
            if number % 2:
                value, real = f"choice-{rng.randrange(number + 1)}", None
            else:
                value = f"{rng.random():.4g}"
                real = float(value)
            yield (run, 1 + number, value, value, real)


def _metrics(ids: range, rng: random.Random) -> Rows:
    for run in ids:
        for number in range(METRICS):
            last, first = rng.random(), rng.random()
            low, high = min(last, first), max(last, first)
            steps = (0, 99) if low == first else (99, 0)
            yield (
                *(run, 1 + PARAMS + number, last, 99, START + 99, first, 0, START),
                *(low, steps[0], high, steps[1], last + first, 2, 2, 0, 2, 1),
            )


def _tags(ids: range, rng: random.Random) -> Rows:
    for run in ids:
        for number in range(TAGS):
            value = f"value {rng.randrange(10 ** (number % 5 + 1))}"
            yield (run, 1 + PARAMS + METRICS + number, value, value)


def _insert(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    marks = ", ".join("?" * len(table.c))
    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))


def _copy(connection: sa.Connection, table: sa.Table, rows: Rows) -> None:
    cursor = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
