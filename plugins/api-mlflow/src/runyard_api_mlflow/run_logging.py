"""Logs metrics, params and tags to a run. Batches are read in tight loops, for they come by the thousand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from runyard.entities import Metric, ModelMetric
from runyard.errors import InvalidInput
from runyard.validation import MAX_PARAM_VALUE, MAX_TAG_VALUE
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.fields import Fields, as_integer, as_number, invalid, missing
from runyard_api_mlflow.routes import Route
from runyard_api_mlflow.run_state import writing

MAX_METRICS = 1_000
MAX_PARAMS = 100
MAX_TAGS = 100
MAX_ITEMS = 1_000
HISTORY_TAG = "mlflow.log-model.history"

_FIELDS = itemgetter("key", "value", "timestamp", "step")
_NUMBERS = frozenset({float, int})


def log_metric(call: Call) -> None:
    run_id = call.run_id()
    point = Metric(
        call.text("key", required=True),
        call.number("value", required=True),
        call.integer("timestamp", required=True),
        call.integer("step", default=0),
    )
    measured = _measured(call, point)
    _log(call, run_id, metrics=[point], models=[] if measured is None else [measured])


def log_param(call: Call) -> None:
    run_id, key = call.run_id(), call.text("key", required=True)
    _log(call, run_id, params={key: call.text("value", default="")[:MAX_PARAM_VALUE]})


def set_tag(call: Call) -> None:
    run_id, key = call.run_id(), call.text("key", required=True)
    _log(call, run_id, tags={key: call.text("value", default="")[:MAX_TAG_VALUE]})


def delete_tag(call: Call) -> None:
    run_id, key = call.run_id(), call.text("key", required=True)
    with writing(run_id):
        call.stores.tracking.delete_tag(run_id, key)


def log_batch(call: Call) -> None:
    """All of it or nothing; sending it again changes nothing."""
    run_id = call.text("run_id", required=True)
    sent, params, tags = call.objects("metrics"), call.objects("params"), call.objects("tags")
    _check_limits(len(sent), len(params), len(tags))
    metrics, models = _points(sent)
    _log(
        call,
        run_id,
        metrics=metrics,
        models=models,
        params=_texts("params", params, MAX_PARAM_VALUE, unique=True),
        tags=_texts("tags", tags, MAX_TAG_VALUE, unique=False),
    )


def log_model(call: Call) -> None:
    """What clients before MLflow 3 say of a model they logged; kept as a list in a tag."""
    run_id, text = call.text("run_id", required=True), call.text("model_json", required=True)
    model = _object(text)
    lacking = {"artifact_path", "flavors", "utc_time_created", "run_id"} - set(model)
    if lacking:
        raise InvalidInput(f"Model json is missing mandatory fields: {', '.join(sorted(lacking))}")
    known = call.stores.tracking.get_run(run_id).data.tags.get(HISTORY_TAG)
    history = json.dumps([*(json.loads(known) if known else []), _summary(model)])
    if len(history) > MAX_TAG_VALUE:
        raise InvalidInput(
            f"the tag {HISTORY_TAG} of run {run_id!r} would have {len(history)} characters; "
            f"at most {MAX_TAG_VALUE} are allowed"
        )
    _log(call, run_id, tags={HISTORY_TAG: history})


def _log(
    call: Call,
    run_id: str,
    *,
    metrics: Sequence[Metric] = (),
    models: Sequence[ModelMetric] = (),
    params: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    tracking = call.stores.tracking
    keeper = call.logged_models if models else None
    with writing(run_id):
        try:
            tracking.log_batch(run_id, metrics=metrics, params=params, tags=tags)
        except InvalidInput:
            _check_params(call, run_id, params or {})
            raise
        if keeper is not None:
            keeper.log_model_metrics(run_id, models)


def _check_params(call: Call, run_id: str, params: Mapping[str, str]) -> None:
    """Say in MLflow's words which param has another value already, if it is that for which a batch was refused."""
    known = call.stores.tracking.get_run(run_id).data.params if params else {}
    for key, value in params.items():
        if key in known and known[key] != value:
            raise InvalidInput(
                f"Changing param values is not allowed. Param with key='{key}' was already logged with "
                f"value='{known[key]}' for run ID='{run_id}'. Attempted logging new value '{value}'."
            )


def _check_limits(metrics: int, params: int, tags: int) -> None:
    counted = (("metrics", metrics, MAX_METRICS), ("params", params, MAX_PARAMS), ("tags", tags, MAX_TAGS))
    for what, count, most in (*counted, ("metrics, params and tags", metrics + params + tags, MAX_ITEMS)):
        if count > most:
            raise InvalidInput(
                f"A batch logging request can contain at most {most} {what}. Got {count} {what}. "
                f"Please split up {what} across multiple requests and try again."
            )


def _points(sent: Sequence[dict[str, Any]]) -> tuple[list[Metric], list[ModelMetric]]:
    """The points, and those that were measured on models."""
    try:
        rows = list(map(_FIELDS, sent))
    except KeyError:
        return _points_one_by_one(sent)
    # As Python's client sends them: nothing but these four fields, numbers as numbers.
    kinds = [set(map(type, column)) for column in zip(*rows, strict=True)]
    is_plain = kinds[:1] == [{str}] and kinds[1] <= _NUMBERS and kinds[2] == kinds[3] == {int}
    if not is_plain or sum(map(len, sent)) != 4 * len(sent):
        return _points_one_by_one(sent)
    new = tuple.__new__
    return [new(Metric, row) for row in rows], []


def _points_one_by_one(sent: Sequence[dict[str, Any]]) -> tuple[list[Metric], list[ModelMetric]]:
    points: list[Metric] = []
    models: list[ModelMetric] = []
    for item in sent:
        point = Metric(*_checked(len(points), item))
        points.append(point)
        measured = _measured(Fields(item), point)
        if measured is not None:
            models.append(measured)
    return points, models


def _checked(index: int, item: Mapping[str, Any]) -> tuple[str, float, int, int]:
    """The fields of a metric that was perhaps not sent as plainly as it could be."""
    place = f"metrics[{index}]"
    key, value, timestamp, step = item.get("key"), item.get("value"), item.get("timestamp"), item.get("step")
    for name, field in (("key", key), ("value", value), ("timestamp", timestamp)):
        if field is None or field == "":
            missing(f"{place}.{name}")
    if not isinstance(key, str):
        invalid(f"{place}.key", key)
    number, time, at = as_number(value), as_integer(timestamp), as_integer(0 if step is None else step)
    if number is None:
        invalid(f"{place}.value", value)
    if time is None:
        invalid(f"{place}.timestamp", timestamp)
    if at is None:
        invalid(f"{place}.step", step)
    return key, number, time, at


def _measured(fields: Fields, point: Metric) -> ModelMetric | None:
    """The same point as one that was measured on a model, where the request says so."""
    model_id = fields.text("model_id")
    if not model_id:
        return None
    return ModelMetric(
        model_id,
        *point,
        dataset_name=fields.text("dataset_name") or None,
        dataset_digest=fields.text("dataset_digest") or None,
    )


def _texts(name: str, sent: Sequence[dict[str, Any]], limit: int, *, unique: bool) -> dict[str, str]:
    """Params or tags by key, long values cut as MLflow does."""
    texts: dict[str, str] = {}
    for index, item in enumerate(sent):
        key, value = item.get("key"), item.get("value")
        if key is None or key == "":
            missing(f"{name}[{index}].key")
        if not isinstance(key, str):
            invalid(f"{name}[{index}].key", key)
        if value is not None and not isinstance(value, str):
            invalid(f"{name}[{index}].value", value)
        if unique and key in texts:
            raise InvalidInput(
                f"Duplicate parameter keys have been submitted: {key!r}. Please ensure the request contains only "
                "one param value per param key."
            )
        texts[key] = (value or "")[:limit]
    return texts


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"Malformed model info. {text[:200]!r} is not a valid JSON.") from error
    if not isinstance(value, dict):
        raise InvalidInput(f"Malformed model info. {text[:200]!r} is not a JSON object.")
    return value


def _summary(model: Mapping[str, Any]) -> dict[str, Any]:
    """What of a model's description goes into the tag."""
    names = ("run_id", "artifact_path", "utc_time_created", "model_uuid")
    flavors = model["flavors"] if isinstance(model["flavors"], dict) else {}
    summary = {name: model.get(name) for name in names}
    summary["flavors"] = {
        flavor: {key: value for key, value in fields.items() if key != "config"} if isinstance(fields, dict) else fields
        for flavor, fields in flavors.items()
    }
    return summary


ROUTES: Sequence[Route] = (
    Route("POST", "/2.0/mlflow/runs/log-metric", log_metric),
    Route("POST", "/2.0/mlflow/runs/log-parameter", log_param),
    Route("POST", "/2.0/mlflow/runs/set-tag", set_tag),
    Route("POST", "/2.0/mlflow/runs/delete-tag", delete_tag),
    Route("POST", "/2.0/mlflow/runs/log-batch", log_batch),
    Route("POST", "/2.0/mlflow/runs/log-model", log_model),
)
