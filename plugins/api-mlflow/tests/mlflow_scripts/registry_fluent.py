"""A scikit-learn model from training to loading: logged, registered, given aliases and stages, loaded by every URI."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow import MlflowClient
from sklearn.linear_model import LinearRegression

DIFFERENCES = {
    "copies noted": "a copy of a version keeps its logged model here; MLflow's SQL store forgets it",
}

NEEDS = ["scikit-learn"]  # so that nothing is guessed, which takes long
POINT = np.array([[4.0]])


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    mlflow.set_experiment("registry fluent")
    with mlflow.start_run(run_name="training") as run:
        mlflow.log_metric("loss", 0.25, step=1, timestamp=1_000)
        logged = mlflow.sklearn.log_model(
            trained(2.0), name="model", params={"slope": 2}, tags={"kind": "line"}, pip_requirements=NEEDS
        )
        mlflow.log_metric("acc", 0.75, step=1, timestamp=1_000, model_id=logged.model_id)
    run_id = run.info.run_id
    model = client.get_logged_model(logged.model_id)
    yield "logged model", [model.name, model.status, model.params, model.source_run_id == run_id]
    yield (
        "its metrics",
        sorted([metric.key, metric.value, metric.run_id == run_id] for metric in model.metrics),
    )
    yield "outputs of the run", len(client.get_run(run_id).outputs.model_outputs)
    yield "artifacts of the model", [item.path for item in client.list_logged_model_artifacts(logged.model_id)]
    yield "register from a run", registered(mlflow.register_model(f"runs:/{run_id}/model", "line"), model)
    yield "register a logged model", registered(mlflow.register_model(logged.model_uri, "line", tags={"a": "b"}), model)
    yield "versions noted", client.get_logged_model(logged.model_id).tags["mlflow.modelVersions"]
    yield "register a version", lambda: registered(mlflow.register_model("models:/line/1", "line again"), model)
    yield "copies noted", "line again" in client.get_logged_model(logged.model_id).tags["mlflow.modelVersions"]
    with mlflow.start_run(run_name="second"):
        second = mlflow.sklearn.log_model(
            trained(3.0), name="other", registered_model_name="line", pip_requirements=NEEDS
        )
    yield "register while logging", second.registered_model_version
    client.transition_model_version_stage("line", "3", "Production")
    client.set_registered_model_alias("line", "champion", "1")
    yield from loaded(run_id, logged.model_id)
    yield from old_style(client)
    yield "search for the best", [found.name for found in best()]
    client.copy_model_version("models:/line@champion", "promoted")
    yield "load a copy", predicted("models:/promoted/1")
    client.delete_registered_model_alias("line", "champion")
    yield "load by an alias that is gone", lambda: predicted("models:/line@champion")
    client.delete_model_version("line", "1")
    yield "load a version that is gone", lambda: predicted("models:/line/1")
    yield "load the copy of a version that is gone", predicted("models:/promoted/1")


def loaded(run_id: str, model_id: str) -> Iterator[tuple[str, Any]]:
    for title, uri in {
        "runs:": f"runs:/{run_id}/model",
        "a logged model": f"models:/{model_id}",
        "a version": "models:/line/1",
        "a second version": "models:/line/2",
        "a stage": "models:/line/Production",
        "a stage in lower case": "models:/line/production",
        "latest": "models:/line/latest",
        "an alias": "models:/line@champion",
        "a missing version": "models:/line/99",
        "a missing stage": "models:/line/Staging",
        "a missing alias": "models:/line@nobody",
        "a missing model": "models:/nothing/1",
        "a missing logged model": "models:/m-" + "0" * 32,
        "a missing path": f"runs:/{run_id}/nothing",
    }.items():
        yield f"load by {title}", lambda uri=uri: predicted(uri)
    yield "as pyfunc", float(mlflow.pyfunc.load_model("models:/line@champion").predict(POINT)[0])
    yield "model info", mlflow.models.get_model_info("models:/line/1").model_id == model_id
    with tempfile.TemporaryDirectory() as folder:
        mlflow.artifacts.download_artifacts("models:/line/1/MLmodel", dst_path=folder)
        yield "download one file", [path.name for path in Path(folder).rglob("MLmodel")]


def old_style(client: MlflowClient) -> Iterator[tuple[str, Any]]:
    """A model kept among a run's artifacts, as clients before 3.0 do."""
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run(run_name="old") as run:
        mlflow.sklearn.save_model(trained(5.0), f"{folder}/old", pip_requirements=NEEDS)
        mlflow.log_artifacts(f"{folder}/old", "old")
    version = mlflow.register_model(f"runs:/{run.info.run_id}/old", "old line")
    yield "register files of a run", [version.source, version.run_id == run.info.run_id, version.model_id]
    yield "load files of a run", predicted(f"runs:/{run.info.run_id}/old")
    yield "load a version of them", predicted("models:/old line/1")
    client.create_model_version("old line", f"runs:/{run.info.run_id}/old", run.info.run_id)
    yield "load a version that names a run", predicted("models:/old line/2")


def best() -> list[Any]:
    found: list[Any] = mlflow.search_logged_models(
        filter_string="metrics.acc > 0.5 AND params.slope = '2'",
        order_by=[{"field_name": "metrics.acc", "ascending": False}],
        output_format="list",
    )
    return found


def predicted(uri: str) -> float:
    return float(np.round(mlflow.sklearn.load_model(uri).predict(POINT)[0], 6))


def registered(version: Any, model: Any) -> list[Any]:
    return [
        version.name,
        version.version,
        version.source,
        version.run_id == model.source_run_id,
        version.tags,
    ]


def trained(slope: float) -> LinearRegression:
    points = np.array([[1.0], [2.0], [3.0]])
    return LinearRegression().fit(points, points[:, 0] * slope)
