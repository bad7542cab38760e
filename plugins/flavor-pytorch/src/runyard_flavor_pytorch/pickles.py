"""Whole modules as pickles, MLflow's `model.pth`, and TorchScript in the same file."""

from __future__ import annotations

import importlib
import pickle
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from runyard.errors import CorruptData, InvalidInput
from runyard.models.requirements import modules_of_pickle
from runyard_flavor_pytorch.opcodes import foreign, globals_of, is_torchscript, layers_of, pickle_in

FILE = "model.pth"
INFO_FILE = "pickle_module_info.txt"
# MLflow's module for pickling modules by cloudpickle; it reads with the standard library's.
MLFLOWS_MODULE = "mlflow.pytorch.pickle_module"


def write_pickle(model: Any, folder: Path, pickle_module: ModuleType | None) -> Path:
    """Write a module with everything in it, or TorchScript as its own format."""
    import torch

    name = pickle_module.__name__ if pickle_module else MLFLOWS_MODULE
    (folder / INFO_FILE).write_text(name, encoding="utf-8")
    file = folder / FILE
    if isinstance(model, torch.jit.ScriptModule):
        model.save(str(file))
        return file
    try:
        torch.save(model, file, pickle_module=pickle_module if pickle_module not in {None, pickle} else _pickling(name))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise InvalidInput(
            f"this {type(model).__name__} cannot be pickled: {error}; give an input_example, with which it is exported"
        ) from error
    return file


def read_pickle(file: Path, map_location: Any, *, weights_only: bool | None, pickle_module: Any = None) -> Any:
    """The module in a file: by torch's restricted unpickler where it does, else by unpickling what was trusted.

    Raises:
        InvalidInput: `weights_only` is asked for, and the restricted unpickler does not do.
        CorruptData: the file is not whole.
    """
    import torch

    if is_torchscript(file):
        return _read_torchscript(file, map_location)
    content = pickle_in(file, str(file))
    names = globals_of(content) if content is not None else {"? ?"}
    if foreign(names):
        if weights_only:
            raise InvalidInput(f"{file.name} needs more than weights_only=True allows: {'; '.join(pickle_risks(file))}")
        return torch.load(file, map_location, weights_only=False, pickle_module=_pickle_module(file, pickle_module))
    with torch.serialization.safe_globals([_layer(name) for name in sorted(layers_of(names))]):
        try:
            return torch.load(file, map_location, weights_only=True)
        except pickle.UnpicklingError as error:
            raise CorruptData(f"{file} cannot be read: {error}") from error


def pickle_risks(file: Path) -> list[str]:
    """What reading a file can run: TorchScript's program, or what its pickle names beside torch's data and layers."""
    if is_torchscript(file):
        return [f"the program of TorchScript in {file.name}"]
    content = pickle_in(file, str(file))
    if content is None:
        modules = sorted(modules_of_pickle(file)) or ["nothing"]
        return [f"the pickle {file.name} in torch's format of old, which imports {', '.join(modules)}"]
    names = sorted(name.replace(" ", ".") for name in foreign(globals_of(content)))
    risks = []
    if names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        risks.append(f"the pickle {file.name}, which calls {', '.join(names[:5])}{more}")
        info = file.parent / INFO_FILE
        module = info.read_text(encoding="utf-8").strip() if info.is_file() else pickle.__name__
        if module not in _KNOWN:
            risks.append(f"the module {module}, which reads that pickle")
    return risks


def modules_in(file: Path) -> set[str]:
    """The modules that reading a file imports."""
    return set() if is_torchscript(file) else modules_of_pickle(file)


_KNOWN = {pickle.__name__, "cloudpickle", "cloudpickle.cloudpickle", MLFLOWS_MODULE}


def _pickling(name: str) -> Any:
    """A pickle module for torch: the standard library's, or cloudpickle's with its own name as torch wants it."""
    if name == pickle.__name__:
        return pickle
    import cloudpickle

    return SimpleNamespace(
        __name__=name,
        Pickler=cloudpickle.CloudPickler,
        Unpickler=pickle.Unpickler,
        dump=cloudpickle.dump,
        load=pickle.load,
    )


def _pickle_module(file: Path, given: Any) -> Any:
    if given is not None:
        return given
    info = file.parent / INFO_FILE
    name = info.read_text(encoding="utf-8").strip() if info.is_file() else pickle.__name__
    if name in _KNOWN:
        return pickle
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CorruptData(f"{file} was pickled by the module {name!r}, which cannot be imported: {error}") from error


def _layer(name: str) -> Any:
    """What a pickle means by the name of a layer; it must be a class of layers, or a function of those known."""
    import torch

    module, _, attribute = name.partition(" ")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise CorruptData(f"the pickle names {module}.{attribute}, which torch {torch.__version__} lacks") from error
    is_layer = isinstance(found, type) and issubclass(found, torch.nn.Module)
    if module.startswith("torch.nn.modules.") and not is_layer:
        raise CorruptData(f"the pickle names {module}.{attribute}, which is no layer; do not load it")
    return (found, f"{module}.{attribute}")


def _read_torchscript(file: Path, map_location: Any) -> Any:
    import torch

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r".*torch\.jit.*", category=DeprecationWarning)
        return torch.jit.load(file, map_location)
