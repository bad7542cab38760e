"""`runyard.line`: what users of the reference flavor call."""

from __future__ import annotations

import os
from typing import Any, Unpack

from runyard.models import loading, logging, saving
from runyard.models.info import ModelInfo
from runyard.testing.memory.flavor import Line


def save_model(
    line: Line, path: str | os.PathLike[str], *, note: str = "", **options: Unpack[saving.SaveOptions]
) -> None:
    """Save a line to a folder."""
    saving.save_model("line", line, path, {"note": note}, **options)


def log_model(
    line: Line,
    artifact_path: str | None = None,
    *,
    name: str | None = None,
    note: str = "",
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a line to the active run."""
    return logging.log_model("line", line, artifact_path, name, {"note": note}, **options)


def load_model(model_uri: str | os.PathLike[str], dst_path: str | None = None, **options: Any) -> Line:
    """Load a line."""
    line: Line = loading.load_model("line", model_uri, dst_path, **options)
    return line
