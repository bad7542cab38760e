"""Runs, models and the rest, read off MLflow's JSON; numbers may stand in it as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from runyard.entities import (
    Dataset,
    DatasetInput,
    DatasetSummary,
    Experiment,
    LifecycleStage,
    LoggedModel,
    LoggedModelStatus,
    Metric,
    ModelInput,
    ModelMetric,
    ModelOutput,
    ModelStage,
    ModelVersion,
    Page,
    RegisteredModel,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
)

ItemT = TypeVar("ItemT")
Json = Mapping[str, Any]


def page(name: str, reader: Callable[[Json], ItemT]) -> Callable[[Json], Page[ItemT]]:
    """What reads a page of a listing."""

    def read(answer: Json) -> Page[ItemT]:
        return Page([reader(item) for item in answer.get(name, ())], answer.get("next_page_token") or None)

    return read


def pairs(items: Sequence[Json] | None) -> dict[str, str]:
    """Params or tags."""
    return {item["key"]: item.get("value") or "" for item in items or ()}


def experiment(found: Json) -> Experiment:
    return Experiment(
        experiment_id=str(found["experiment_id"]),
        name=found["name"],
        artifact_location=found.get("artifact_location", ""),
        lifecycle_stage=LifecycleStage(found.get("lifecycle_stage") or "active"),
        deleted_time=_time(found.get("deleted_time")),  # ours only
        creation_time=_time(found.get("creation_time")),
        last_update_time=_time(found.get("last_update_time")),
        tags=pairs(found.get("tags")),
    )


def run(found: Json) -> Run:
    data, inputs, outputs = found.get("data") or {}, found.get("inputs") or {}, found.get("outputs") or {}
    return Run(
        run_info(found["info"]),
        RunData([metric(item) for item in data.get("metrics", ())], pairs(data.get("params")), pairs(data.get("tags"))),
        RunInputs(
            [_dataset_input(item) for item in inputs.get("dataset_inputs", ())],
            [ModelInput(item["model_id"]) for item in inputs.get("model_inputs", ())],
        ),
        RunOutputs(
            [ModelOutput(item["model_id"], int(item.get("step", 0))) for item in outputs.get("model_outputs", ())]
        ),
    )


def run_info(found: Json) -> RunInfo:
    return RunInfo(
        run_id=found.get("run_id") or found["run_uuid"],
        experiment_id=str(found["experiment_id"]),
        run_name=found.get("run_name") or "",
        user_id=found.get("user_id") or "",
        status=RunStatus(found["status"]),
        start_time=_time(found.get("start_time")) or 0,
        end_time=_time(found.get("end_time")),
        artifact_uri=found.get("artifact_uri") or "",
        lifecycle_stage=LifecycleStage(found.get("lifecycle_stage") or "active"),
        deleted_time=_time(found.get("deleted_time")),
    )


def metric(found: Json) -> Metric:
    return Metric(found["key"], float(found["value"]), int(found["timestamp"]), int(found.get("step", 0)))


def dataset_summary(found: Json) -> DatasetSummary:
    return DatasetSummary(str(found["experiment_id"]), found["name"], found["digest"], found.get("context") or None)


def logged_model(found: Json) -> LoggedModel:
    info, data = found["info"], found.get("data") or {}
    model_id = info["model_id"]
    return LoggedModel(
        model_id=model_id,
        experiment_id=str(info["experiment_id"]),
        name=info.get("name") or "",
        artifact_uri=info.get("artifact_uri") or "",
        creation_timestamp=_time(info.get("creation_timestamp_ms")) or 0,
        last_updated_timestamp=_time(info.get("last_updated_timestamp_ms")) or 0,
        status=_model_status(info.get("status")),
        status_message=info.get("status_message") or "",
        model_type=info.get("model_type") or None,
        source_run_id=info.get("source_run_id") or None,
        creator_id=info.get("created_by") or None,
        lifecycle_stage=LifecycleStage(info.get("lifecycle_stage") or "active"),  # ours only, as the next one
        deleted_time=_time(info.get("deleted_time")),
        params=pairs(data.get("params")),
        tags=pairs(info.get("tags")),
        metrics=[_model_metric(item, model_id) for item in data.get("metrics", ())],
    )


def registered_model(found: Json) -> RegisteredModel:
    return RegisteredModel(
        name=found["name"],
        creation_timestamp=_time(found.get("creation_timestamp")) or 0,
        last_updated_timestamp=_time(found.get("last_updated_timestamp")) or 0,
        description=found.get("description") or "",
        tags=pairs(found.get("tags")),
        aliases={item["alias"]: int(item["version"]) for item in found.get("aliases", ())},
        latest_versions=[model_version(item) for item in found.get("latest_versions", ())],
    )


def model_version(found: Json) -> ModelVersion:
    return ModelVersion(
        name=found["name"],
        version=int(found["version"]),
        creation_timestamp=_time(found.get("creation_timestamp")) or 0,
        last_updated_timestamp=_time(found.get("last_updated_timestamp")) or 0,
        current_stage=ModelStage(found.get("current_stage") or "None"),
        description=found.get("description") or "",
        source=found.get("source") or "",
        run_id=found.get("run_id") or None,
        run_link=found.get("run_link") or None,
        user_id=found.get("user_id") or None,
        model_id=found.get("model_id") or None,
        status=found.get("status") or "READY",
        status_message=found.get("status_message") or "",
        tags=pairs(found.get("tags")),
        aliases=list(found.get("aliases", ())),
        storage_location=found.get("storage_location") or None,
    )


def _time(value: Any) -> int | None:
    return None if value is None or value == "" else int(value)


def _dataset_input(found: Json) -> DatasetInput:
    item = found["dataset"]
    dataset = Dataset(
        item["name"], item["digest"], item["source_type"], item["source"], item.get("schema"), item.get("profile")
    )
    return DatasetInput(dataset, pairs(found.get("tags")))


def _model_status(text: str | None) -> LoggedModelStatus:
    known = {status.value: status for status in LoggedModelStatus}
    return known.get(text or "", LoggedModelStatus.PENDING)


def _model_metric(found: Json, model_id: str) -> ModelMetric:
    point = metric(found)
    return ModelMetric(
        found.get("model_id") or model_id,
        *point,
        run_id=found.get("run_id") or None,
        dataset_name=found.get("dataset_name") or None,
        dataset_digest=found.get("dataset_digest") or None,
    )
