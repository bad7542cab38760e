"""Try learning rates and momenta at random, some at a time, each a run below this one; keep the best."""

import random
import sys
from concurrent.futures import ThreadPoolExecutor

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def main() -> None:
    trials, at_once = int(float(sys.argv[1])), int(float(sys.argv[2]))
    draw = random.Random(0)
    tried = [
        {"learning_rate": round(10 ** draw.uniform(-3, -1), 4), "momentum": round(draw.uniform(0, 0.9), 2)}
        for _ in range(trials)
    ]
    with mlflow.start_run():
        submitted = []
        for begin in range(0, trials, at_once):
            some = [
                mlflow.projects.run(".", "train", parameters=one, env_manager="local", synchronous=False)
                for one in tried[begin : begin + at_once]
            ]
            with ThreadPoolExecutor(len(some)) as pool:
                done = list(pool.map(lambda one: one.wait(), some))
            submitted += [one for one, succeeded in zip(some, done, strict=True) if succeeded]
        losses = {one.run_id: mlflow.get_run(one.run_id).data.metrics["loss"] for one in submitted}
        best = min(losses, key=lambda run_id: losses[run_id])
        mlflow.log_metric("best_loss", losses[best])
        mlflow.set_tag("best_run", best)


if __name__ == "__main__":
    main()
