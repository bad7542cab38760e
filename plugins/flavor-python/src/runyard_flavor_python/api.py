"""`runyard.pyfunc`: what users of Python models call; the names of MLflow's `mlflow.pyfunc`."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from typing import Any, Unpack

from runyard.errors import InvalidInput
from runyard.models import logging, saving
from runyard.models.default_environments import default_conda_env, default_pip_requirements
from runyard.models.descriptor import PYFUNC, Model
from runyard.models.info import ModelInfo
from runyard.models.inspection import get_model_dependencies
from runyard.models.pyfunc import PyFuncModel, load_model
from runyard_flavor_python.python_model import PythonModel, PythonModelContext

__all__ = [
    "PyFuncModel",
    "PythonModel",
    "PythonModelContext",
    "add_to_model",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "get_model_dependencies",
    "load_model",
    "log_model",
    "save_model",
]

PathLike = str | os.PathLike[str]


def save_model(
    path: PathLike,
    loader_module: str | None = None,
    data_path: PathLike | None = None,
    *,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    model_config: Mapping[str, Any] | PathLike | None = None,
    streamable: bool | None = None,
    **options: Unpack[saving.SaveOptions],
) -> None:
    """Save a Python model to a folder: an object, a function or a file of code, or a loader module with its data.

    Args:
        path: A folder that is new or empty.
        loader_module: A module with a function `_load_pyfunc(path)` that gives an object with a method `predict`.
        data_path: What that module loads, a file or a folder.
        python_model: An object of a class derived from `PythonModel`, a function of one argument, or the path of a
            Python file that hands one over with `set_model`.
        artifacts: URIs of files and folders that are kept with the model, by the name the model asks for them with.
        model_config: What the model finds in `context.model_config`, or in `ModelConfig` in a file of code.
        streamable: Whether the model answers piece by piece; if not given, whether it has a `predict_stream`.
        options: What every `save_model` takes.
    """
    own = _options(loader_module, data_path, python_model, artifacts, model_config, streamable)
    saving.save_model("pyfunc", python_model, path, {**own, "host": options.get("host")}, **options)


def log_model(
    artifact_path: str | None = None,
    loader_module: str | None = None,
    data_path: PathLike | None = None,
    *,
    name: str | None = None,
    python_model: Any = None,
    artifacts: Mapping[str, str] | None = None,
    model_config: Mapping[str, Any] | PathLike | None = None,
    streamable: bool | None = None,
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a Python model to the active run; what it is stands in the arguments of `save_model`."""
    own = _options(loader_module, data_path, python_model, artifacts, model_config, streamable)
    client = options.get("client")
    host = options.get("host") or (client.host if client else None)
    return logging.log_model("pyfunc", python_model, artifact_path, name, {**own, "host": host}, **options)


def _options(
    loader_module: str | None,
    data_path: PathLike | None,
    python_model: Any,
    artifacts: Mapping[str, str] | None,
    model_config: Mapping[str, Any] | PathLike | None,
    streamable: bool | None,
) -> dict[str, Any]:
    if python_model is None and loader_module is None and data_path is None:
        raise InvalidInput("give python_model (an object, a function or a Python file), or loader_module and data_path")
    return {
        "loader_module": loader_module,
        "data_path": data_path,
        "artifacts": artifacts,
        "model_config": model_config,
        "streamable": streamable,
    }


def get_default_pip_requirements() -> list[str]:
    """What every model of this flavor needs, at the installed versions."""
    return default_pip_requirements(["cloudpickle"])


def get_default_conda_env() -> dict[str, Any]:
    """The same as a Conda environment."""
    return default_conda_env(["cloudpickle"])


def add_to_model(
    model: Model,
    loader_module: str,
    data: str | None = None,
    code: str | None = None,
    conda_env: str | None = None,
    python_env: str | None = None,
    model_config: Mapping[str, Any] | None = None,
    model_code_path: str | None = None,
    **keys: Any,
) -> Model:
    """Note on a model how it is loaded as a Python function; the model given is changed, as by MLflow.

    Args:
        model: What MLmodel is to say.
        loader_module: The module with the function `_load_pyfunc`.
        data: What it loads, a path in the model's folder, as all that follow.
        code: The folder with the model's own modules.
        conda_env: The file with the Conda environment.
        python_env: The file with the environment of pip.
        model_config: What the model is configured with.
        model_code_path: The file that makes the model.
        keys: More to note.
    """
    env = {name: file for name, file in (("conda", conda_env), ("virtualenv", python_env)) if file}
    known = {"data": data, "code": code, "env": env, "config": model_config, "model_code_path": model_code_path}
    flavors = model.flavors
    if not isinstance(flavors, dict):
        raise InvalidInput(f"the flavors of the model cannot be changed, for they are a {type(flavors).__name__}")
    flavors[PYFUNC] = {
        **keys,
        "loader_module": loader_module,
        "python_version": platform.python_version(),
        **{name: value for name, value in known.items() if value},
    }
    return model
