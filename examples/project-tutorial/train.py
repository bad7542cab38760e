"""Fit an elastic net to measurements of patients; tracked with Runyard, or with MLflow where only that is there."""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.linear_model import ElasticNet
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--alpha", type=float, required=True)
    parser.add_argument("--l1-ratio", type=float, required=True)
    parser.add_argument("--rows", type=int)
    options = parser.parse_args()
    with Path(options.data).open(newline="") as file:
        rows = [[float(value) for value in row.values()] for row in csv.DictReader(file)]
    table = np.array(rows[: options.rows])
    train, test = train_test_split(table, random_state=0)
    model = ElasticNet(alpha=options.alpha, l1_ratio=options.l1_ratio, random_state=0, max_iter=100_000)
    model.fit(train[:, :-1], train[:, -1])
    predicted, true = model.predict(test[:, :-1]), test[:, -1]
    with mlflow.start_run():
        mlflow.log_metric("rmse", float(root_mean_squared_error(true, predicted)))
        mlflow.log_metric("mae", float(mean_absolute_error(true, predicted)))
        mlflow.log_metric("r2", float(r2_score(true, predicted)))
        mlflow.log_text(f"{model.coef_.tolist()}\n", "coefficients.txt")
    print(f"rmse {root_mean_squared_error(true, predicted):.2f} of {len(true)} patients")


if __name__ == "__main__":
    main()
