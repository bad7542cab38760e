"""log-batch of 1,000 metrics from 4 and 16 client processes: `runyard server` beside `mlflow server`.

    python benchmarks/bench_server_write.py --mlflow-python PATH [--postgres URI] [--seconds 15]

Clients keep one connection each and send bodies that were made before. Each batch has 50 metrics at 20 new steps. The
bulk endpoint gets the same points in journal batches of 100,000.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import multiprocessing
import os
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

from servers import KINDS, Server, answer, create_run, database, percentile, post, serving, verdict

KEYS, STEPS = 50, 20
BODIES = 400
BULK_STEPS = 2_000
LOG_BATCH = "/api/2.0/mlflow/runs/log-batch"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow-python", help="an interpreter that has mlflow", required=True)
    parser.add_argument("--postgres", default=os.environ.get("RUNYARD_TEST_POSTGRES"))
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    for server_uri in (None, *([options.postgres] if options.postgres else [])):
        name = "PostgreSQL" if server_uri else "SQLite"
        rates: dict[tuple[str, int], tuple[float, float]] = {}
        for kind in reversed(KINDS):
            with (
                tempfile.TemporaryDirectory() as folder,
                database(server_uri, Path(folder)) as store,
                serving(kind, Path(folder), store, mlflow_python=options.mlflow_python) as server,
            ):
                for clients in (4, 16):
                    rates[kind, clients] = measure(server, clients, options.seconds, name)
                if kind == "runyard":
                    rates["bulk", 4] = measure(server, 4, options.seconds, name, bulk=True)
        for clients in (4, 16):
            (ours, slow), (theirs, slower) = rates["runyard", clients], rates["mlflow", clients]
            print(f"{name}, {clients} clients: {verdict(ours / theirs, 20)}; p99 {verdict(slower / slow, 10)}")
        print(f"{name}, bulk: {verdict(rates['bulk', 4][0] / rates['mlflow', 4][0], 60)}\n", flush=True)


def measure(
    server: Server, clients: int, seconds: float, database_name: str, *, bulk: bool = False
) -> tuple[float, float]:
    """Points per second and the 99th percentile of the requests' times, of this many processes together."""
    results: Any = multiprocessing.Queue()
    barrier = multiprocessing.Barrier(clients)
    target = bulk_client if bulk else client
    processes = [
        multiprocessing.Process(target=target, args=(server.port, number, seconds, barrier, results))
        for number in range(clients)
    ]
    cpu = server.cpu()
    for process in processes:
        process.start()
    found = [results.get(timeout=seconds * 4 + 120) for _ in processes]
    for process in processes:
        process.join()
    points = sum(count for count, _, _ in found)
    elapsed = max(took for _, took, _ in found)
    slow = percentile([time_ for _, _, times in found for time_ in times], 0.99)
    used = (server.cpu() - cpu) / points * 1e6
    label = f"{server.kind}{' bulk' if bulk else ''}"
    print(
        f"{database_name:<11}{label:<14}{clients:>3} clients {points / elapsed:>12,.0f} points/s,"
        f" p99 {slow * 1000:>8.0f} ms, {used:6.1f} CPU s per million",
        flush=True,
    )
    return points / elapsed, slow


def client(port: int, number: int, seconds: float, barrier: Any, results: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    run_id = create_run(connection, run_name=f"client-{number}")
    connection.close()  # idle while bodies are made, the server would close it
    bodies = [body(run_id, first * STEPS) for first in range(BODIES)]
    barrier.wait()
    started = time.perf_counter()
    times = []
    for data in bodies:
        sent = time.perf_counter()
        post(connection, LOG_BATCH, data)
        times.append(time.perf_counter() - sent)
        if time.perf_counter() - started > seconds:
            break
    results.put((len(times) * KEYS * STEPS, time.perf_counter() - started, times))


def body(run_id: str, first: int) -> bytes:
    metrics = [
        {
            "key": f"metric_{key}",
            "value": math.exp(-step / 900) + math.sin(step * key) / 7,
            "timestamp": 1_700_000_000_000 + 40 * step + key,
            "step": step,
        }
        for step in range(first, first + STEPS)
        for key in range(KEYS)
    ]
    return json.dumps({"run_id": run_id, "metrics": metrics}).encode()


def bulk_client(port: int, number: int, seconds: float, barrier: Any, results: Any) -> None:
    from runyard.entities import Batch, MetricColumns
    from runyard.wire import encode_batch

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    run_id = create_run(connection, run_name=f"bulk-{number}")
    connection.close()
    bodies = []
    for index in range(20):
        steps = range(index * BULK_STEPS, (index + 1) * BULK_STEPS)
        points = {
            (run_id, f"metric_{key}"): MetricColumns(
                array("q", steps),
                array("q", [1_700_000_000_000 + 40 * step + (step * 7) % 13 for step in steps]),
                array("d", [math.exp(-step / 900) + math.sin(step * key) / 7 for step in steps]),
            )
            for key in range(KEYS)
        }
        bodies.append(encode_batch(Batch(f"bench-{number}-{run_id}", index + 1, index + 1, points=points)))
    barrier.wait()
    started = time.perf_counter()
    times = []
    for data in bodies:
        sent = time.perf_counter()
        connection.request(
            "POST", "/api/v1/ingest", body=data, headers={"Content-Type": "application/vnd.runyard.batch"}
        )
        assert answer(connection)["rejections"] == []
        times.append(time.perf_counter() - sent)
        if time.perf_counter() - started > seconds:
            break
    results.put((len(times) * KEYS * BULK_STEPS, time.perf_counter() - started, times))


if __name__ == "__main__":
    main()
