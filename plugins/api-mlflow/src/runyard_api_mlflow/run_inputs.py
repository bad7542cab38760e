"""What a run used and produced: data sets and logged models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import Dataset, DatasetInput, ModelInput, ModelOutput
from runyard.errors import InvalidInput
from runyard.protocols.tracking import SummarizesDatasets, capability
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.fields import Fields
from runyard_api_mlflow.routes import API, Route
from runyard_api_mlflow.run_state import writing

MAX_EXPERIMENTS = 20
MAX_SUMMARIES = 1_000


def log_inputs(call: Call) -> None:
    run_id = call.text("run_id", required=True)
    datasets = [_dataset_input(item) for item in call.items("datasets")]
    models = [ModelInput(item.text("model_id", required=True)) for item in call.items("models")]
    tracking = call.stores.tracking
    keeper = call.logged_models if models else None
    with writing(run_id):
        tracking.log_inputs(run_id, datasets)
        if keeper is not None:
            keeper.log_model_inputs(run_id, models)


def log_outputs(call: Call) -> None:
    run_id = call.text("run_id", required=True)
    models = [
        ModelOutput(item.text("model_id", required=True), item.integer("step", default=0))
        for item in call.items("models", required=True)
    ]
    with writing(run_id):
        call.logged_models.log_model_outputs(run_id, models)


def search_datasets(call: Call) -> Mapping[str, Any]:
    experiment_ids = call.list_of_text("experiment_ids")
    if not experiment_ids:
        raise InvalidInput("SearchDatasets request must specify at least one experiment_id.")
    if len(experiment_ids) > MAX_EXPERIMENTS:
        raise InvalidInput(
            f"SearchDatasets request cannot specify more than {MAX_EXPERIMENTS} experiment_ids. "
            f"Received {len(experiment_ids)} experiment_ids."
        )
    store = capability(call.stores.tracking, SummarizesDatasets)  # type: ignore[type-abstract]
    found = store.search_datasets(experiment_ids, max_results=MAX_SUMMARIES)
    summaries = [
        {
            "experiment_id": item.experiment_id,
            "name": item.name,
            "digest": item.digest,
            **({} if item.context is None else {"context": item.context}),
        }
        for item in found
    ]
    return {"dataset_summaries": summaries} if summaries else {}


def _dataset_input(item: Fields) -> DatasetInput:
    dataset = item.object("dataset", required=True)
    return DatasetInput(
        Dataset(
            name=dataset.text("name", required=True),
            digest=dataset.text("digest", required=True),
            source_type=dataset.text("source_type", default=""),
            source=dataset.text("source", default=""),
            schema=dataset.text("schema"),
            profile=dataset.text("profile"),
        ),
        item.pairs("tags"),
    )


ROUTES: Sequence[Route] = (
    Route("POST", "/2.0/mlflow/runs/log-inputs", log_inputs),
    Route("POST", "/2.0/mlflow/runs/outputs", log_outputs),
    Route("POST", "/2.0/mlflow/experiments/search-datasets", search_datasets),
    # What MLflow's own server answers below /api: its path lacks a slash.
    Route("POST", "/2.0mlflow/experiments/search-datasets", search_datasets, prefixes=(API,)),
)
