"""Go down the valley of Rosenbrock's function with momentum."""

import sys

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    rate, momentum, steps = float(sys.argv[1]), float(sys.argv[2]), int(float(sys.argv[3]))
    x, y, dx, dy = -0.5, 0.5, 0.0, 0.0
    with mlflow.start_run():
        for step in range(steps):
            slope_x, slope_y = -2 * (1 - x) - 4 * x * (y - x * x), 2 * (y - x * x)
            dx, dy = momentum * dx - rate * slope_x, momentum * dy - rate * slope_y
            x, y = max(-2.0, min(2.0, x + dx)), max(-2.0, min(2.0, y + dy))
            mlflow.log_metric("loss", (1 - x) ** 2 + (y - x * x) ** 2, step=step)


if __name__ == "__main__":
    main()
