"""Writers log to a server that is killed with -9 and started again meanwhile: is anything lost, or there twice?

    python benchmarks/bench_server_kill.py [--writers 64] [--seconds 300] [--kills 3] [--postgres URI]

Each writer is a process with a run of its own; half of them send log-batch and try again until it is answered, as
MLflow's client does, half train with the Runyard client and its journal. Then all histories are compared by point.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

from servers import Server, database, free_port, get, post, start

POINTS = 20  # of each batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--postgres", help="a PostgreSQL server; SQLite without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, database(options.postgres, Path(name)) as store:
        folder, port = Path(name), free_port()
        server = start("runyard", folder / "server", store, port=port)
        results: Any = multiprocessing.Queue()
        end = time.time() + options.seconds
        writers = [
            multiprocessing.Process(target=target, args=(port, number, end, str(folder / f"writer{number}"), results))
            for number in range(options.writers)
            for target in [by_hand if number % 2 else by_client]
        ]
        for writer in writers:
            writer.start()
        for _ in range(options.kills):
            time.sleep(options.seconds / (options.kills + 1))
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            time.sleep(1)
            server = start("runyard", folder / "server", store, port=port)
            print(f"killed and started again in {server.seconds:.1f} s", flush=True)
        logged = [results.get(timeout=options.seconds + 600) for _ in writers]
        for writer in writers:
            writer.join()
        compare(server, logged)
        server.process.terminate()
        server.process.wait()


def by_hand(port: int, number: int, end: float, _folder: str, results: Any) -> None:
    """Sends batches over HTTP, each until it is answered."""
    run_id = insist(port, "/api/2.0/mlflow/runs/create", {"experiment_id": "0", "run_name": f"hand-{number}"})
    identifier = run_id["run"]["info"]["run_id"]
    step = 0
    while time.time() < end:
        metrics = [
            {"key": "loss", "value": point(number, at), "timestamp": at, "step": at}
            for at in range(step, step + POINTS)
        ]
        insist(port, "/api/2.0/mlflow/runs/log-batch", {"run_id": identifier, "metrics": metrics})
        step += POINTS
        time.sleep(0.02)
    results.put((number, identifier, step))


def by_client(port: int, number: int, end: float, folder: str, results: Any) -> None:
    """Trains with the Runyard client, which knows nothing of the server's troubles."""
    Path(folder).mkdir()
    os.chdir(folder)
    Path("runyard.toml").write_text("", encoding="utf-8")
    import runyard

    runyard.set_tracking_uri(f"http://127.0.0.1:{port}")
    step = 0
    with runyard.start_run(run_name=f"client-{number}") as run:
        while time.time() < end:
            for at in range(step, step + POINTS):
                runyard.log_metric("loss", point(number, at), step=at, timestamp=at)
            step += POINTS
            time.sleep(0.02)
    results.put((number, run.info.run_id, step))


def insist(port: int, path: str, body: dict[str, Any]) -> Any:
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            return post(connection, path, body)
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()


def point(number: int, step: int) -> float:
    return ((step + number) * 7919 % 10007) / 10007


def compare(server: Server, logged: list[tuple[int, str, int]]) -> None:
    connection = server.connect()
    total = lost = doubled = wrong = 0
    for number, run_id, steps in logged:
        path = f"/api/2.0/mlflow/metrics/get-history?run_id={run_id}&metric_key=loss"
        history = get(connection, path).get("metrics", [])
        found = [(entry["step"], entry["value"]) for entry in history]
        expected = {(step, point(number, step)) for step in range(steps)}
        total += steps
        lost += len(expected - set(found))
        doubled += len(found) - len(set(found))
        wrong += len(set(found) - expected)
    print(f"{len(logged)} writers, {total:,} points: {lost} lost, {doubled} twice, {wrong} wrong")
    if lost or doubled or wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
