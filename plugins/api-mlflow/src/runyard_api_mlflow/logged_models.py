"""The endpoints of logged models: models as runs produced them, with their params, tags and metrics."""

from __future__ import annotations

from typing import Any

from runyard.entities import LifecycleStage, LoggedModel, LoggedModelStatus, ModelMetric, ViewType
from runyard.errors import InvalidInput
from runyard.protocols.logged_models import LoggedModelOrder, LoggedModelQuery
from runyard.query import Target, order_by_field, parse_filter
from runyard.wire import plain_float
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.fields import Fields, missing
from runyard_api_mlflow.paging import listing
from runyard_api_mlflow.registry_entities import pairs
from runyard_api_mlflow.routes import Route

DEFAULT_PAGE = 50
MAX_PAGE = 1_000  # a longer one comes in pieces; MLflow has no limit, so a larger number is no error


def create(call: Call) -> dict[str, Any]:
    model = call.logged_models.create_logged_model(
        call.text("experiment_id", required=True),
        model_id=call.text("model_id") or None,  # which MLflow's clients leave to the server
        name=call.text("name") or None,
        model_type=call.text("model_type") or None,
        source_run_id=call.text("source_run_id") or None,
        params=_params(call),
        tags=call.pairs("tags"),
        user_id=call.user,
    )
    return {"model": logged_model(model)}


def finalize(call: Call) -> dict[str, Any]:
    status = call.choice("status", LoggedModelStatus) or missing("status")
    return {"model": logged_model(call.logged_models.finalize_logged_model(call.path("model_id"), status))}


def get(call: Call) -> dict[str, Any]:
    found = call.logged_models.get_logged_model(call.path("model_id"), allow_deleted=call.flag("allow_deleted"))
    return {"model": logged_model(found)}


def delete(call: Call) -> None:
    call.logged_models.delete_logged_model(call.path("model_id"))


def search(call: Call) -> dict[str, Any]:
    asked = call.integer("max_results", default=0) or DEFAULT_PAGE
    if asked < 1:
        raise InvalidInput(f"Invalid value {asked} for parameter 'max_results' supplied. It must be at least 1.")
    query = LoggedModelQuery(
        experiment_ids=call.list_of_text("experiment_ids", required=True),
        filter=parse_filter(call.text("filter"), Target.LOGGED_MODELS),
        datasets=[_dataset(item) for item in call.items("datasets")],
        order_by=[_order(item) for item in call.items("order_by")],
        max_results=min(asked, MAX_PAGE),
        page_token=call.text("page_token") or None,
        view=call.choice("view_type", ViewType) or ViewType.ACTIVE_ONLY,  # not MLflow's, which shows no deleted ones
    )
    page = call.logged_models.search_logged_models(query)
    return listing("models", page, logged_model)


def set_tags(call: Call) -> None:
    call.logged_models.set_logged_model_tags(call.path("model_id"), call.pairs("tags"))


def delete_tag(call: Call) -> None:
    call.logged_models.delete_logged_model_tag(call.path("model_id"), call.path("tag_key"))


def log_params(call: Call) -> None:
    call.logged_models.log_logged_model_params(call.path("model_id"), _params(call))


def logged_model(model: LoggedModel) -> dict[str, Any]:
    """A logged model as MLflow shows it."""
    info = {
        "model_id": model.model_id,
        "experiment_id": model.experiment_id,
        "name": model.name,
        "creation_timestamp_ms": model.creation_timestamp,
        "last_updated_timestamp_ms": model.last_updated_timestamp,
        "artifact_uri": model.artifact_uri,
        "status": model.status.value,
        "model_type": model.model_type or "",
        "source_run_id": model.source_run_id or "",
    }
    extra: dict[str, Any] = {
        "created_by": model.creator_id,  # MLflow's creator_id is a number, and its clients fail on a name
        "status_message": model.status_message,
        "tags": pairs(model.tags),
    }
    if model.lifecycle_stage is LifecycleStage.DELETED:  # not MLflow's; its clients skip what they do not know
        extra |= {"lifecycle_stage": model.lifecycle_stage.value, "deleted_time": model.deleted_time}
    data = {"params": pairs(model.params), "metrics": [_metric(metric) for metric in model.metrics]}
    return {"info": info | _filled(extra), "data": _filled(data)}


def _metric(metric: ModelMetric) -> dict[str, Any]:
    shown = {
        "key": metric.key,
        "value": plain_float(metric.value),
        "timestamp": metric.timestamp,
        "step": metric.step,
        "model_id": metric.model_id,
    }
    extra = {
        "dataset_name": metric.dataset_name,
        "dataset_digest": metric.dataset_digest,
        "run_id": metric.run_id,
    }
    return shown | _filled(extra)


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def _params(call: Call) -> dict[str, str]:
    """Params are written once, so one that is given twice must have one value.

    Raises:
        InvalidInput: it has two.
    """
    params: dict[str, str] = {}
    for item in call.items("params"):
        key, value = item.text("key", required=True), item.text("value", default="")
        if params.setdefault(key, value) != value:
            raise InvalidInput(f"param {key!r:.300} is given twice, as {params[key]!r:.100} and as {value!r:.100}")
    return params


def _dataset(item: Fields) -> tuple[str, str | None]:
    name = item.text("dataset_name")
    if not name:
        raise InvalidInput("`dataset_name` in the `datasets` clause must be specified.")
    return name, item.text("dataset_digest") or None


def _order(item: Fields) -> LoggedModelOrder:
    field = item.text("field_name", default="")
    if not field:
        raise InvalidInput("Invalid order by field name: it is empty; name an attribute or metrics.KEY")
    return LoggedModelOrder(
        order=order_by_field(field, Target.LOGGED_MODELS, ascending=item.flag("ascending", default=True)),
        dataset_name=item.text("dataset_name") or None,
        dataset_digest=item.text("dataset_digest") or None,
    )


_MODELS = "/2.0/mlflow/logged-models"
_MODEL = f"{_MODELS}/{{model_id}}"

ROUTES = (
    Route("POST", _MODELS, create),
    Route("POST", f"{_MODELS}/search", search),
    Route("GET", _MODEL, get),
    Route("PATCH", _MODEL, finalize),
    Route("DELETE", _MODEL, delete),
    Route("PATCH", f"{_MODEL}/tags", set_tags),
    Route("DELETE", f"{_MODEL}/tags/{{tag_key}}", delete_tag),
    Route("POST", f"{_MODEL}/params", log_params),
)
