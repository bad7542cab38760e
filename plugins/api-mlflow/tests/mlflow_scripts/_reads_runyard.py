"""Finds and reads by MLflow's own client what Runyard's Python API logged and registered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
from mlflow import MlflowClient


def answers() -> Iterator[tuple[str, Any]]:
    client = MlflowClient()
    experiment = client.get_experiment_by_name("from runyard").experiment_id
    best = client.search_logged_models([experiment], filter_string="metrics.acc > 0.5 AND params.depth = '3'")
    yield "found", [model.name for model in best]
    (model,) = best
    yield "status", model.status.value
    yield "tags", model.tags["mlflow.modelVersions"]
    yield "points", [(point.key, point.value, point.step, point.dataset_name) for point in model.metrics]
    run = client.get_run(model.source_run_id)
    yield "outputs", [(output.model_id == model.model_id, output.step) for output in run.outputs.model_outputs]
    yield "run", run.data.metrics
    yield "files", [info.path for info in client.list_logged_model_artifacts(model.model_id)]
    for uri in (model.model_uri, f"runs:/{model.source_run_id}/net", "models:/registered/1", "models:/registered/2"):
        yield uri, Path(mlflow.artifacts.download_artifacts(uri), "weights.txt").read_text()
    version = client.get_model_version("registered", "1")
    yield "version", (version.run_id == model.source_run_id, version.source == model.model_uri)
    frame = mlflow.search_logged_models([experiment])
    yield "frame", sorted(frame.columns)
