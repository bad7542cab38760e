"""Fit a polynomial to a table."""

import sys
from pathlib import Path

import numpy as np

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    folder, degree = Path(sys.argv[1]), int(float(sys.argv[2]))
    train, test = (np.loadtxt(folder / f"{name}.csv", delimiter=",") for name in ("train", "test"))
    fit = np.polynomial.Polynomial.fit(train[:, 0], train[:, 1], degree)
    with mlflow.start_run():
        for name, part in (("train", train), ("test", test)):
            error = fit(part[:, 0]) - part[:, 1]
            mlflow.log_metric(f"{name}_rmse", float(np.sqrt(np.mean(error**2))))


if __name__ == "__main__":
    main()
