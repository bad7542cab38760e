"""What autologging adds to the processor time of a small training, saving the model left out."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier

import runyard as ry
from runyard.host import Host, set_default_host
from runyard.settings import Settings

ROUNDS = 3


def spent(train: Callable[[], object]) -> float:
    """Seconds of processor time, of all threads."""
    start = time.process_time()
    train()
    return time.process_time() - start


def added(train: Callable[[], object]) -> tuple[float, float]:
    """The seconds of a training, and what autologging adds to them; medians of turns taken one after the other."""
    without, under = [], []
    for turn in range(ROUNDS + 1):
        ry.autolog(disable=True)
        seconds = spent(train)
        ry.autolog(log_models=False)
        logged = spent(train)
        if turn:  # the first imports what is used
            without.append(seconds)
            under.append(logged)
    return statistics.median(without), statistics.median(b - a for a, b in zip(without, under, strict=True))


def main() -> None:
    """Print one line per training."""
    rows, digits = load_digits(return_X_y=True)
    cases, progress = load_diabetes(return_X_y=True)
    # Ten classes have 45 pairs to compare and a hundred cells to draw; a number to predict has no pictures.
    trainings = {
        "forest of 300 trees for ten classes": lambda: RandomForestClassifier(300, random_state=0).fit(rows, digits),
        "boosting of 500 rounds for a number": lambda: GradientBoostingRegressor(n_estimators=500).fit(cases, progress),
    }
    with tempfile.TemporaryDirectory() as folder:
        set_default_host(Host(Settings(root=Path(folder), data_dir=f"{folder}/data")))
        for name, train in trainings.items():
            seconds, more = added(train)
            print(f"{name}: {seconds:.2f} s of processor time, autologging adds {more:.3f} s, {more / seconds:.1%}")


if __name__ == "__main__":
    main()
