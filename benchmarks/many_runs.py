"""A server with very many runs and points, for the web UI's budgets; written in bulk."""

from __future__ import annotations

import random
import sqlite3
from array import array
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from runyard.entities import Batch, MetricColumns, RunStart
from runyard.host import Host
from runyard.protocols.tracking import IngestsBatches, TrackingStore, capability
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import schema
from runyard_store_sql.engine import close_engine, open_engine

RUNS, PARAMS, METRICS = 100_000, 3, 6  # of experiment 1
CURVES, POINTS = 100, 10_000  # of experiment 2
LONG, SPIKES = 1_000_000, {123_457: 3.0, 654_321: 2.5}  # of experiment 3, one curve
SPREAD = range(4, 14)  # experiments over which the many runs are spread in a copy
START = 1_700_000_000_000
DATABASE = "runs.db"


def build(folder: Path) -> str:
    """Make the database in a folder; the URI of the store."""
    uri = f"sqlite:///{folder / DATABASE}"
    database = open_engine(Uri.parse(uri), Settings())
    fill(database.engine)
    close_engine(database)
    with Host(Settings(root=folder, tracking_uri=uri)) as host:
        add_curves(host)
        add_long_curve(host)
    return uri


def spread(folder: Path, copy: Path) -> str:
    """Copy what was built to another folder, with the many runs spread over many experiments; the URI of the store."""
    with closing(sqlite3.connect(folder / DATABASE)) as known, closing(sqlite3.connect(copy / DATABASE)) as made, made:
        known.backup(made)
        rows = [(number, f"many/{number}", f"many/{number}", "/artifacts/1", START, START) for number in SPREAD]
        columns = "id, name, active_name, artifact_location, creation_time, last_update_time"
        made.executemany(f"INSERT INTO experiments ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
        made.execute(f"UPDATE runs SET experiment = {SPREAD[0]} + id % {len(SPREAD)} WHERE experiment = 1")
    return f"sqlite:///{copy / DATABASE}"


def fill(engine: sa.Engine) -> None:
    """One experiment of many runs, written in bulk; of metrics what a table shows, without their curves."""
    schema.metadata.create_all(engine)
    chance = random.Random(7)
    runs, params = range(1, RUNS + 1), range(1, PARAMS + 1)
    metrics = range(PARAMS + 1, PARAMS + METRICS + 1)
    with engine.begin() as connection:
        about = {"id": 1, "name": "many", "active_name": "many", "artifact_location": "/artifacts/1"}
        times = {"creation_time": START, "last_update_time": START}
        connection.execute(schema.experiments.insert(), about | times)
        names = [*(f"param{key}" for key in params), *(f"acc{key}" for key in metrics)]
        connection.execute(schema.keys.insert(), [{"id": key, "name": name} for key, name in enumerate(names, 1)])
        _insert(connection, schema.runs, (_a_run(run) for run in runs))
        _insert(connection, schema.params, (_a_param(run, key, chance.random()) for run in runs for key in params))
        _insert(connection, schema.metrics, (_a_metric(run, key, chance.random()) for run in runs for key in metrics))


def _a_run(run: int) -> tuple[Any, ...]:
    run_id, start = f"{run * 2654435761 % 2**32:08x}{run:024x}", START + run * 1_000
    return (
        *(run, run_id, 1, f"run-{run}", "ada", "FINISHED", start, start + 900),
        *(f"/artifacts/1/{run_id}", None, None, None, False),
    )


def _a_param(run: int, key: int, value: float) -> tuple[Any, ...]:
    text = f"{value:.3g}"
    return run, key, text, text, float(text)


def _a_metric(run: int, key: int, value: float) -> tuple[Any, ...]:
    return run, key, value, 0, START, value, 0, START, value, 0, value, 0, value, 1, 1, 0, 1, 1


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(table.c))
    connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", list(rows))


def add_curves(host: Host) -> None:
    """A second experiment: some runs with a curve of many points each."""
    store = host.tracking_store()
    experiment = store.create_experiment("curves").experiment_id
    chance = random.Random(3)
    for run in range(CURVES):
        values = array("d", (1 / (1 + step / 1_000) + chance.gauss(run / 100, 0.02) for step in range(POINTS)))
        _add_curve(store, experiment, run + 1, values)


def add_long_curve(host: Host) -> None:
    """A third experiment: one run with one very long curve that has spikes of a single point."""
    store = host.tracking_store()
    experiment = store.create_experiment("long").experiment_id
    chance = random.Random(5)
    values = array("d", (1 / (1 + step / 50_000) + chance.gauss(0, 0.02) for step in range(LONG)))
    for step, value in SPIKES.items():
        values[step] = value
    _add_curve(store, experiment, CURVES + 1, values)


def _add_curve(store: TrackingStore, experiment: str, number: int, values: array[float]) -> None:
    run_id, steps = f"{number:032x}", array("q", range(len(values)))
    start = RunStart(run_id, f"curve-{number}", "ada", START, experiment_id=experiment)
    points = {(run_id, "loss"): MetricColumns(steps, steps, values)}
    batch = Batch("curves", number, number, starts=[start], points=points)
    assert list(capability(store, IngestsBatches).ingest(batch)) == []  # type: ignore[type-abstract]
