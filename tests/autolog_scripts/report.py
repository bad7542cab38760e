"""Runs one of the scripts with autologging of Runyard or of MLflow, and prints what its runs or their models hold."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from pathlib import Path
from typing import Any

import yaml

IGNORED = ("mlflow.source", "mlflow.user", "mlflow.runName", "mlflow.parentRunId", "runyard.")


def main(library: str, script: str, models: str = "") -> None:
    """Train, then print each run in the order of its training, or the models of each."""
    tracker: Any = importlib.import_module(library)
    tracker.autolog(log_models=bool(models), log_input_examples=bool(models))
    runpy.run_path(script)
    client = tracker.MlflowClient()
    runs = sorted(client.search_runs(["0"]), key=lambda run: (run.info.start_time, sorted(run.data.params.items())))
    if models:
        json.dump([[described_model(tracker, each) for each in run.outputs.model_outputs] for run in runs], sys.stdout)
    else:
        json.dump([described(client, run) for run in runs], sys.stdout)


def described(client: Any, run: Any) -> dict[str, Any]:
    """What is compared of a run."""
    return {
        "status": str(run.info.status),
        "params": dict(run.data.params),
        # How long something took is never the same.
        "metrics": {
            key: [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, key)]
            for key in run.data.metrics
            if "_time" not in key
        },
        "tags": {key: value for key, value in run.data.tags.items() if not key.startswith(IGNORED)},
        "inputs": sorted([each.dataset.name, each.dataset.schema, context(each)] for each in run.inputs.dataset_inputs),
        "files": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
    }


def described_model(tracker: Any, output: Any) -> dict[str, Any]:
    """What is compared of a model that a run has logged."""
    model = tracker.MlflowClient().get_logged_model(output.model_id)
    folder = Path(tracker.artifacts.download_artifacts(f"models:/{model.model_id}"))
    said = yaml.safe_load((folder / "MLmodel").read_text(encoding="utf-8"))
    return {
        "name": model.name,
        "step": output.step,
        "type": model.model_type,
        "params": dict(model.params),
        "metrics": sorted([point.key, point.step] for point in model.metrics or ()),
        "files": sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()),
        "signature": said.get("signature"),
        "example": said.get("saved_input_example_info"),
        "flavors": {name: sorted(keys) for name, keys in said["flavors"].items()},
    }


def context(each: Any) -> str:
    """What a data set was used for."""
    tags = each.tags
    return str(tags["mlflow.data.context"] if isinstance(tags, dict) else tags[0].value)


if __name__ == "__main__":
    main(*sys.argv[1:])
