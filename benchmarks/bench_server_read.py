"""Reading through `runyard server` and `mlflow server`: a page of runs, a filtered page, a long history, a chart.

    python benchmarks/bench_server_read.py --mlflow-python PATH [--runs 50000] [--points 200000] [--keep FOLDER]

Both servers hold the same runs (20 params, 20 metrics, 10 tags each) and the same curve, put into their databases, as
through a server they would take hours. `--keep` keeps the SQLite files, so that the next measurement need not make
them. Ratios are of CPU seconds of the servers' processes, less what they take while idle: other work on the machine
changes these least.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from search_data import START, build
from servers import KINDS, Server, get, post, serving, verdict

from runyard.entities import Metric, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.engine import close_engine, open_engine
from runyard_store_sql.tracking import open_store

QUIET = 0.1  # of a processor
PAGE = {"experiment_ids": ["1"], "max_results": 1000}
FILTERED = {
    **PAGE,
    "filter": "metrics.metric3 < 0.5 and params.param5 = 'choice-1'",
    "order_by": ["metrics.metric7 DESC"],
}
COLUMNS = ["metrics.metric1", "metrics.metric7", "params.param1", "params.param4", "tags.tag1"]
MILLION = 1_000_000
PAGE_POINTS = 25_000  # that MLflow's client asks for at once
CURVE, LONG = "c" * 32, "d" * 32  # the runs of the long metrics
PLAIN, CHOSEN, FIVE = "page of 1,000 runs", "filtered, ordered", "5 columns"
HISTORY, PAGES = "history", "history in pages"
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
POINT = "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES ('loss', ?, ?, ?, 0, ?)"
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
    parser.add_argument("--keep", type=Path, help="a folder for the SQLite files")
    options = parser.parse_args()
    found: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            file = (options.keep or Path(folder)) / f"{kind}-{options.runs}-{options.points}.db"
            if not file.exists():
                fill(kind, file, options.runs, options.points, options.mlflow_python)
            # Requests come one after another, so that further workers would only make the start longer.
            arguments = ("--workers", "1") if kind == "mlflow" else ()
            store = f"sqlite:///{file}"
            with serving(kind, Path(folder), store, *arguments, mlflow_python=options.mlflow_python) as server:
                measure(server, options.points, found)
    for what, aim in ((PLAIN, 15), (CHOSEN, 100), (HISTORY, 20), (PAGES, 20)):
        print(f"{what}: {verdict(found['mlflow', what] / found['runyard', what], aim)}")
    print(f"{FIVE}: {verdict(found['mlflow', PLAIN] / found['runyard', FIVE], 50)}")
    series, size = found["runyard", "series"], found["runyard", "series bytes"]
    print(f"series of {MILLION:,} points: {series * 1000:.0f} ms, {size / 1024:.0f} kB; aims 60 ms and 64 kB")


def fill(kind: str, file: Path, runs: int, points: int, python: str) -> None:
    store = f"sqlite:///{file}"
    if kind == "runyard":
        opened = open_store(Uri.parse(store), Settings())
        database = open_engine(Uri.parse(store), Settings())
        build(database.engine, runs)
        for run_id, count in ((CURVE, points), (LONG, MILLION)):
            opened.create_run(
                RunStart(run_id=run_id, run_name="curve", user_id="ada", start_time=START, experiment_id="0")
            )
            opened.log_batch(run_id, metrics=[Metric("loss", *point) for point in curve(count)])
        close_engine(database)
        opened.close()
        return
    subprocess.run([python, "-c", MAKE_TABLES, store], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.db"
        fill("runyard", source, runs, 1, python)
        copy_to_mlflow(f"sqlite:///{source}", store, points)


def curve(points: int) -> Iterator[tuple[float, int, int]]:
    """The values, timestamps and steps of a long metric."""
    return (((step * 7919 % 1000) / 1000, START + step, step) for step in range(points))


def copy_to_mlflow(source: str, target: str, points: int) -> None:
    """The same runs and the curve in MLflow's tables."""
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
        # Every run's name is a tag, too, as with runs that were created through the server; some have it already.
        run("INSERT OR IGNORE INTO tags (key, value, run_uuid) SELECT 'mlflow.runName', name, run_id FROM s.runs")
        run("DELETE FROM metrics WHERE key = 'loss'")
        run(POINT, [(*point, CURVE) for point in curve(points)])
    engine.dispose()


def measure(server: Server, points: int, found: dict[tuple[str, str], float]) -> None:
    connection = server.connect()
    idle = idle_share(server)

    def timed(what: str, call: Callable[[], Any], repeats: int) -> Any:
        result = call()
        seconds: list[float] = []
        before = server.cpu()
        for _ in range(repeats):
            started = time.perf_counter()
            result = call()
            seconds.append(time.perf_counter() - started)
        used = found[server.kind, what] = (server.cpu() - before - idle * sum(seconds)) / repeats
        wall = statistics.median(seconds)
        print(f"{server.kind:<9}{what:<26}{wall * 1000:>10.0f} ms; CPU {used * 1000:>8.0f} ms", flush=True)
        return result

    def search(body: dict[str, Any]) -> list[Any]:
        runs: list[Any] = post(connection, "/api/2.0/mlflow/runs/search", body)["runs"]
        return runs

    def history(**asked: int | str) -> tuple[list[Any], str]:
        query = urlencode({"run_id": CURVE, "metric_key": "loss", **asked})
        page = get(connection, f"/api/2.0/mlflow/metrics/get-history?{query}")
        return page["metrics"], page.get("next_page_token", "")

    def pages() -> int:
        metrics, token = history(max_results=PAGE_POINTS)
        count = len(metrics)
        while token:
            metrics, token = history(max_results=PAGE_POINTS, page_token=token)
            count += len(metrics)
        return count

    is_ours = server.kind == "runyard"
    many, few = (19, 9) if is_ours else (3, 1)
    runs = timed(PLAIN, lambda: search(PAGE), many)
    assert (len(runs), len(runs[0]["data"]["params"])) == (1_000, 20)
    runs = timed(CHOSEN, lambda: search(FILTERED), many if is_ours else few)
    assert len(runs) == 1_000, len(runs)
    metrics, _ = timed(HISTORY, history, few)
    assert len(metrics) == points, len(metrics)
    count = timed(PAGES, pages, few)
    assert count == points, count
    if is_ours:
        measure_columns(server, timed)
        found[server.kind, "series bytes"] = measure_series(server, timed)


def idle_share(server: Server) -> float:
    """The CPU seconds that a server takes in a second while nobody asks, once all its processes have started."""
    for _ in range(30):
        before, started = server.cpu(), time.perf_counter()
        time.sleep(5)
        share = (server.cpu() - before) / (time.perf_counter() - started)
        if share < QUIET:
            return share
    raise SystemExit(f"{server.kind} does not come to rest: it takes {share:.0%} of a processor while nobody asks")


def measure_columns(server: Server, timed: Callable[..., Any]) -> None:
    connection = server.connect()
    body = {"experiment_ids": ["1"], "columns": COLUMNS, "limit": 1000}
    frame = timed(FIVE, lambda: post(connection, "/api/v1/runs/columns", body), 49)
    assert (len(frame["run_ids"]), len(frame["columns"])) == (1_000, 5)


def measure_series(server: Server, timed: Callable[..., Any]) -> int:
    """The bytes of an answer."""
    connection = server.connect()
    request = json.dumps({"run_ids": [LONG], "keys": ["loss"], "x": "step", "width": 1000}).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/vnd.runyard.frame"}

    def series() -> int:
        connection.request("POST", "/api/v1/metrics/series", body=request, headers=headers)
        response = connection.getresponse()
        data = response.read()
        assert response.status == 200, data[:300]
        return len(data)

    size: int = timed("series", series, 49)
    return size


if __name__ == "__main__":
    main()
