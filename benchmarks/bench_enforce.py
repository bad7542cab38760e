"""What making data fit a schema costs per call, beside MLflow's own, both in one process of MLflow's Python.

Usage: RUNYARD_TEST_MLFLOW=/path/to/python python benchmarks/bench_enforce.py [--rounds N]
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CALLS = {"mlflow": 3, "runyard": 50}  # in a row: so few that some rounds meet no other process


def timed(call: Callable[[Any], Any], data: Any, calls: int) -> float:
    """How long one of several calls took, in microseconds."""
    began = time.perf_counter_ns()
    for _ in range(calls):
        call(data)
    return (time.perf_counter_ns() - began) / calls / 1000


def cases() -> dict[str, tuple[Any, Any]]:
    """Schemas, as both libraries read them, and data."""
    import numpy as np
    import pandas as pd

    names = [f"feature_{position}" for position in range(64)]
    doubles = json.dumps([{"type": "double", "name": name, "required": True} for name in names])
    mixed = json.dumps(
        [
            {"type": ("double", "long", "string", "boolean")[position % 4], "name": name, "required": True}
            for position, name in enumerate(names)
        ]
    )
    tensor = json.dumps([{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 64]}}])
    lists = json.dumps([{"type": "array", "items": {"type": "double"}, "name": "embedding", "required": True}])
    frame = pd.DataFrame(np.ones((10, 64)), columns=names)
    columns = [np.ones(10), np.ones(10, "int64"), ["x"] * 10, np.ones(10, "bool")]
    return {
        "an array that fits": (tensor, np.ones((10, 64))),
        "64 doubles that fit": (doubles, frame),
        "64 mixed columns that fit": (mixed, pd.DataFrame({name: columns[at % 4] for at, name in enumerate(names)})),
        "64 columns in another order": (doubles, frame[names[::-1]]),
        "64 columns of single floats": (doubles, frame.astype("float32")),
        "10 lists of 1000 doubles": (lists, pd.DataFrame({"embedding": [[1.0] * 1000] * 10})),
    }


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """The least time of each case with either library, taken in turns."""
    from mlflow.models.utils import _enforce_schema
    from mlflow.types import Schema as MlflowSchema

    from runyard.types.enforce import Enforcer
    from runyard.types.schema import Schema

    measured = {}
    for name, (schema, data) in cases().items():
        wanted = MlflowSchema.from_json(schema)
        enforcers: dict[str, Callable[[Any], Any]] = {
            "mlflow": functools.partial(_enforce_schema, input_schema=wanted),
            "runyard": Enforcer(Schema.from_json(schema)),
        }
        times = dict.fromkeys(enforcers, float("inf"))
        for _ in range(rounds):
            for library, enforcer in enforcers.items():
                times[library] = min(times[library], timed(enforcer, data, CALLS[library]))
        measured[name] = times
    return measured


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.measure:
        print("\n" + json.dumps(measure(chosen.rounds)))
        return
    python = os.environ.get("RUNYARD_TEST_MLFLOW")
    if not python:
        print("nothing to compare with: set RUNYARD_TEST_MLFLOW to the Python of an environment that has mlflow")
        return
    command = [python, "-W", "ignore", __file__, "--measure", "--rounds", str(chosen.rounds)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "core" / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    print(f"{'':30} {'mlflow µs':>12} {'runyard µs':>12} {'ratio':>8}")
    for name, times in json.loads(done.stdout.strip().rsplit("\n", 1)[-1]).items():
        ratio = times["mlflow"] / times["runyard"]
        print(f"{name:30} {times['mlflow']:12.1f} {times['runyard']:12.2f} {ratio:8.0f}")


if __name__ == "__main__":
    main()
