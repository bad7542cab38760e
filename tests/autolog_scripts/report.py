"""Runs one of the scripts with the autologging of Runyard or of MLflow, and prints what the runs hold."""

from __future__ import annotations

import importlib
import json
import runpy
import sys
from typing import Any

IGNORED = ("mlflow.source", "mlflow.user", "mlflow.runName", "mlflow.parentRunId", "runyard.")


def main(library: str, script: str) -> None:
    """Train, then print each run in the order of its training."""
    tracker: Any = importlib.import_module(library)
    tracker.autolog(log_models=False)
    runpy.run_path(script)
    client = tracker.MlflowClient()
    runs = sorted(client.search_runs(["0"]), key=lambda run: (run.info.start_time, sorted(run.data.params.items())))
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


def context(each: Any) -> str:
    """What a data set was used for."""
    tags = each.tags
    return str(tags["mlflow.data.context"] if isinstance(tags, dict) else tags[0].value)


if __name__ == "__main__":
    main(*sys.argv[1:])
