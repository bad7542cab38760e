"""Fits a line with a penalty, and logs how well it fits; written for MLflow, and run by Runyard as it is."""

from __future__ import annotations

import argparse
import random

import mlflow


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--points", type=float)
    said = parser.parse_args()
    chance = random.Random(7)
    xs = [chance.uniform(-1, 1) for _ in range(int(said.points))]
    ys = [3 * x + chance.gauss(0, 0.1) for x in xs]
    slope = sum(x * y for x, y in zip(xs, ys, strict=True)) / (sum(x * x for x in xs) + said.alpha)
    error = sum((y - slope * x) ** 2 for x, y in zip(xs, ys, strict=True)) / len(xs)
    with mlflow.start_run():
        mlflow.log_metrics({"slope": slope, "error": error})
    print(f"slope {slope:.3f}, error {error:.4f}")


if __name__ == "__main__":
    main()
