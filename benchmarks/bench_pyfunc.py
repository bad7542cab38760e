"""What a prediction through a Python model costs beside the model's own `predict`, for one row; and through MLflow.

    python benchmarks/bench_pyfunc.py [--calls 2000] [--mlflow PYTHON]

MLflow takes part where `--mlflow` or RUNYARD_TEST_MLFLOW names a Python that has it. The model gives back what it gets,
so that what is added is all there is. Microseconds, the best of fifteen rounds.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

COLUMNS, ROUNDS = 64, 15
LIMITS = {"numpy": 10.0, "DataFrame": 150.0}


def inputs() -> Iterator[tuple[str, Any]]:
    """One row in each form."""
    import numpy as np
    import pandas as pd

    row = np.ones((1, COLUMNS))
    yield "numpy", row
    yield "DataFrame", pd.DataFrame(row, columns=[f"c{number}" for number in range(COLUMNS)])


def best(call: Callable[[], Any], calls: int) -> float:
    """Microseconds of one call."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - began) / calls)
    return min(times) * 1e6


def measure(library: str, calls: int) -> dict[str, dict[str, float]]:
    """The raw call and the call through a library, for each form of input."""
    pyfunc = importlib.import_module(library).pyfunc
    infer_signature = importlib.import_module(f"{library}.models").infer_signature

    class Echo(pyfunc.PythonModel):  # type: ignore[misc,name-defined]
        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002 - MLflow's names
            return model_input

    model, results = Echo(), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in inputs():
            path = str(Path(folder) / name)
            pyfunc.save_model(
                path, python_model=model, signature=infer_signature(data, data), pip_requirements=["cloudpickle"]
            )
            predict = pyfunc.load_model(path).predict
            results[name] = {
                "raw": best(lambda data=data: model.predict(None, data), calls),  # type: ignore[misc]
                "asked": best(lambda data=data, predict=predict: predict(data), calls),  # type: ignore[misc]
            }
    return results


def beside(python: str, calls: int) -> dict[str, dict[str, float]]:
    """The same with MLflow, in its own Python."""
    command = [python, "-W", "ignore", __file__, "--library", "mlflow", "--calls", str(max(calls // 10, 50))]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    results: dict[str, dict[str, float]] = json.loads(done.stdout.splitlines()[-1])
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--mlflow", default=os.environ.get("RUNYARD_TEST_MLFLOW"), help="a Python that has MLflow")
    parser.add_argument("--library", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.library:
        print(json.dumps(measure(options.library, options.calls)))
        return
    ours = measure("runyard", options.calls)
    theirs = beside(options.mlflow, options.calls) if options.mlflow else {}
    print(f"one row of {COLUMNS} columns; what is added to the model's own predict, in µs")
    for name, result in ours.items():
        added = result["asked"] - result["raw"]
        ratio = result["asked"] / result["raw"]
        line = f"{name:10} aim <= {LIMITS[name]:5.0f}  added {added:7.2f}  asked / raw {ratio:7.1f}"
        if name in theirs:
            mlflow = theirs[name]["asked"] - theirs[name]["raw"]
            line += f"  MLflow adds {mlflow:8.1f}, {mlflow / added:6.1f} times as much"
        print(line)
    missed = [name for name, result in ours.items() if result["asked"] - result["raw"] > LIMITS[name]]
    if missed:
        sys.exit(f"more than the aim: {', '.join(missed)}")


if __name__ == "__main__":
    main()
