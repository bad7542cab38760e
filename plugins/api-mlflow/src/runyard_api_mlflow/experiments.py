"""Experiments: create, find, rename, tag, delete, restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import Experiment, ViewType
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.tracking import ExperimentQuery
from runyard.query import Target, parse_filter, parse_order
from runyard.validation import check_experiment_name
from runyard_api_mlflow.artifact_locations import check_artifact_location
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.paging import listing, page_size
from runyard_api_mlflow.routes import Route

MAX_RESULTS = 50_000


def create_experiment(call: Call) -> Mapping[str, Any]:
    name = check_experiment_name(call.text("name", required=True))
    location = call.text("artifact_location")
    tags = call.pairs("tags")
    if location:
        check_artifact_location(location, call.service)
    experiment = call.stores.tracking.create_experiment(name, artifact_location=location or None, tags=tags)
    return {"experiment_id": experiment.experiment_id}


def get_experiment(call: Call) -> Mapping[str, Any]:
    return {"experiment": experiment_json(call.stores.tracking.get_experiment(experiment_id(call)))}


def get_experiment_by_name(call: Call) -> Mapping[str, Any]:
    name = call.text("experiment_name", required=True)
    experiment = call.stores.tracking.get_experiment_by_name(name)
    if experiment is None:
        raise NotFound(f"Could not find experiment with name '{name}'")
    return {"experiment": experiment_json(experiment)}


def search_experiments(call: Call) -> Mapping[str, Any]:
    page = call.stores.tracking.search_experiments(
        ExperimentQuery(
            filter=parse_filter(call.text("filter"), Target.EXPERIMENTS),
            view=call.choice("view_type", ViewType) or ViewType.ACTIVE_ONLY,
            order_by=parse_order(call.list_of_text("order_by"), Target.EXPERIMENTS),
            max_results=page_size(call, default=0, most=MAX_RESULTS),
            page_token=call.text("page_token") or None,
        )
    )
    return listing("experiments", page, experiment_json)


def update_experiment(call: Call) -> None:
    number = experiment_id(call)
    name = check_experiment_name(call.text("new_name", required=True))
    call.stores.tracking.rename_experiment(number, name)


def delete_experiment(call: Call) -> None:
    call.stores.tracking.delete_experiment(experiment_id(call))


def restore_experiment(call: Call) -> None:
    call.stores.tracking.restore_experiment(experiment_id(call))


def set_experiment_tag(call: Call) -> None:
    number, key = experiment_id(call), call.text("key", required=True)
    call.stores.tracking.set_experiment_tags(number, {key: call.text("value", default="")})


def delete_experiment_tag(call: Call) -> None:
    call.stores.tracking.delete_experiment_tag(experiment_id(call), call.text("key", required=True))


def experiment_id(call: Call) -> str:
    """The experiment that a request is about; ids are whole numbers, as those of MLflow's SQL store."""
    text = call.text("experiment_id", required=True)
    if not text.isascii() or not text.isdigit():
        raise InvalidInput(
            f"Invalid experiment ID {text[:80]!r}: it must be a whole number written as text, as in '0'."
        )
    return text


def experiment_json(experiment: Experiment) -> dict[str, Any]:
    """An experiment as MLflow's clients read it."""
    fields: dict[str, Any] = {
        "experiment_id": experiment.experiment_id,
        "name": experiment.name,
        "artifact_location": experiment.artifact_location,
        "lifecycle_stage": experiment.lifecycle_stage.value,
    }
    if experiment.deleted_time is not None:
        fields["deleted_time"] = experiment.deleted_time  # not MLflow's; its clients skip what they do not know
    if experiment.last_update_time:
        fields["last_update_time"] = experiment.last_update_time
    if experiment.creation_time:
        fields["creation_time"] = experiment.creation_time
    if experiment.tags:
        fields["tags"] = [{"key": key, "value": value} for key, value in experiment.tags.items()]
    return fields


ROUTES: Sequence[Route] = (
    Route("POST", "/2.0/mlflow/experiments/create", create_experiment),
    Route("GET", "/2.0/mlflow/experiments/get", get_experiment),
    Route("GET", "/2.0/mlflow/experiments/get-by-name", get_experiment_by_name),
    Route("GET", "/2.0/mlflow/experiments/search", search_experiments),
    Route("POST", "/2.0/mlflow/experiments/search", search_experiments),
    Route("POST", "/2.0/mlflow/experiments/update", update_experiment),
    Route("POST", "/2.0/mlflow/experiments/delete", delete_experiment),
    Route("POST", "/2.0/mlflow/experiments/restore", restore_experiment),
    Route("POST", "/2.0/mlflow/experiments/set-experiment-tag", set_experiment_tag),
    Route("POST", "/2.0/mlflow/experiments/delete-experiment-tag", delete_experiment_tag),
)
