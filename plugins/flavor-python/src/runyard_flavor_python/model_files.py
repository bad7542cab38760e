"""Models from code: the file that makes the model, kept as it is and run when the model is loaded."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.errors import InvalidInput, InvalidState
from runyard.models.model_config import run_model_code
from runyard.models.source_modules import imports_of
from runyard_flavor_python.pickling import missing_module


def keep_code(path: str | os.PathLike[str], folder: Path) -> str:
    """Copy the file of a model's code into its folder; its name there."""
    source = Path(path)
    if source.suffix != ".py" or not source.is_file():
        raise InvalidInput(
            f"python_model names a Python file that makes the model, and there is none at {os.fspath(path)!r}"
            f" (working folder: {Path.cwd()})"
        )
    shutil.copyfile(source, folder / source.name)
    return source.name


def name_of_code(named: str) -> str:
    """The name of the file in the model's folder; MLflow notes where it was when the model was saved."""
    return re.split(r"[\\/]", named)[-1]


def run_code(file: Path, config: Mapping[str, Any]) -> Any:
    """The model that a file makes.

    Raises:
        InvalidState: the code fails, or needs a module that is not installed.
    """
    if _hands_over_to_mlflow(file):
        from mlflow.models.utils import _load_model_code_path

        return _load_model_code_path(str(file), dict(config) or None)
    try:
        return run_model_code(file, dict(config) or None)
    except InvalidState as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            raise missing_module(error.__cause__, f"the model's code {file.name}") from error
        raise


def _hands_over_to_mlflow(file: Path) -> bool:
    """Whether a file's `set_model` is MLflow's own, which keeps the model for MLflow's loader."""
    tops = {name.partition(".")[0] for name in imports_of(file)}
    return "mlflow" in tops and importlib.util.find_spec("mlflow") is not None
