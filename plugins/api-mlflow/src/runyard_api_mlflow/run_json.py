"""Runs as MLflow's clients read them. A page has tens of thousands of values, so this is written for speed."""

from __future__ import annotations

from math import isfinite
from typing import Any

from runyard.entities import DatasetInput, Page, Run, RunInfo
from runyard.wire import plain_float
from runyard_api_mlflow.json_fields import encode


def run_json(run: Run) -> dict[str, Any]:
    """A run with all it logged; what is empty is left out, as in MLflow's answers."""
    data: dict[str, Any] = {}
    logged = run.data
    if logged.latest_metrics:
        data["metrics"] = [
            {
                "key": key,
                "value": value if isfinite(value) else plain_float(value),
                "timestamp": timestamp,
                "step": step,
            }
            for key, value, timestamp, step in logged.latest_metrics
        ]
    if logged.params:
        data["params"] = [{"key": key, "value": value} for key, value in logged.params.items()]
    if logged.tags:
        data["tags"] = [{"key": key, "value": value} for key, value in logged.tags.items()]
    return {"info": run_info_json(run.info), "data": data, "inputs": _inputs(run), "outputs": _outputs(run)}


def page_json(page: Page[Run]) -> bytes:
    """A page of runs as the body of an answer; one after the other, so that few objects exist at a time."""
    runs = b",".join([encode(run_json(run)) for run in page.items])
    fields = [b'"runs":[' + runs + b"]"] if runs else []
    if page.token:
        fields.append(b'"next_page_token":' + encode(page.token))
    return b"{" + b",".join(fields) + b"}"


def run_info_json(info: RunInfo) -> dict[str, Any]:
    """A run's own fields."""
    fields: dict[str, Any] = {
        "run_uuid": info.run_id,
        "experiment_id": info.experiment_id,
        "run_name": info.run_name,
        "user_id": info.user_id,
        "status": info.status.value,
        "start_time": info.start_time,
    }
    if info.end_time:
        fields["end_time"] = info.end_time
    fields["artifact_uri"] = info.artifact_uri
    fields["lifecycle_stage"] = info.lifecycle_stage.value
    if info.deleted_time is not None:
        fields["deleted_time"] = info.deleted_time  # not MLflow's; its clients skip what they do not know
    fields["run_id"] = info.run_id
    return fields


def _inputs(run: Run) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if run.inputs.dataset_inputs:
        fields["dataset_inputs"] = [_dataset_input(item) for item in run.inputs.dataset_inputs]
    if run.inputs.model_inputs:
        fields["model_inputs"] = [{"model_id": model.model_id} for model in run.inputs.model_inputs]
    return fields


def _outputs(run: Run) -> dict[str, Any]:
    models = run.outputs.model_outputs
    return {"model_outputs": [{"model_id": model.model_id, "step": model.step} for model in models]} if models else {}


def _dataset_input(item: DatasetInput) -> dict[str, Any]:
    dataset = item.dataset
    fields = {
        "name": dataset.name,
        "digest": dataset.digest,
        "source_type": dataset.source_type,
        "source": dataset.source,
    }
    if dataset.schema:
        fields["schema"] = dataset.schema
    if dataset.profile:
        fields["profile"] = dataset.profile
    found: dict[str, Any] = {"dataset": fields}
    if item.tags:
        found["tags"] = [{"key": key, "value": value} for key, value in item.tags.items()]
    return found
