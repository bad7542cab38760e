"""Start to the first answer, and memory when idle: `runyard server` beside `mlflow server` with its defaults.

python benchmarks/bench_server_start.py --mlflow-python PATH
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from servers import KINDS, serving, verdict

REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow-python", help="an interpreter that has mlflow", required=True)
    options = parser.parse_args()
    found: dict[str, tuple[float, float, float]] = {}
    for kind in KINDS:
        started(kind, options.mlflow_python)  # compiles the modules, as installing them does
        runs = [started(kind, options.mlflow_python) for _ in range(REPEATS if kind == "runyard" else 1)]
        seconds, cpu, memory = (statistics.median(column) for column in zip(*runs, strict=True))
        found[kind] = seconds, cpu, memory
        print(f"{kind:<10} first answer {seconds:6.2f} s, {cpu:5.2f} s CPU; idle memory {memory:6.0f} MB", flush=True)
    ours, theirs = found["runyard"], found["mlflow"]
    print(f"CPU to the first answer: {ours[1]:.2f} s, aim 1 s: {'reached' if ours[1] <= 1 else 'MISSED'}")
    print(f"sooner: {verdict(theirs[0] / ours[0], 10)}")
    print(f"memory: {ours[2]:.0f} MB, aim 120 MB: {'reached' if ours[2] <= 120 else 'MISSED'}")


def started(kind: str, mlflow_python: str) -> tuple[float, float, float]:
    """Seconds and CPU seconds to the first answer on a new database, and MB when idle."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/runs.db"
        with serving(kind, Path(folder), store, mlflow_python=mlflow_python) as server:
            time.sleep(5)
            return server.seconds, server.cpu_at_start, server.memory()


if __name__ == "__main__":
    main()
