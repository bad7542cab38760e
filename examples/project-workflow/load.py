"""Make a table of a noisy curve and keep it with the run."""

import math
import random
import sys

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    draw = random.Random(0)
    count = int(float(sys.argv[1]))
    xs = [number / count for number in range(count)]
    lines = [f"{x},{math.sin(6 * x) + draw.gauss(0, 0.1)}\n" for x in xs]
    with mlflow.start_run():
        mlflow.log_text("".join(lines), "table.csv")
        mlflow.log_metric("rows", count)


if __name__ == "__main__":
    main()
