"""`runyard.pytorch`: what users call to save, log, load and autolog models of PyTorch; MLflow's `mlflow.pytorch`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Unpack

from runyard.autologging.fluent import autolog_one
from runyard.errors import InvalidInput, NotSupported
from runyard.host import Host
from runyard.models import loading, logging, saving
from runyard.models.default_environments import default_conda_env, default_pip_requirements
from runyard.models.info import ModelInfo
from runyard_flavor_pytorch.autologger import LightningOptions
from runyard_flavor_pytorch.weights import load_state_dict, log_state_dict, save_state_dict

__all__ = [
    "autolog",
    "get_default_conda_env",
    "get_default_pip_requirements",
    "load_model",
    "load_state_dict",
    "log_model",
    "log_state_dict",
    "save_model",
    "save_state_dict",
]

SERIALIZATION_FORMAT_PICKLE = "pickle"
SERIALIZATION_FORMAT_PT2 = "pt2"


def save_model(
    pytorch_model: Any,
    path: str | os.PathLike[str],
    *,
    serialization_format: str | None = None,
    pickle_module: ModuleType | None = None,
    export_model: bool = False,
    keep_state_dict: bool = True,
    **options: Unpack[saving.SaveOptions],
) -> None:
    """Save a module to a folder that is new or empty.

    Args:
        pytorch_model: The module, or TorchScript.
        path: The folder.
        serialization_format: "pt2", an exported program, which needs an input example; "pickle", the module itself; by
            default the first where it can be had.
        pickle_module: What pickles the module; by default cloudpickle.
        export_model: MLflow's old word for `serialization_format="pt2"`.
        keep_state_dict: Whether the weights are kept beside the model as safetensors as well.
        options: What every flavor takes, such as `signature` and `input_example`; the example may be a tensor, or a
            tuple of them for a model that is called with several.

    Raises:
        InvalidInput: it is no module, or cannot be saved in this format.
    """
    _need_torch()
    own = _options(serialization_format, pickle_module, export_model=export_model, keep_state_dict=keep_state_dict)
    _plain_example(pytorch_model, options)
    saving.save_model("pytorch", pytorch_model, path, own, **options)


def log_model(
    pytorch_model: Any,
    artifact_path: str | None = None,
    *,
    serialization_format: str | None = None,
    pickle_module: ModuleType | None = None,
    export_model: bool = False,
    keep_state_dict: bool = True,
    name: str | None = None,
    **options: Unpack[logging.LogOptions],
) -> ModelInfo:
    """Log a module as a model of the active run; the other arguments are those of `save_model`.

    Raises:
        InvalidInput: it is no module, or cannot be saved in this format; nothing is kept then.
    """
    _need_torch()
    own = _options(serialization_format, pickle_module, export_model=export_model, keep_state_dict=keep_state_dict)
    _plain_example(pytorch_model, options)
    return logging.log_model("pytorch", pytorch_model, artifact_path, name, own, **options)


def load_model(
    model_uri: str | os.PathLike[str],
    dst_path: str | os.PathLike[str] | None = None,
    *,
    map_location: Any = None,
    device: Any = None,
    weights_only: bool | None = None,
    pickle_module: ModuleType | None = None,
    trust: bool | None = None,
    host: Host | None = None,
) -> Any:
    """The module that was saved, or the program that was exported from it, in its mode for evaluation.

    Args:
        model_uri: Where it is.
        dst_path: Where its files are put.
        map_location: Where its tensors go, as `torch.load` takes it.
        device: The device that it is moved to.
        weights_only: True refuses what torch's restricted unpickler does not read, even of a model that is trusted;
            False says that the model is trusted, as it does to `torch.load`.
        pickle_module: What unpickles it, in place of what pickled it.
        trust: Whether it may run code; by default the setting `trusted_models` decides.
        host: Whose flavors and settings hold.

    Raises:
        NotFound: nothing is there.
        Forbidden: loading it can run code, and it is not trusted.
    """
    _need_torch()
    own = {
        "map_location": map_location,
        "device": device,
        "weights_only": weights_only,
        "pickle_module": pickle_module,
    }
    trusted = True if trust is None and weights_only is False else trust
    return loading.load_model("pytorch", model_uri, dst_path, own, trust=trusted, host=host)


def get_default_pip_requirements() -> list[str]:
    """What every model of this flavor needs, at the installed versions."""
    return default_pip_requirements(["torch", "cloudpickle"])


def get_default_conda_env() -> dict[str, Any]:
    """The same as a Conda environment."""
    return default_conda_env(["torch", "cloudpickle"])


def autolog(
    log_every_n_epoch: int = 1,
    log_every_n_step: int | None = None,
    log_models: bool = True,
    log_datasets: bool = True,
    disable: bool = False,
    exclusive: bool = False,
    disable_for_unsupported_versions: bool = False,
    silent: bool = False,
    registered_model_name: str | None = None,
    extra_tags: Mapping[str, str] | None = None,
    checkpoint: bool = True,
    checkpoint_monitor: str = "val_loss",
    checkpoint_mode: str = "min",
    checkpoint_save_best_only: bool = True,
    checkpoint_save_weights_only: bool = False,
    checkpoint_save_freq: str | int = "epoch",
    log_model_signatures: bool = True,
) -> None:
    """Log by itself what trainers of PyTorch Lightning fit.

    Args:
        log_every_n_epoch: How many epochs there are from one point of a metric to the next.
        log_every_n_step: Log metrics of steps as well, each so many steps.
        log_models: Log the fitted models.
        log_datasets: Has no effect, as in MLflow: a loader does not tell its data.
        disable: Put Lightning back as it was.
        exclusive: Log nothing to runs that you have opened.
        disable_for_unsupported_versions: Leave alone versions that autologging was not tested with.
        silent: Do not warn of what could not be logged.
        registered_model_name: Register each fitted model under this name.
        extra_tags: Tags for the runs that are made.
        checkpoint: Log checkpoints.
        checkpoint_monitor: The metric that says which checkpoint is the best.
        checkpoint_mode: "min" or "max": whether a small or a great value of it is good.
        checkpoint_save_best_only: Keep one checkpoint, the best, in place of all.
        checkpoint_save_weights_only: Leave out the state of optimizers and schedulers.
        checkpoint_save_freq: "epoch", or a number of steps.
        log_model_signatures: Infer the model's signature from the first batch.

    Raises:
        InvalidInput: an option has no such value.
    """
    options = LightningOptions(
        log_every_n_epoch=log_every_n_epoch,
        log_every_n_step=log_every_n_step,
        log_models=log_models,
        log_datasets=log_datasets,
        exclusive=exclusive,
        disable_for_unsupported_versions=disable_for_unsupported_versions,
        silent=silent,
        registered_model_name=registered_model_name,
        extra_tags=extra_tags,
        checkpoint=checkpoint,
        checkpoint_monitor=checkpoint_monitor,
        checkpoint_mode=checkpoint_mode,
        checkpoint_save_best_only=checkpoint_save_best_only,
        checkpoint_save_weights_only=checkpoint_save_weights_only,
        checkpoint_save_freq=checkpoint_save_freq,
        log_model_signatures=log_model_signatures,
    )
    autolog_one("pytorch", options, disable=disable)


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise NotSupported("models of PyTorch need PyTorch, which is not installed; pip install torch")


def _options(
    serialization_format: str | None, pickle_module: ModuleType | None, *, export_model: bool, keep_state_dict: bool
) -> dict[str, Any]:
    if export_model and serialization_format == SERIALIZATION_FORMAT_PICKLE:
        raise InvalidInput("export_model=True is the old word for serialization_format='pt2'; give the latter only")
    return {
        "serialization_format": SERIALIZATION_FORMAT_PT2 if export_model else serialization_format,
        "pickle_module": pickle_module,
        "keep_state_dict": keep_state_dict,
    }


def _plain_example(model: Any, options: Any) -> None:
    """Put arrays in place of the tensors of an input example; several get the names of forward's arguments."""
    import numpy as np
    import torch

    from runyard_flavor_pytorch.inputs import argument_names
    from runyard_flavor_pytorch.predictor import plain

    example = options.get("input_example")
    is_several = (
        isinstance(example, list | tuple)
        and len(example) > 0
        and all(isinstance(part, np.ndarray | torch.Tensor) for part in example)
    )
    if is_several and len(example) == 1:
        options["input_example"] = plain(example[0])
    elif is_several:
        options["input_example"] = dict(zip(argument_names(model), map(plain, example), strict=False))
    elif isinstance(example, torch.Tensor | Mapping):
        options["input_example"] = plain(example)
    elif isinstance(example, tuple) and len(example) == 2 and isinstance(example[1], dict):
        options["input_example"] = (plain(example[0]), example[1])
