"""`runyard.lightgbm`: MLflow's functions for LightGBM."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Unpack

from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.info import ModelInfo

if TYPE_CHECKING:
    import lightgbm


def save_model(
    lgb_model: lightgbm.Booster, path: str | os.PathLike[str], **options: Unpack[saving.SaveOptions]
) -> None:
    """Save a Booster to a folder that is new or empty."""
    saving.save_model("lightgbm", lgb_model, path, **options)


def log_model(
    lgb_model: lightgbm.Booster,
    artifact_path: str | None = None,
    *,
    name: str | None = None,
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a Booster to the active run."""
    return logging.log_model("lightgbm", lgb_model, artifact_path, name, **options)


def load_model(
    model_uri: str | os.PathLike[str],
    dst_path: str | os.PathLike[str] | None = None,
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """The Booster that was saved, or the estimator that MLflow saved."""
    return loading.load_model("lightgbm", model_uri, dst_path, trust=trust, host=host)
