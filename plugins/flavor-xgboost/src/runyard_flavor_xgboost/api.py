"""`runyard.xgboost`: what users call to save, log and load XGBoost models; MLflow's `mlflow.xgboost`."""

from __future__ import annotations

import os
from typing import Any, Unpack

from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.info import ModelInfo


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
