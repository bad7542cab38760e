"""The flavor: a module as an exported program or a pickle, its weights beside it, and what MLmodel says of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from runyard.errors import CorruptData, InvalidInput
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard_flavor_pytorch import pickles, programs
from runyard_flavor_pytorch.exporting import NotExportable, evaluating, export
from runyard_flavor_pytorch.predictor import PytorchPredictor
from runyard_flavor_pytorch.state_dicts import SAFE_FILE, write_safetensors

if TYPE_CHECKING:
    from runyard.models.examples import InputExample
    from runyard.models.signature import ModelSignature

DATA = "data"
PICKLE = "pickle"
PT2 = "pt2"
FORMATS = (PICKLE, PT2)
OPTIONS = frozenset({"serialization_format", "pickle_module", "keep_state_dict"})


@attrs.frozen
class PytorchFlavor:
    """Modules of PyTorch, TorchScript included."""

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        return self.save_by_example(model, folder, options, None, None)

    def save_by_example(
        self,
        model: Any,
        folder: Path,
        options: Mapping[str, Any],
        example: InputExample | None,
        signature: ModelSignature | None,
    ) -> SavedModel:
        import torch

        _check(model, options)
        data = folder / DATA
        data.mkdir()
        program = _program(model, options, example, signature)
        needs = ["numpy", "torch"]
        modules: set[str] = set()
        if program is not None:
            programs.write_program(program, data / programs.FILE)
        else:
            modules = pickles.modules_in(pickles.write_pickle(model, data, options.get("pickle_module")))
            needs = ["cloudpickle", *needs] if not isinstance(model, torch.jit.ScriptModule) else needs
        if options.get("keep_state_dict", True) and not isinstance(model, torch.jit.ScriptModule):
            write_safetensors(model.state_dict(), data / SAFE_FILE)
        info = data / pickles.INFO_FILE
        return SavedModel(
            keys={"model_data": DATA, "pytorch_version": str(torch.__version__)},
            pyfunc={
                "data": DATA,
                "pickle_module_name": info.read_text(encoding="utf-8") if info.is_file() else pickles.MLFLOWS_MODULE,
                "config": {"device": None},
            },
            distributions=needs,
            modules=frozenset(modules),
            signature=_signature(model, example) if signature is None and example is not None else None,
        )

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:
        file = _file(files)
        config = options.get("model_config")
        device = options.get("device") or _device(config)
        if file.name == programs.FILE:
            return programs.read_program(file, device or options.get("map_location"))
        _warn_of_version(files)
        model = pickles.read_pickle(
            file,
            options.get("map_location") or device or _reachable(),
            weights_only=options.get("weights_only"),
            pickle_module=options.get("pickle_module"),
        )
        model.eval()
        return model.to(device) if device else model

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> PytorchPredictor:  # noqa: ARG002
        return PytorchPredictor.of(model, files)

    def risks(self, files: ModelFiles) -> Sequence[str]:
        file = _file(files)
        return programs.program_risks(file) if file.name == programs.FILE else pickles.pickle_risks(file)


def _check(model: Any, options: Mapping[str, Any]) -> None:
    import torch

    if unknown := set(options) - OPTIONS:
        raise InvalidInput(f"unknown option {min(unknown)!r} of a model of PyTorch; there are {sorted(OPTIONS)}")
    if not isinstance(model, torch.nn.Module):
        what = f"the class {model.__name__}" if isinstance(model, type) else type(model).__name__
        raise InvalidInput(f"this flavor saves modules of PyTorch (torch.nn.Module), got {what}")
    wanted = options.get("serialization_format")
    if wanted is not None and wanted not in FORMATS:
        raise InvalidInput(f"serialization_format is one of {', '.join(FORMATS)}; got {wanted!r}")
    if wanted == PT2 and options.get("pickle_module"):
        raise InvalidInput("pickle_module is for serialization_format='pickle'; give one of the two")
    if wanted == PT2 and isinstance(model, torch.jit.ScriptModule):
        raise InvalidInput("TorchScript is not exported again; leave serialization_format out, or give 'pickle'")


def _program(
    model: Any, options: Mapping[str, Any], example: InputExample | None, signature: ModelSignature | None
) -> Any:
    """The model exported, None where it is to be pickled."""
    import torch

    wanted = options.get("serialization_format") or (PICKLE if options.get("pickle_module") else None)
    if wanted == PICKLE or isinstance(model, torch.jit.ScriptModule):
        return None
    if example is None:
        if wanted == PT2:
            raise InvalidInput("a program is exported by following what the model does: give an input_example")
        return None
    try:
        return export(model, example.data, signature, any_batch=wanted is None)
    except (NotExportable, InvalidInput) as error:
        if wanted == PT2:
            raise InvalidInput(f"this {type(model).__name__} cannot be saved as {PT2}: {error}") from error
        warnings.warn(
            f"this {type(model).__name__} is saved as a pickle, not as an exported program: {error}; "
            "give serialization_format='pickle' to say that this is meant",
            stacklevel=2,
        )
        return None


def _signature(model: Any, example: InputExample) -> ModelSignature | None:
    """What the example and the model's answer show; None where the model fails, which the caller tells."""
    from runyard.models.signature import infer_signature

    predictor = PytorchPredictor.of(model, ModelFiles(folder=Path(), keys={}))
    with evaluating(model):
        try:
            answer = predictor.predict(example.data, example.params)
        except Exception:  # noqa: BLE001 - a model may raise anything
            return None
    return infer_signature(example.data, answer, example.params)


def _file(files: ModelFiles) -> Path:
    """The file with the model; MLmodel names it, or the folder that it is in."""
    name = files.keys.get("model_data")
    if not isinstance(name, str):
        raise CorruptData(f"MLmodel in {files.folder} does not name the model's files in pytorch.model_data")
    place = files.path(name)
    if place.is_file():
        return place
    for file in (pickles.FILE, programs.FILE):
        if (place / file).is_file():
            return files.path(f"{name}/{file}")
    there = ", ".join(sorted(path.name for path in place.iterdir())) or "nothing"
    raise CorruptData(f"{place} has neither {pickles.FILE} nor {programs.FILE}; there is: {there}")


def _device(config: Mapping[str, Any] | None) -> str | None:
    """Where a model predicts: as its configuration says, else on a graphics card where there is one."""
    import torch

    if config is None:
        return None
    return config.get("device") or ("cuda" if torch.cuda.is_available() else "cpu")


def _reachable() -> str | None:
    """Where tensors go that were saved on a device: there, but to the processor where there is no graphics card."""
    import torch

    return None if torch.cuda.is_available() else "cpu"


def _warn_of_version(files: ModelFiles) -> None:
    import torch

    saved = str(files.keys.get("pytorch_version") or torch.__version__)
    if saved.partition("+")[0] != str(torch.__version__).partition("+")[0]:
        warnings.warn(
            f"the model in {files.folder} was pickled by torch {saved}, and torch {torch.__version__} reads it",
            stacklevel=2,
        )
