"""The module-level functions that look at and look after experiments, runs and registered models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from runyard.entities import Experiment, ModelVersion, RegisteredModel, Run, ViewType
from runyard.errors import InvalidInput
from runyard.tracking.frames import runs_frame
from runyard.tracking.search import everything
from runyard.tracking.session import current_client, current_experiment, current_experiment_id

if TYPE_CHECKING:
    import pandas as pd


def create_experiment(name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None) -> str:
    """Create an experiment and give its id; a `/` in the name makes folders."""
    return current_client().create_experiment(name, artifact_location, tags)


def get_experiment(experiment_id: str) -> Experiment:
    return current_client().get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """The active experiment of that name, else the last deleted one, else None."""
    return current_client().get_experiment_by_name(name)


def search_experiments(
    view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
) -> list[Experiment]:
    """The experiments that match a filter, newest first unless ordered otherwise."""
    client = current_client()
    return everything(
        lambda size, token: client.search_experiments(view_type, size, filter_string, order_by, token), max_results
    )


def rename_experiment(experiment_id: str, new_name: str) -> None:
    current_client().rename_experiment(experiment_id, new_name)


def delete_experiment(experiment_id: str) -> None:
    """Put an experiment and its runs into the bin."""
    current_client().delete_experiment(experiment_id)


def restore_experiment(experiment_id: str) -> None:
    """Take an experiment and all its runs out of the bin."""
    current_client().restore_experiment(experiment_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Tag the experiment that new runs belong to."""
    current_client().set_experiment_tag(current_experiment_id(), key, value)


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Tag the experiment that new runs belong to."""
    for key, value in tags.items():
        set_experiment_tag(key, value)


def delete_experiment_tag(key: str) -> None:
    """Delete a tag of the experiment that new runs belong to."""
    current_client().delete_experiment_tag(current_experiment_id(), key)


def get_run(run_id: str) -> Run:
    """A run with all it logged: the latest value of each metric, params, tags, inputs."""
    return current_client().get_run(run_id)


def get_parent_run(run_id: str) -> Run | None:
    return current_client().get_parent_run(run_id)


def delete_run(run_id: str) -> None:
    """Put a run into the bin."""
    current_client().delete_run(run_id)


def restore_run(run_id: str) -> None:
    """Take a run out of the bin."""
    current_client().restore_run(run_id)


@overload
def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: Sequence[str] | None = None,
    output_format: Literal["pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> pd.DataFrame: ...


@overload
def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: Sequence[str] | None = None,
    *,
    output_format: Literal["list"],
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> list[Run]: ...


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: ViewType | str | int = ViewType.ACTIVE_ONLY,
    max_results: int = 100_000,
    order_by: Sequence[str] | None = None,
    output_format: str = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> list[Run] | pd.DataFrame:
    """The runs that match a filter, as a pandas table or a list; of the current experiment unless others are named."""
    if output_format not in {"pandas", "list"}:
        raise InvalidInput(f"output_format must be 'pandas' or 'list', got {output_format!r}")
    ids = _searched(experiment_ids, experiment_names, search_all_experiments)
    client = current_client()
    runs = everything(
        lambda size, token: client.search_runs(ids, filter_string, run_view_type, size, order_by, token), max_results
    )
    return runs if output_format == "list" else runs_frame(runs)


def search_registered_models(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[RegisteredModel]:
    """The registered models that match a filter."""
    client = current_client()
    return everything(
        lambda size, token: client.search_registered_models(filter_string, size, order_by, token), max_results
    )


def search_model_versions(
    max_results: int | None = None, filter_string: str | None = None, order_by: Sequence[str] | None = None
) -> list[ModelVersion]:
    """The model versions that match a filter."""
    client = current_client()
    return everything(
        lambda size, token: client.search_model_versions(filter_string, size, order_by, token), max_results
    )


def register_model(
    model_uri: str,
    name: str,
    await_registration_for: int | None = 300,  # noqa: ARG001 - MLflow's; a version is ready when it is there
    *,
    tags: Mapping[str, Any] | None = None,
) -> ModelVersion:
    """Register what lies at a URI as the next version of a model, which is created where it is missing."""
    return current_client().register_model(model_uri, name, tags=tags)


def set_model_version_tag(name: str, version: int | str | None = None, key: str = "", value: Any = None) -> None:
    current_client().set_model_version_tag(name, version, key, value)


def _searched(ids: Sequence[str] | None, names: Sequence[str] | None, everywhere: bool) -> list[str]:
    if (ids is not None) + (names is not None) + everywhere > 1:
        raise InvalidInput("give one of experiment_ids, experiment_names and search_all_experiments")
    if everywhere:
        return [experiment.experiment_id for experiment in search_experiments()]
    if isinstance(ids, str) or isinstance(names, str):
        raise InvalidInput("experiment_ids and experiment_names must be lists")
    if ids is not None:
        return list(ids)
    if names is None:
        current_id, current_name = current_experiment()
        if current_id is not None:
            return [current_id]
        names = [str(current_name)]
    found = [get_experiment_by_name(name) for name in names]
    return [experiment.experiment_id for experiment in found if experiment is not None]
