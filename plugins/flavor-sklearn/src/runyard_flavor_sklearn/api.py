"""`runyard.sklearn`: what users call to save, log, load and autolog scikit-learn models; MLflow's `mlflow.sklearn`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from runyard.autologging.fluent import autolog_one
from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.default_environments import default_conda_env, default_pip_requirements
from runyard.models.info import ModelInfo
from runyard_flavor_sklearn.autologger import SklearnOptions
from runyard_flavor_sklearn.formats import CLOUDPICKLE, PICKLE, SAFEST, SKOPS

SERIALIZATION_FORMAT_SKOPS = SKOPS
SERIALIZATION_FORMAT_CLOUDPICKLE = CLOUDPICKLE
SERIALIZATION_FORMAT_PICKLE = PICKLE


def save_model(
    sk_model: Any,
    path: str | os.PathLike[str],
    *,
    serialization_format: str | None = None,
    pyfunc_predict_fn: str = "predict",
    skops_trusted_types: Sequence[str] | None = None,
    **options: Unpack[saving.SaveOptions],
) -> None:
    """Save a fitted estimator or pipeline to a folder that is new or empty.

    Args:
        sk_model: The estimator.
        path: The folder.
        serialization_format: "skops" (the default), which runs no code when it is loaded, "cloudpickle", "pickle", or
            "safest": "skops" where it can write the model, else "cloudpickle".
        pyfunc_predict_fn: The method that predicts where the model is loaded as a Python function.
        skops_trusted_types: The types in the model that skops does not know and you do.
        options: What every flavor takes, such as `signature` and `input_example`.

    Raises:
        InvalidInput: it is no estimator, or cannot be written in this format.
    """
    own = _options(serialization_format, pyfunc_predict_fn, skops_trusted_types)
    saving.save_model("sklearn", sk_model, path, own, **options)


def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    *,
    serialization_format: str | None = None,
    pyfunc_predict_fn: str = "predict",
    skops_trusted_types: Sequence[str] | None = None,
    name: str | None = None,
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a fitted estimator or pipeline as a model of the active run; the other arguments are those of `save_model`.

    Raises:
        InvalidInput: it is no estimator, or cannot be written in this format; nothing is kept then.
    """
    own = _options(serialization_format, pyfunc_predict_fn, skops_trusted_types)
    return logging.log_model("sklearn", sk_model, artifact_path, name, own, **options)


def load_model(
    model_uri: str | os.PathLike[str],
    dst_path: str | os.PathLike[str] | None = None,
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """The estimator that was saved.

    Raises:
        NotFound: nothing is there.
        Forbidden: loading it can run code, and it is not trusted.
    """
    return loading.load_model("sklearn", model_uri, dst_path, trust=trust, host=host)


def get_default_pip_requirements(include_cloudpickle: bool = False, include_skops: bool = False) -> list[str]:
    """What every model of this flavor needs, at the installed versions."""
    return default_pip_requirements(_needs(include_cloudpickle, include_skops))


def get_default_conda_env(include_cloudpickle: bool = False, include_skops: bool = False) -> dict[str, Any]:
    """The same as a Conda environment."""
    return default_conda_env(_needs(include_cloudpickle, include_skops))


def autolog(
    log_input_examples: bool = False,
    log_model_signatures: bool = True,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    max_tuning_runs: int | None = 5,
    log_post_training_metrics: bool = True,
    serialization_format: str = SAFEST,
    registered_model_name: str | None = None,
    pos_label: Any = None,
    extra_tags: Mapping[str, str] | None = None,
) -> None:
    """Log by itself what estimators are fitted with, how well they fit, and the fitted models.

    Args:
        log_input_examples: Keep some rows of the training data with the model.
        log_model_signatures: Infer the model's signature from the training data.
        log_models: Log the fitted models.
        log_datasets: Note the training data, and the data that fitted models predict for.
        disable: Put scikit-learn back as it was.
        exclusive: Log nothing to runs that you have opened.
        disable_for_unsupported_versions: Leave alone versions that autologging was not tested with.
        silent: Do not warn of what could not be logged.
        max_tuning_runs: How many runs a search makes for its best candidates; None for all of them.
        log_post_training_metrics: Log what functions of `sklearn.metrics` and `score` say of a fitted model later.
        serialization_format: As in `save_model`; "safest" is "skops" where it can write the model, else "cloudpickle".
        registered_model_name: Register each fitted model under this name.
        pos_label: The label that counts as positive in the training metrics of a binary classifier.
        extra_tags: Tags for the runs that are made.

    Raises:
        InvalidInput: `max_tuning_runs` is below 0, or there is no such format.
    """
    options = SklearnOptions(
        log_input_examples=log_input_examples,
        log_model_signatures=log_model_signatures,
        log_models=log_models,
        log_datasets=log_datasets,
        exclusive=exclusive,
        disable_for_unsupported_versions=disable_for_unsupported_versions,
        silent=silent,
        max_tuning_runs=max_tuning_runs,
        log_post_training_metrics=log_post_training_metrics,
        serialization_format=serialization_format,
        registered_model_name=registered_model_name,
        pos_label=pos_label,
        extra_tags=extra_tags,
    )
    autolog_one("sklearn", options, disable=disable)


def _needs(include_cloudpickle: bool, include_skops: bool) -> list[str]:
    return ["scikit-learn", *([CLOUDPICKLE] if include_cloudpickle else []), *([SKOPS] if include_skops else [])]


def _options(
    serialization_format: str | None, pyfunc_predict_fn: str, skops_trusted_types: Sequence[str] | None
) -> dict[str, Any]:
    return {
        "serialization_format": serialization_format,
        "pyfunc_predict_fn": pyfunc_predict_fn,
        "skops_trusted_types": skops_trusted_types,
    }
