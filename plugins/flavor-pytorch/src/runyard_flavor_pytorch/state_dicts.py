"""State dicts: a model's own beside it as safetensors, and those that users save as MLflow does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runyard.errors import CorruptData

SAFE_FILE = "state_dict.safetensors"
TORCH_FILE = "state_dict.pth"


def write_safetensors(state: Mapping[str, Any], file: Path) -> bool:
    """Write tensors by their names, unless something else is among them; whether they were written.

    Names of one and the same tensor are kept once; the file's metadata tells the others, as safetensors itself does.
    """
    import torch
    from safetensors.torch import save_file

    if not state or not all(type(value) is torch.Tensor and _is_plain(value) for value in state.values()):
        return False
    kept: dict[str, Any] = {}
    first: dict[Any, str] = {}
    others: dict[str, str] = {}
    for name, value in state.items():
        tensor = value.detach()
        place = (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() and place in first:
            others[name] = first[place]
            continue
        first[place] = name
        kept[name] = tensor
    users = Counter(tensor.untyped_storage().data_ptr() for tensor in kept.values())
    whole = {
        name: (tensor if users[tensor.untyped_storage().data_ptr()] == 1 else tensor.clone()).contiguous()
        for name, tensor in kept.items()
    }
    save_file(whole, file, metadata={"format": "pt", **others})
    return True


def read_safetensors(file: Path, device: str = "cpu") -> dict[str, Any]:
    """The tensors by their names, those of one and the same tensor included."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="pt", device=device) as opened:
            state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - it is no dictionary
            others = {name: at for name, at in (opened.metadata() or {}).items() if name != "format"}
    except SafetensorError as error:
        raise CorruptData(f"{file} is no whole file of safetensors: {error}") from error
    return {**state, **{name: state[at] for name, at in others.items() if at in state}}


def _is_plain(tensor: Any) -> bool:
    import torch

    return tensor.layout == torch.strided and not tensor.is_quantized and tensor.device.type != "meta"
