"""Train a dozen small networks on handwritten digits, track everything, and look at it. `make demo` runs this.

With `--link` it trains nothing, and prints where the web UI shows what was tracked.
Nothing is set up beforehand and no server runs: what is tracked lies in the folder `runyard-data`.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import runyard as ry

mpl.use("Agg")
from matplotlib import pyplot as plt

EXPERIMENT = "demo/digits"
NOTE = """How large must a network be to read handwritten digits, and how fast may it learn?

Each run is one network; its **accuracy** is that on 450 digits which it has not seen in training.
"""
UI = "http://127.0.0.1:5000"  # where `runyard ui` answers, unless told otherwise
EPOCHS = 12
GRID: dict[str, list[float]] = {"hidden": [16, 32, 64], "learning_rate": [0.001, 0.01], "alpha": [0.0001, 0.1]}

Data = tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


def load() -> Data:
    """Pixels and labels to train on, pixels and labels to validate with."""
    pixels, labels = load_digits(return_X_y=True)
    train, valid, train_labels, valid_labels = train_test_split(
        pixels, labels, test_size=0.25, random_state=0, stratify=labels
    )
    scaler = StandardScaler().fit(train)
    return scaler.transform(train), train_labels, scaler.transform(valid), valid_labels


def train_one(params: dict[str, float], data: Data) -> float:
    """One run of the sweep: its params, a curve per metric, a picture, the model. Gives the accuracy."""
    train, train_labels, valid, valid_labels = data
    model = MLPClassifier(
        hidden_layer_sizes=(int(params["hidden"]),),
        learning_rate_init=params["learning_rate"],
        alpha=params["alpha"],
        random_state=0,
    )
    ry.log_params(params)
    accuracy = 0.0
    for epoch in range(EPOCHS):
        model.partial_fit(train, train_labels, classes=range(10))
        guesses = model.predict_proba(valid)
        accuracy = float(np.mean(guesses.argmax(axis=1) == valid_labels))
        valid_loss = log_loss(valid_labels, guesses)
        ry.log_metrics({"train_loss": model.loss_, "valid_loss": valid_loss, "accuracy": accuracy}, step=epoch)

    figure, axes = plt.subplots(figsize=(4, 4))
    ConfusionMatrixDisplay.from_predictions(valid_labels, guesses.argmax(axis=1), ax=axes, colorbar=False)
    ry.log_figure(figure, "confusion_matrix.png")
    plt.close(figure)

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.pkl")
        file.write_bytes(pickle.dumps(model))
        ry.log_artifact(file, "model")
    return accuracy


def sweep(combinations: list[dict[str, float]]) -> None:
    """A parent run with one nested run for each combination of params."""
    ry.set_experiment(EXPERIMENT)
    ry.set_experiment_tags({"mlflow.note.content": NOTE})
    data = load()
    results: dict[str, float] = {}
    with ry.start_run(run_name="sweep", description="A grid over the size and the training of a small network."):
        ry.log_input(ry.data.from_numpy(data[0], targets=data[1], name="digits"), context="training")
        for number, params in enumerate(combinations, start=1):
            with ry.start_run(nested=True) as run:
                accuracy = train_one(params, data)
            results[run.info.run_name] = accuracy
            shown = "  ".join(f"{name}={value:<6g}" for name, value in params.items())
            print(
                f"  {number:2}/{len(combinations)}  {run.info.run_name:20} {shown}  accuracy {accuracy:.3f}", flush=True
            )
        best = max(results, key=lambda name: results[name])
        ry.log_metric("best_accuracy", results[best])
        ry.set_tag("best_run", best)


def show() -> None:
    """What was tracked, as the command line shows it."""
    best = ry.search_runs(
        experiment_names=[EXPERIMENT], order_by=["metrics.accuracy DESC"], max_results=3, output_format="list"
    )
    ids = [run.info.run_id for run in best]
    command("runs", "list", "--experiment", EXPERIMENT, "--order-by", "metrics.accuracy DESC", "--limit", "6")
    command("runs", "compare", *ids)
    print("\nNow type, for example:")
    print(f"  runyard runs show {ids[0]}")
    print(f"  runyard runs search --experiment {EXPERIMENT} 'metrics.valid_loss.min < 0.1 and params.hidden = \"64\"'")
    print(f"  runyard artifacts list {ids[0]}")
    print(f"  runyard runs export --experiment {EXPERIMENT} --format csv")
    print(f"  runyard ui    and see them at {link()}")


def link() -> str:
    """Where the web UI shows the sweep, the best network first."""
    experiment = ry.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        raise SystemExit(f"there is no experiment {EXPERIMENT} here; run this without --link before")
    return f"{UI}/experiments/{experiment.experiment_id}?sort=-metrics.accuracy"


def command(*arguments: str) -> None:
    print(f"\n$ runyard {' '.join(arguments)}", flush=True)
    subprocess.run([sys.executable, "-m", "runyard", *arguments], check=True)


def main() -> None:
    """Train, and show what was tracked."""
    combinations = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    print(f"Training {len(combinations)} networks on 1,797 handwritten digits ...")
    started = time.perf_counter()
    with threadpool_limits(1):  # networks this small train faster in one thread
        sweep(combinations)
    print(f"Done in {time.perf_counter() - started:.1f} s; everything is in {ry.default_host().settings.data_path}.")
    show()


if __name__ == "__main__":
    if sys.argv[1:] == ["--link"]:
        print(link())
    else:
        main()
