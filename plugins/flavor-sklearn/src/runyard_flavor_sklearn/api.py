"""`runyard.sklearn`: what users call to save, log and load scikit-learn models; MLflow's `mlflow.sklearn`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Unpack

from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.info import ModelInfo
from runyard_flavor_sklearn.formats import CLOUDPICKLE, PICKLE, SKOPS

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
        serialization_format: "skops" (the default), which runs no code when it is loaded, "cloudpickle" or "pickle".
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


def _options(
    serialization_format: str | None, pyfunc_predict_fn: str, skops_trusted_types: Sequence[str] | None
) -> dict[str, Any]:
    return {
        "serialization_format": serialization_format,
        "pyfunc_predict_fn": pyfunc_predict_fn,
        "skops_trusted_types": skops_trusted_types,
    }
