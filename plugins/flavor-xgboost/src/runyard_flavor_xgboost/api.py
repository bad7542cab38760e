"""`runyard.xgboost`: what users call to save, log, load and autolog XGBoost models; MLflow's `mlflow.xgboost`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from runyard.autologging.fluent import autolog_one
from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.default_environments import default_conda_env, default_pip_requirements
from runyard.models.info import ModelInfo
from runyard_flavor_xgboost.autologger import XGBoostOptions
from runyard_flavor_xgboost.flavor import distribution


def save_model(
    xgb_model: Any, path: str | os.PathLike[str], *, model_format: str = "ubj", **options: Unpack[saving.SaveOptions]
) -> None:
    """Save a Booster or a fitted estimator of XGBoost to a folder that is new or empty.

    Args:
        xgb_model: The model.
        path: The folder.
        model_format: "ubj" or "json".
        options: What every flavor takes, such as `signature` and `input_example`.

    Raises:
        InvalidInput: it is no model of XGBoost's own classes, or is not fitted.
    """
    saving.save_model("xgboost", xgb_model, path, {"model_format": model_format}, **options)


def log_model(
    xgb_model: Any,
    artifact_path: str | None = None,
    *,
    model_format: str = "ubj",
    name: str | None = None,
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a Booster or a fitted estimator as a model of the active run; the other arguments are those of `save_model`.

    Raises:
        InvalidInput: it is no model of XGBoost's own classes, or is not fitted; nothing is kept then.
    """
    return logging.log_model("xgboost", xgb_model, artifact_path, name, {"model_format": model_format}, **options)


def load_model(
    model_uri: str | os.PathLike[str],
    dst_path: str | os.PathLike[str] | None = None,
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """The Booster or estimator that was saved.

    Raises:
        NotFound: nothing is there.
        CorruptData: XGBoost cannot read it.
    """
    return loading.load_model("xgboost", model_uri, dst_path, trust=trust, host=host)


def get_default_pip_requirements() -> list[str]:
    """What every model of this flavor needs, at the installed versions."""
    return default_pip_requirements([distribution()])


def get_default_conda_env() -> dict[str, Any]:
    """The same as a Conda environment."""
    return default_conda_env([distribution()])


def autolog(
    importance_types: Sequence[str] | None = None,
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    model_format: str = "ubj",
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Log by itself what XGBoost trains, by `xgboost.train` and by its estimators for scikit-learn.

    Args:
        importance_types: The kinds of importance of features to log; `["weight"]` if none are given.
        log_input_examples: Keep some rows of the training data with the model.
        log_model_signatures: Infer the model's signature from the training data.
        log_models: Log the trained models.
        log_datasets: Note the training data, and the data that is evaluated on the way.
        disable: Put XGBoost back as it was.
        exclusive: Log nothing to runs that you have opened.
        disable_for_unsupported_versions: Leave alone versions that autologging was not tested with.
        silent: Do not warn of what could not be logged.
        registered_model_name: Register each trained model under this name.
        model_format: As in `save_model`.
        extra_tags: Tags for the runs that are made.

    Raises:
        InvalidInput: there is no such format.
    """
    options = XGBoostOptions(
        importance_types=tuple(importance_types or ("weight",)),
        log_input_examples=log_input_examples,
        log_model_signatures=log_model_signatures,
        log_models=log_models,
        log_datasets=log_datasets,
        exclusive=exclusive,
        disable_for_unsupported_versions=disable_for_unsupported_versions,
        silent=silent,
        registered_model_name=registered_model_name,
        model_format=model_format,
        extra_tags=extra_tags,
    )
    autolog_one("xgboost", options, disable=disable)
