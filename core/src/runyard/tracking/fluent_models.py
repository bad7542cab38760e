"""The module-level functions for logged models: MLflow's names and meanings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from runyard.entities import LoggedModel, LoggedModelStatus, ModelOutput
from runyard.errors import InvalidInput
from runyard.query import Comparison, Identifier, Kind, Operator, render
from runyard.tracking import media
from runyard.tracking.active import active_run, required_run
from runyard.tracking.active_models import (
    ActiveModel,
    activate,
    get_active_model_id,
    last_logged_model_id,
    remember_logged_model,
)
from runyard.tracking.frames import logged_models_frame
from runyard.tracking.search import everything
from runyard.tracking.session import current_client, current_experiment_id

if TYPE_CHECKING:
    import pandas as pd

EXTERNAL = "mlflow.model.isExternal"


def initialize_logged_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """A new logged model, PENDING and without files, of the active run and experiment unless others are named."""
    client, run = current_client(), active_run()
    if run is not None:
        source_run_id = source_run_id or run.info.run_id
        experiment_id = experiment_id or run.info.experiment_id
    model = client.create_logged_model(
        experiment_id or current_experiment_id(),
        name,
        source_run_id,
        {**client.host.run_context(), **(tags or {})},
        params,
        model_type,
    )
    remember_logged_model(model.model_id)
    return model


def create_external_model(
    name: str | None = None,
    source_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    model_type: str | None = None,
    experiment_id: str | None = None,
) -> LoggedModel:
    """A new logged model, READY, whose files are kept elsewhere."""
    client = current_client()
    labels = {**(tags or {}), EXTERNAL: "true"}
    model = initialize_logged_model(name, source_run_id, labels, params, model_type, experiment_id)
    media.log_text(client.model_artifact_store(model.model_id), _external_description(model), "MLmodel")
    return client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)


def finalize_logged_model(model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
    """Say that a model's files are all there, READY, or that they cannot be had, FAILED."""
    return current_client().finalize_logged_model(model_id, status)


def get_logged_model(model_id: str) -> LoggedModel:
    return current_client().get_logged_model(model_id)


def last_logged_model() -> LoggedModel | None:
    """The logged model that this thread or asyncio task made last, as it is now."""
    model_id = last_logged_model_id()
    return None if model_id is None else get_logged_model(model_id)


@overload
def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, Any]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: Literal["pandas"] = "pandas",
) -> pd.DataFrame: ...


@overload
def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, Any]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    *,
    output_format: Literal["list"],
) -> list[LoggedModel]: ...


def search_logged_models(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    datasets: Sequence[Mapping[str, Any]] | None = None,
    max_results: int | None = None,
    order_by: Sequence[Mapping[str, Any]] | None = None,
    output_format: str = "pandas",
) -> list[LoggedModel] | pd.DataFrame:
    """The logged models that match a filter, as a pandas table or a list; of the current experiment unless named."""
    if output_format not in {"pandas", "list"}:
        raise InvalidInput(f"output_format must be 'pandas' or 'list', got {output_format!r}")
    client, ids = current_client(), experiment_ids or [current_experiment_id()]
    models = everything(
        lambda size, token: client.search_logged_models(ids, filter_string, datasets, size, order_by, token),
        max_results,
    )
    return models if output_format == "list" else logged_models_frame(models)


def set_logged_model_tags(model_id: str, tags: Mapping[str, Any]) -> None:
    current_client().set_logged_model_tags(model_id, tags)


def delete_logged_model_tag(model_id: str, key: str) -> None:
    current_client().delete_logged_model_tag(model_id, key)


def log_model_params(params: Mapping[str, Any], model_id: str | None = None) -> None:
    """Log params of a logged model, the active one unless another is named; a param never changes."""
    chosen = model_id or get_active_model_id()
    if chosen is None:
        raise InvalidInput("log_model_params needs a model: give model_id, or set one with set_active_model")
    current_client().log_model_params(chosen, params)


def log_outputs(models: Sequence[ModelOutput] | None = None) -> None:
    """Note logged models as what the active run produced, each at one of its steps."""
    run = required_run()
    run.client.log_outputs(run.info.run_id, models or ())


def set_active_model(*, name: str | None = None, model_id: str | None = None) -> ActiveModel:
    """Make a logged model the active one, the newest of a name or a new one of that name where there is none.

    Metrics that name no model are measured on it. As a context manager it is active until the block ends.

    Raises:
        NotFound: there is no model with this id.
    """
    if model_id is not None:
        model = get_logged_model(model_id)
        if name not in {None, model.name}:
            raise InvalidInput(f"logged model {model_id} is named {model.name!r}, not {name!r}; leave one of them out")
        return activate(model)
    if name is None:
        raise InvalidInput("give the name or the model_id of the model that is to be active")
    condition = render(Comparison(Identifier(Kind.ATTRIBUTE, "name"), Operator.EQ, name))
    found = search_logged_models(filter_string=condition, max_results=2, output_format="list")
    if len(found) > 1:
        sys.stderr.write(f"runyard: several logged models are named {name!r}; the newest becomes the active one\n")
    return activate(found[0] if found else create_external_model(name))


def _external_description(model: LoggedModel) -> str:
    """The file MLmodel of a model without files, as MLflow writes it, so that it can be registered."""
    import yaml

    described = {
        "artifact_path": model.artifact_location,
        "flavors": {},
        "metadata": {EXTERNAL: True},
        "model_id": model.model_id,
        "model_uuid": model.model_id,
        "utc_time_created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
    }
    if model.source_run_id:
        described["run_id"] = model.source_run_id
    return yaml.safe_dump(described)
