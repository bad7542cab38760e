"""The rules for names, keys and values, the same for every store; MLflow's limits, but nothing is ever cut."""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Mapping

import attrs

from runyard.entities import Dataset, DatasetInput, ModelMetric, ModelStage
from runyard.errors import InvalidInput

MAX_EXPERIMENT_NAME = 500
MAX_KEY = 250
MAX_PARAM_VALUE = 6_000
MAX_TAG_VALUE = 8_000
MAX_EXPERIMENT_TAG_VALUE = 20_000
MAX_REGISTRY_TAG_VALUE = 100_000
MAX_ALIAS = 255
MAX_REFERENCE = 256
MAX_VIEW_NAME = 500
MAX_VIEW_STATE = 1_000_000
MAX_LOGGED_MODEL = 500  # characters of a name, and of a type
MAX_INPUT_TAG_KEY = 255
MAX_INPUT_TAG_VALUE = 500
MAX_DATASET = {
    "name": 500,
    "digest": 36,
    "source_type": 36,
    "source": 65_535,
    "schema": 1_048_575,
    "profile": 16_777_215,
}
MAX_INT = 2**63 - 1

_OPTIONAL = {"schema", "profile"}
_SHORTEN = "give a shorter one"
_KEY = re.compile(r"[/\w.\- :]+")
_ID = re.compile(r"[a-zA-Z0-9][\w-]{0,255}", re.ASCII)
_LOGGED_MODEL_ID = re.compile(r"m-[0-9a-f]{32}")
_LOGGED_MODEL_MARKS = "/:.%\"'"
_ALIAS = re.compile(r"[\w-]+")
_VERSION_ALIAS = re.compile(r"v\d+", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_key(key: object, what: str) -> str:
    """A key of a metric, a param or a tag; `what` is used in the message.

    Raises:
        InvalidInput: wrong characters, too long, or it would lead out of a folder if it were used as a file name.
    """
    if not isinstance(key, str) or not key:
        raise InvalidInput(f"{what} key must be a non-empty string, got {key!r}")
    if len(key) > MAX_KEY:
        raise InvalidInput(f"{what} key {_short(key)} has {len(key)} characters; at most {MAX_KEY} are allowed")
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            f"{what} key {key!r} has a character that is not allowed; use letters, digits, _ - . / : and spaces"
        )
    check_path_like(key, f"{what} key")
    return key


def check_path_like(name: str, what: str) -> None:
    """A name that may be used as a file path must be a plain relative one."""
    if posixpath.normpath(name) != name or name == "." or name.startswith(("..", "/")):
        raise InvalidInput(
            f"{what} {name!r} must be usable as a relative path, such as {posixpath.normpath('/' + name)[1:]!r}"
        )


def check_param_value(key: str, value: object) -> str:
    text = str(value)
    return _limited(text, MAX_PARAM_VALUE, f"param {key!r}", "log it as an artifact with log_text or log_dict")


def check_tag_value(key: str, value: object, limit: int = MAX_TAG_VALUE) -> str:
    return _limited(str(value), limit, f"tag {key!r}", "log it as an artifact with log_text")


def check_metric_value(key: str, value: object) -> float:
    """A metric's value as a float; NaN and the infinities are values.

    Raises:
        InvalidInput: it is not a number, or a bool.
    """
    if isinstance(value, bool | str | bytes):
        raise InvalidInput(f"metric {key!r} must be a number, got {value!r}")
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"metric {key!r} must be a number, got {value!r}") from error


def check_integer(value: object, what: str, *, minimum: int = -MAX_INT - 1) -> int:
    """A step or a timestamp: a whole number that fits into 64 bits."""
    if isinstance(value, bool | str):
        raise InvalidInput(f"{what} must be a whole number, got {value!r}")
    try:
        number = value if isinstance(value, int) else float(value)  # type: ignore[arg-type]
        whole = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{what} must be a whole number, got {value!r}") from error
    if math.isfinite(number) and number != whole:
        raise InvalidInput(f"{what} must be a whole number, got {value!r}")
    if not minimum <= whole <= MAX_INT:
        raise InvalidInput(f"{what} must lie between {minimum} and {MAX_INT}, got {whole}")
    return int(whole)


def check_experiment_name(name: object) -> str:
    """An experiment's name; `/` makes folders."""
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"an experiment's name must be a non-blank string, got {name!r}")
    if len(name) > MAX_EXPERIMENT_NAME:
        raise InvalidInput(
            f"experiment name {_short(name)} has {len(name)} characters; at most {MAX_EXPERIMENT_NAME} are allowed"
        )
    if any(ord(char) < 32 for char in name):
        raise InvalidInput(f"experiment name {name!r} has a control character")
    return check_text(name, "experiment name")


def check_run_id(run_id: object) -> str:
    return _check_id(run_id, "a run id")


def check_model_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip() or "/" in name or ":" in name:
        raise InvalidInput(f"a registered model's name must be non-blank and hold neither / nor :, got {name!r}")
    check_path_like(name, "registered model name")
    return _limited(name, 256, "registered model name", "choose a shorter one")


def check_logged_model_id(model_id: object) -> str:
    return _check_id(model_id, "a logged model's id")


def is_logged_model_id(text: str) -> bool:
    """Whether a text is an id as stores give them to logged models, where a registered model's name may stand, too."""
    return _LOGGED_MODEL_ID.fullmatch(text) is not None


def is_logged_model_name(text: str) -> bool:
    """Whether a logged model can have a text as its name."""
    return len(text) <= MAX_LOGGED_MODEL and _is_free_of_marks(text)


def check_logged_model_name(name: object) -> str:
    if not isinstance(name, str) or not _is_free_of_marks(name):
        raise InvalidInput(
            f"a logged model's name must be non-blank and hold none of {' '.join(_LOGGED_MODEL_MARKS)}, got {name!r}"
        )
    return _limited(name, MAX_LOGGED_MODEL, "logged model name", _SHORTEN)


def check_logged_model_type(model_type: str | None) -> str | None:
    return model_type and _limited(model_type, MAX_LOGGED_MODEL, "logged model type", _SHORTEN)


def check_params(params: Mapping[str, object] | None) -> dict[str, str]:
    return {check_key(key, "param"): check_param_value(key, value) for key, value in (params or {}).items()}


def check_model_metric(metric: ModelMetric) -> ModelMetric:
    """A point of a metric that was measured on a logged model."""
    for field in ("name", "digest"):
        text = getattr(metric, f"dataset_{field}")
        if text is not None:
            what = f"the {field} of the data set of metric {metric.key!r:.40}"
            _limited(_string(text, what), MAX_DATASET[field], what, _SHORTEN)
    return attrs.evolve(
        metric,
        model_id=check_logged_model_id(metric.model_id),
        key=check_key(metric.key, "metric"),
        value=check_metric_value(metric.key, metric.value),
        timestamp=check_integer(metric.timestamp, f"timestamp of metric {metric.key!r}", minimum=0),
        step=check_integer(metric.step, f"step of metric {metric.key!r}"),
    )


def check_alias(alias: object) -> str:
    if not isinstance(alias, str) or not _ALIAS.fullmatch(alias) or len(alias) > MAX_ALIAS:
        raise InvalidInput(f"an alias has letters, digits, _ and -, at most {MAX_ALIAS}, got {alias!r}")
    if alias.lower() == "latest" or _VERSION_ALIAS.fullmatch(alias):
        raise InvalidInput(f"alias {alias!r} is reserved: it would be mistaken for a version")
    return alias


def check_source(source: object) -> str:
    """Where the files of a model version lie."""
    if not isinstance(source, str) or not source.strip():
        raise InvalidInput(f"a model version needs a source, the location of its files; got {source!r}")
    return check_text(source, "source")


def check_reference(value: str | None, what: str) -> str | None:
    """An id or a user's name that is kept as it is, or None."""
    return value and check_text(_limited(value, MAX_REFERENCE, what, "give a shorter one"), what)


def check_view_id(view_id: object) -> str:
    return _check_id(view_id, "a view's id")


def check_view_name(name: object) -> str:
    if not isinstance(name, str) or not name.strip():
        raise InvalidInput(f"a view's name must be a non-blank string, got {name!r}")
    return _limited(name, MAX_VIEW_NAME, "the view's name", _SHORTEN)


def check_view_state(state: object) -> str:
    """The state of a view: JSON."""
    text = _limited(_string(state, "the view's state"), MAX_VIEW_STATE, "the view's state", "keep less in it")
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"the view's state is no JSON: {_short(text)}") from error
    return text


def check_stage(stage: str) -> ModelStage:
    """A stage of a model version, in whatever case it was written."""
    for known in ModelStage:
        if known.lower() == stage.lower():
            return known
    raise InvalidInput(f"unknown stage {stage!r}; stages are {', '.join(ModelStage)}")


def check_archiving(stage: ModelStage, *, archive_existing_versions: bool) -> None:
    """Other versions are archived only when one goes to Staging or Production."""
    allowed = (ModelStage.STAGING, ModelStage.PRODUCTION)
    if archive_existing_versions and stage not in allowed:
        raise InvalidInput(f"archive_existing_versions goes with {' or '.join(allowed)} only, not with {stage}")


def check_text(text: str, what: str) -> str:
    """Text that every store can keep and give back.

    Raises:
        InvalidInput: it holds a NUL character or half of a surrogate pair.
    """
    if "\0" in text or (not text.isascii() and _SURROGATE.search(text)):
        raise InvalidInput(f"{what} holds a character that cannot be stored: {_short(text)}")
    return text


def check_tags(tags: Mapping[str, object] | None, limit: int = MAX_TAG_VALUE) -> dict[str, str]:
    return {check_key(key, "tag"): check_tag_value(key, value, limit) for key, value in (tags or {}).items()}


def check_dataset_input(item: DatasetInput) -> DatasetInput:
    """A data set as a run's input."""
    if not isinstance(item, DatasetInput) or not isinstance(item.dataset, Dataset):
        raise InvalidInput(f"a run's input is a DatasetInput of a Dataset, got {item!r:.200}")
    if not item.dataset.name or not item.dataset.digest:
        raise InvalidInput(f"a data set needs a name and a digest, got {item.dataset.name!r}, {item.dataset.digest!r}")
    for field, limit in MAX_DATASET.items():
        what, text = f"the {field} of data set {item.dataset.name!r:.40}", getattr(item.dataset, field)
        if text is not None or field not in _OPTIONAL:
            _limited(_string(text, what), limit, what, _SHORTEN)
    for key, value in item.tags.items():
        _limited(_string(key, "tag key of a data set"), MAX_INPUT_TAG_KEY, f"tag key {_short(key)}", _SHORTEN)
        what = f"tag {key!r} of a data set"
        _limited(_string(value, what), MAX_INPUT_TAG_VALUE, what, _SHORTEN)
    return item


def _is_free_of_marks(name: str) -> bool:
    return bool(name.strip()) and not any(mark in name for mark in _LOGGED_MODEL_MARKS)


def _check_id(value: object, what: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise InvalidInput(f"not {what}: {value!r}; it has letters, digits, _ and -, at most 256")
    return value


def _string(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"{what} must be a string, got {value!r:.60}")
    return value


def _limited(text: str, limit: int, what: str, advice: str) -> str:
    if len(text) > limit:
        raise InvalidInput(f"{what} has {len(text)} characters; at most {limit} are allowed; {advice}")
    return check_text(text, what)


def _short(text: str) -> str:
    return repr(text[:40] + "…")
