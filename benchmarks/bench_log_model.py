"""What logging a model costs beside MLflow, where the time goes, and what a Python function adds to a model's predict.

    python benchmarks/bench_log_model.py [--mlflow PYTHON]

MLflow takes part where `--mlflow` or RUNYARD_TEST_MLFLOW names a Python that has it. Both log a logistic regression
with an input example to a new SQLite file and infer its requirements. Times are medians of this run; those
of logging are wall time, since MLflow infers in a process of its own, those of predictions are µs of CPU.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

REPEATS = 10
LEAST_RATIO = 30
MOST_FROM_ARRAY, MOST_FROM_FRAME = 10, 150
COLUMNS = 64

# Both libraries run the same lines: only the module's name differs.
SCRIPT = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
name, folder, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
import numpy as np
from sklearn.linear_model import LogisticRegression
rows = np.random.default_rng(0).random((60, 4))
model = LogisticRegression().fit(rows, np.arange(60) % 3)
os.chdir(folder)
library = __import__(name)
library.set_tracking_uri(f"sqlite:///{folder}/{name}.db")
library.set_experiment("models")
def log():
    with library.start_run():
        start = time.perf_counter()
        library.sklearn.log_model(model, name="model", input_example=rows[:3])
        return time.perf_counter() - start
print(json.dumps([log() for _ in range(repeats)]))
"""

# What the parts of a log_model are called in the profile: the end of the module's path, and the function.
PARTS = {
    "the model's file (skops: write, check, read back)": ("runyard_flavor_sklearn/skops_format.py", "write"),
    "its requirements inferred": ("models/requirements.py", "infer_requirements"),
    "its environment files, beside that": ("models/environments.py", "write_environment"),
    "its example and signature": ("models/saving.py", "_signature"),
    "MLmodel": ("models/descriptor.py", "save"),
    "hashes": ("models/hashes.py", "write_hashes"),
    "the logged model in the store": ("models/logging.py", "_logged_model"),
    "its files brought to their place": ("tracking/logged_models.py", "log_model_artifacts"),
    "the logged model marked as ready": ("tracking/logged_models.py", "finalize_logged_model"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mlflow", default=os.environ.get("RUNYARD_TEST_MLFLOW"), help="a Python with mlflow")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "runyard.toml").touch()
        report_logging(options.mlflow, folder)
        report_parts(folder)
        report_predictions(Path(folder))


def show(what: str, aim: float, result: float, *, most: bool = True) -> None:
    verdict = "reached" if (result <= aim if most else result >= aim) else "MISSED"
    print(f"{what:<58}{aim:>10,.0f}{result:>12,.1f}  {verdict}", flush=True)


def times(python: str, name: str, folder: str, repeats: int) -> list[float]:
    """The seconds of each log_model of a process."""
    done = subprocess.run(
        [python, "-c", SCRIPT, name, folder, str(repeats)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"},
    )
    seconds: list[float] = json.loads(done.stdout.splitlines()[-1])
    return seconds


def report_logging(mlflow: str | None, folder: str) -> None:
    first, *later = times(sys.executable, "runyard", folder, 1 + REPEATS)
    ours = statistics.median(later)
    print(f"log_model, ms: {ours * 1e3:,.0f} (the first of a process {first * 1e3:,.0f})")
    if not mlflow:
        print("MLflow takes no part: give --mlflow")
        return
    their_first, *their_later = times(mlflow, "mlflow", folder, 4)
    theirs = statistics.median(their_later)
    print(f"MLflow's, ms:  {theirs * 1e3:,.0f} (the first of a process {their_first * 1e3:,.0f})")
    print(f"\n{'':<58}{'aim':>10}{'result':>12}")
    show("times faster than MLflow", LEAST_RATIO, theirs / ours, most=False)
    print(f"{'the same for the first of a process':<58}{'':>10}{their_first / first:>12,.1f}")


def report_parts(folder: str) -> None:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    import runyard as ry
    from runyard_flavor_sklearn import api

    rows = np.random.default_rng(0).random((60, 4))
    model = LogisticRegression().fit(rows, np.arange(60) % 3)
    ry.set_tracking_uri(f"sqlite:///{folder}/parts.db")
    ry.set_experiment("models")
    profile = cProfile.Profile()
    for number in range(1 + REPEATS):
        with ry.start_run():
            if number:
                profile.enable()
            api.log_model(model, name="model", input_example=rows[:3])
            profile.disable()
    print("\nWhere it goes (shares of a profile)")
    found = dict(shares(profile))
    found["its environment files, beside that"] -= found["its requirements inferred"]
    for part, share in sorted(found.items(), key=lambda item: -item[1]):
        print(f"  {part:<56}{share:>10.0%}")
    print(f"  {'all else':<56}{1 - sum(found.values()):>10.0%}")


def shares(profile: cProfile.Profile) -> Iterator[tuple[str, float]]:
    """The share of each part in the whole."""
    entries: dict[tuple[str, int, str], Any] = vars(pstats.Stats(profile))["stats"]

    def seconds(file: str, function: str) -> float:
        found = [entry[3] for (path, _, name), entry in entries.items() if path.endswith(file) and name == function]
        return float(max(found))

    whole = seconds("models/logging.py", "log_model")
    for part, (file, function) in PARTS.items():
        yield part, seconds(file, function) / whole


def report_predictions(folder: Path) -> None:
    import numpy as np
    import pandas as pd
    import xgboost
    from sklearn.linear_model import LinearRegression

    rows, targets = np.random.default_rng(0).random((200, COLUMNS)), np.arange(200.0)
    frame = pd.DataFrame(rows, columns=[f"column{number}" for number in range(COLUMNS)])
    print(f"\n{'µs added to predict, 1 row x 64 columns':<58}{'aim':>10}{'result':>12}")
    for name, data, most in (("an array", rows, MOST_FROM_ARRAY), ("a DataFrame", frame, MOST_FROM_FRAME)):
        linear, boosted = LinearRegression().fit(data, targets), xgboost.XGBRegressor(n_estimators=5)
        show(f"scikit-learn, from {name}", most, added(linear, linear.predict, data, folder / name, "sklearn"))
        raw = boosted.fit(data, targets).predict
        show(f"XGBoost's estimator, from {name}", most, added(boosted, raw, data, folder / f"{name} x", "xgboost"))
        booster = boosted.get_booster()

        def by_matrix(row: Any, booster: Any = booster) -> Any:
            return booster.predict(xgboost.DMatrix(row))

        show(f"XGBoost's Booster, from {name}", most, added(booster, by_matrix, data, folder / f"{name} b", "xgboost"))


def added(model: Any, raw: Callable[[Any], Any], data: Any, folder: Path, flavor: str) -> float:
    """The µs that a Python function takes more than what it calls."""
    from runyard.models.pyfunc import load_model
    from runyard.models.saving import save_model

    save_model(flavor, model, folder, input_example=data[:5])
    loaded, row = load_model(folder), data[:1]
    pairs = [(spent(loaded.predict, row), spent(raw, row)) for _ in range(REPEATS)]
    return statistics.median(ours for ours, _ in pairs) - statistics.median(theirs for _, theirs in pairs)


def spent(predict: Callable[[Any], Any], row: Any, calls: int = 200) -> float:
    """The µs of CPU of this thread that a prediction takes, the mean of many."""
    start = time.thread_time()
    for _ in range(calls):
        predict(row)
    return (time.thread_time() - start) / calls * 1e6


if __name__ == "__main__":
    main()
