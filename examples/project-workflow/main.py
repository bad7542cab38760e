"""Run the steps one after the other, each a run below this one; each is given what the one before has kept."""

import sys

try:
    import runyard as mlflow
except ImportError:
    import mlflow


def step(name: str, **parameters: object) -> str:
    """Run an entry point of this project; where it keeps what it makes."""
    submitted = mlflow.projects.run(".", name, parameters=parameters, env_manager="local")
    return str(mlflow.get_run(submitted.run_id).info.artifact_uri)


def main() -> None:
    rows, degree = float(sys.argv[1]), float(sys.argv[2])
    with mlflow.start_run():
        table = step("load", rows=rows)
        folder = step("split", table=f"{table}/table.csv")
        step("train", folder=f"{folder}/parts", degree=degree)
        mlflow.set_tag("steps", "load, split, train")


if __name__ == "__main__":
    main()
