"""Runs and logged models as a pandas table, with MLflow's column names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runyard.entities import LoggedModel, Run
from runyard.errors import NotSupported

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")


def runs_frame(runs: Sequence[Run]) -> pd.DataFrame:
    """One row per run: its own columns, then `metrics.*`, `params.*` and `tags.*`; what a run lacks is NaN or None.

    Raises:
        NotSupported: pandas is not installed.
    """
    pandas = _pandas("search_runs")
    columns: dict[str, Any] = {name: [_text(getattr(run.info, name)) for run in runs] for name in COLUMNS[:4]}
    for name in COLUMNS[4:]:
        columns[name] = pandas.to_datetime([getattr(run.info, name) for run in runs], unit="ms", utc=True)
    columns |= _columns("metrics", [run.data.metrics for run in runs], float("nan"))
    columns |= _columns("params", [run.data.params for run in runs], None)
    columns |= _columns("tags", [run.data.tags for run in runs], None)
    frame: pd.DataFrame = pandas.DataFrame(columns)
    return frame


MODEL_COLUMNS = (
    "artifact_location",
    "creation_timestamp",
    "experiment_id",
    "last_updated_timestamp",
    "metrics",
    "model_id",
    "model_type",
    "name",
    "params",
    "source_run_id",
    "status",
    "status_message",
    "tags",
)


def logged_models_frame(models: Sequence[LoggedModel]) -> pd.DataFrame:
    """One row per model, with MLflow's columns; params, tags and metrics are one value each.

    Raises:
        NotSupported: pandas is not installed.
    """
    columns: dict[str, Any] = {name: [getattr(model, name) for model in models] for name in MODEL_COLUMNS}
    columns["status"] = [model.status.name for model in models]
    frame: pd.DataFrame = _pandas("search_logged_models").DataFrame(columns)
    return frame


def _pandas(function: str) -> Any:
    try:
        import pandas as pd
    except ImportError as error:
        raise NotSupported(
            f"{function} gives a pandas table, but pandas is not installed; install it, or ask for output_format='list'"
        ) from error
    return pd


def _columns(prefix: str, rows: Sequence[Mapping[str, Any]], missing: Any) -> dict[str, list[Any]]:
    keys = sorted({key for row in rows for key in row})
    return {f"{prefix}.{key}": [row.get(key, missing) for row in rows] for key in keys}


def _text(value: object) -> str:
    return str(value)
