"""State dicts as users save, log and load them: MLflow's functions, and the weights of a saved model."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.artifacts import download_artifacts
from runyard.errors import InvalidInput, NotFound
from runyard.host import Host, default_host
from runyard.models import loading
from runyard.models.descriptor import FILE_NAME
from runyard.tracking.fluent_artifacts import log_artifacts
from runyard_flavor_pytorch.state_dicts import SAFE_FILE, TORCH_FILE, read_safetensors


def save_state_dict(state_dict: Mapping[str, Any], path: str | os.PathLike[str], **options: Any) -> None:
    """Save a state dict, or a checkpoint of several, to a folder; `options` are those of `torch.save`.

    Raises:
        InvalidInput: it is no dictionary.
    """
    import torch

    if not isinstance(state_dict, dict):
        raise InvalidInput(f"a state dict is a dictionary, got {type(state_dict).__name__}; give model.state_dict()")
    Path(path).mkdir(parents=True, exist_ok=True)
    torch.save(state_dict, Path(path) / TORCH_FILE, **options)


def log_state_dict(state_dict: Mapping[str, Any], artifact_path: str, **options: Any) -> None:
    """Save a state dict to a folder among the artifacts of the active run; it is no model then.

    Raises:
        InvalidInput: it is no dictionary.
    """
    with tempfile.TemporaryDirectory(prefix="runyard-state-dict-") as scratch:
        save_state_dict(state_dict, scratch, **options)
        log_artifacts(scratch, artifact_path)


def load_state_dict(
    state_dict_uri: str | os.PathLike[str], *, trust: bool | None = None, host: Host | None = None, **options: Any
) -> dict[str, Any]:
    """A state dict that was saved or logged, or the weights of a saved model; `options` are those of `torch.load`.

    No code runs unless `weights_only=False` is given, or `trust` for a model that does not have its weights apart.

    Raises:
        NotFound: nothing is there.
    """
    import torch

    host = host or default_host()
    folder = Path(download_artifacts(os.fspath(state_dict_uri), host=host))
    file = folder / TORCH_FILE if folder.is_dir() else folder
    if file.is_file():
        state: dict[str, Any] = torch.load(file, **options)
        return state
    if not (folder / FILE_NAME).is_file():
        raise NotFound(f"neither {TORCH_FILE} nor a model is at {state_dict_uri}")
    fetched = loading.fetch_model(folder, host=host)
    safe = fetched.folder / str(fetched.model.flavors.get("pytorch", {}).get("model_data", "")) / SAFE_FILE
    if safe.is_file():
        return read_safetensors(safe, str(options.get("map_location") or "cpu"))
    weights: dict[str, Any] = loading.load_model("pytorch", folder, trust=trust, host=host).state_dict()
    return weights
