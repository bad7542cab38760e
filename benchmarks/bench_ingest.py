"""Points per second through `ingest`, 8 runs of 100 keys each: SQLite, PostgreSQL and, for a ratio, MLflow's store.

    python benchmarks/bench_ingest.py [--mlflow-python PATH]

PostgreSQL takes part where RUNYARD_TEST_POSTGRES names a server, MLflow where it can be imported by this interpreter or
by the one that is named.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

from databases import fresh_postgres

RUNS, KEYS = 8, 100
POINTS = 125  # of each series in one batch: 100,000 points
BATCHES = 40
MLFLOW_POINTS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mlflow-python", help="an interpreter that has mlflow")
    parser.add_argument("--mlflow-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.mlflow_only:
        print(mlflow_rate())
        return
    print(f"{'':<32}{'aim':>12}{'result':>14}")
    with tempfile.TemporaryDirectory() as folder:
        rate(f"sqlite:///{folder}/warm-up.db", 2)
        sqlite = rate(f"sqlite:///{folder}/runyard.db")
    show("SQLite, points/s", 1_000_000, sqlite)
    if os.environ.get("RUNYARD_TEST_POSTGRES"):
        with fresh_postgres(os.environ["RUNYARD_TEST_POSTGRES"]) as uri:
            show("PostgreSQL, points/s", 500_000, rate(uri))
    theirs = other_rate(options.mlflow_python)
    if theirs:
        print(f"{'MLflow on SQLite, points/s':<32}{'':>12}{theirs:>14,.0f}")
        show("ratio to MLflow, both SQLite", 100, sqlite / theirs)


def show(what: str, aim: float, result: float) -> None:
    print(f"{what:<32}{aim:>12,.0f}{result:>14,.0f}  {'reached' if result >= aim else 'MISSED'}", flush=True)


def rate(uri: str, count: int = BATCHES) -> float:
    from runyard.entities import Batch, MetricColumns, RunStart
    from runyard.settings import Settings
    from runyard.uris import Uri
    from runyard_store_sql.tracking import open_store

    store = open_store(Uri.parse(uri), Settings())
    ids = [f"run{number}" for number in range(RUNS)]
    starts = [RunStart(run_id, run_id, "bench", 1_700_000_000_000, experiment_id="0") for run_id in ids]
    store.ingest(Batch("bench", 1, 1, starts=starts))
    batches = []
    for number in range(count):
        points = {}
        for index, series in enumerate((run, key) for run in ids for key in range(KEYS)):
            steps = range(number * POINTS, (number + 1) * POINTS)
            points[series[0], f"metric_{series[1]}"] = MetricColumns(
                array("q", steps),
                array("q", [1_700_000_000_000 + 40 * step + (step * 7 + index) % 13 for step in steps]),
                array("d", [math.exp(-step / 900) + math.sin(step * index) / 7 for step in steps]),
            )
        batches.append(Batch("bench", number + 2, number + 2, points=points))
    started, cpu = time.perf_counter(), time.process_time()
    for batch in batches:
        store.ingest(batch)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(f"  ({uri.partition(':')[0]}: {seconds:.1f} s, of which this process computes {cpu:.1f} s)")
    for run_id in ids[:2]:
        assert len(store.read_metric(run_id, "metric_7")) == count * POINTS
    store.close()
    return RUNS * KEYS * POINTS * count / seconds


def other_rate(python: str | None) -> float | None:
    if python is None and importlib.util.find_spec("mlflow") is None:
        print("MLflow is not here; name an interpreter that has it with --mlflow-python")
        return None
    command = [python or sys.executable, __file__, "--mlflow-only"]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def mlflow_rate() -> float:
    """What MLflow's own store takes in batches of 1,000 metrics, the most that it allows."""
    from mlflow.entities import Metric
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with tempfile.TemporaryDirectory() as folder:
        store = SqlAlchemyStore(f"sqlite:///{folder}/mlflow.db", Path(folder).as_uri())
        ids = [store.create_run("0", "bench", 1, [], f"run{number}").info.run_id for number in range(RUNS)]
        started = time.perf_counter()
        for number in range(MLFLOW_POINTS // 1_000):
            steps = range(number // RUNS * 10, number // RUNS * 10 + 10)
            metrics = [Metric(f"metric_{key}", 1.0 / (step + 1), step, step) for key in range(KEYS) for step in steps]
            store.log_batch(ids[number % RUNS], metrics, [], [])
        return MLFLOW_POINTS / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
