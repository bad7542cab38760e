"""Reading through `runyard server` and `mlflow server`: a page of runs, a filtered page, a long history, a chart.

    python benchmarks/bench_server_read.py --mlflow-python PATH [--runs 5000] [--points 200000]

Both servers hold the same runs (20 params, 20 metrics, 10 tags each), written through their own stores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from search_data import build
from servers import KINDS, Server, create_run, get, post, serving, verdict

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.engine import close_engine, open_engine

PAGE = {"experiment_ids": ["1"], "max_results": 1000}
FILTERED = {
    **PAGE,
    "filter": "metrics.metric3 < 0.5 and params.param5 = 'choice-1'",
    "order_by": ["metrics.metric7 DESC"],
}
COLUMNS = ["metrics.metric1", "metrics.metric7", "params.param1", "params.param4", "tags.tag1"]
MILLION = 1_000_000
EXPERIMENT = """
    INSERT INTO experiments
        (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace)
    SELECT id, name, artifact_location, 'active', creation_time, last_update_time, 'default'
    FROM s.experiments WHERE id = 1
"""
RUNS = """
    INSERT INTO runs
        (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time,
         source_version, lifecycle_stage, artifact_uri, experiment_id)
    SELECT run_id, name, 'LOCAL', '', '', user_id, status, start_time, end_time, '', 'active', artifact_uri, experiment
    FROM s.runs
"""
OF_RUN = "JOIN s.keys k ON k.id = v.key JOIN s.runs r ON r.id = v.run"
MAKE_TABLES = """
import sys
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
SqlAlchemyStore(sys.argv[1], "file:///tmp")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow-python", help="an interpreter that has mlflow", required=True)
    parser.add_argument("--runs", type=int, default=50_000)
    parser.add_argument("--points", type=int, default=200_000)
    options = parser.parse_args()
    found: dict[tuple[str, str], float] = {}
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            store = f"sqlite:///{folder}/runs.db"
            fill(kind, store, options.runs, options.mlflow_python)
            with serving(kind, Path(folder), store, mlflow_python=options.mlflow_python) as server:
                measure(server, options.points, found)
    for what, aim in (("page of 1,000 runs", 15), ("filtered, ordered", 100), ("history", 20)):
        print(f"{what}: {verdict(found['mlflow', what] / found['runyard', what], aim)}")
    print(f"5 columns: {verdict(found['mlflow', 'page of 1,000 runs'] / found['runyard', '5 columns'], 50)}")
    series, size = found["runyard", "series"], found["runyard", "series bytes"]
    print(f"series of {MILLION:,} points: {series * 1000:.0f} ms, {size / 1024:.0f} kB; aims 60 ms and 64 kB")


def fill(kind: str, store: str, runs: int, python: str) -> None:
    if kind == "runyard":
        database = open_engine(Uri.parse(store), Settings())
        build(database.engine, runs)
        close_engine(database)
        return
    # MLflow makes its tables, then rows are put in, as through its own store they would take hours.
    subprocess.run([python, "-c", MAKE_TABLES, store], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        source = f"sqlite:///{folder}/source.db"
        fill("runyard", source, runs, python)
        copy_to_mlflow(source, store)


def copy_to_mlflow(source: str, target: str) -> None:
    """The same runs in MLflow's tables."""
    engine = sa.create_engine(target)
    with engine.begin() as connection:
        run = connection.exec_driver_sql
        run("ATTACH DATABASE ? AS s", (source.removeprefix("sqlite:///"),))
        run(EXPERIMENT)
        run(RUNS)
        for table in ("params", "tags"):
            run(
                f"INSERT INTO {table} (key, value, run_uuid) SELECT k.name, v.value, r.run_id FROM s.{table} v {OF_RUN}"
            )
        for table in ("latest_metrics", "metrics"):
            columns = "k.name, v.last_value, v.last_time, v.last_step, 0, r.run_id"
            run(
                f"INSERT INTO {table} (key, value, timestamp, step, is_nan, run_uuid)"
                f" SELECT {columns} FROM s.metrics v {OF_RUN}"
            )
        # The run's name is a tag, too, as with runs that were created through the server.
        run("INSERT INTO tags (key, value, run_uuid) SELECT 'mlflow.runName', name, run_id FROM s.runs")
    engine.dispose()


def measure(server: Server, points: int, found: dict[tuple[str, str], float]) -> None:
    connection = server.connect()

    def timed(what: str, call: Callable[[], Any], repeats: int) -> Any:
        result = call()
        cpu, seconds = [], []
        for _ in range(repeats):
            before, started = server.cpu(), time.perf_counter()
            result = call()
            seconds.append(time.perf_counter() - started)
            cpu.append(server.cpu() - before)
        found[server.kind, what] = statistics.median(seconds)
        wall, used = found[server.kind, what] * 1000, statistics.median(cpu) * 1000
        print(f"{server.kind:<9}{what:<22}{wall:>10.0f} ms; CPU of the server {used:>8.0f} ms", flush=True)
        return result

    repeats = 9 if server.kind == "runyard" else 3
    search = "/api/2.0/mlflow/runs/search"
    runs = timed("page of 1,000 runs", lambda: post(connection, search, PAGE), repeats)["runs"]
    assert (len(runs), len(runs[0]["data"]["params"])) == (1_000, 20)
    runs = timed("filtered, ordered", lambda: post(connection, search, FILTERED), repeats)["runs"]
    assert len(runs) == 1_000, len(runs)
    if server.kind == "runyard":
        body = {**PAGE, "columns": COLUMNS, "limit": 1000}
        del body["max_results"]
        timed("5 columns", lambda: post(connection, "/api/v1/runs/columns", body), repeats)
    run_id = create_run(connection)
    write_curve(server, run_id, points)
    path = f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss"
    history = timed("history", lambda: get(connection, path), 3)["metrics"]
    assert len(history) == points, len(history)
    if server.kind == "runyard":
        run_id = create_run(connection)
        write_curve(server, run_id, MILLION)
        request = json.dumps({"run_ids": [run_id], "keys": ["loss"], "x": "step", "width": 1000}).encode()

        def series() -> int:
            headers = {"Content-Type": "application/json", "Accept": "application/vnd.runyard.frame"}
            connection.request("POST", "/api/v1/metrics/series", body=request, headers=headers)
            response = connection.getresponse()
            data = response.read()
            assert response.status == 200, data[:300]
            return len(data)

        found["runyard", "series bytes"] = timed("series", series, repeats)


def write_curve(server: Server, run_id: str, points: int) -> None:
    connection = server.connect()
    for first in range(0, points, 1000):
        metrics = [
            {"key": "loss", "value": (step * 7919 % 1000) / 1000, "timestamp": 1_700_000_000_000 + step, "step": step}
            for step in range(first, first + 1000)
        ]
        post(connection, "/api/2.0/mlflow/runs/log-batch", {"run_id": run_id, "metrics": metrics})


if __name__ == "__main__":
    main()
