"""The flavor of models in plain Python."""

from __future__ import annotations

import copy
import inspect
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import CorruptData, InvalidInput, NotFound, NotSupported, did_you_mean
from runyard.host import default_host
from runyard.models.callable_modules import modules_of_callable
from runyard.models.foreign import ForeignFlavor
from runyard.models.model_config import read_model_config
from runyard.models.requirements import modules_of_pickle, modules_of_sources
from runyard.models.signature import infer_signature_from_type_hints
from runyard.protocols.flavor import ModelFiles, Predictor, SavedModel
from runyard.uris import Uri
from runyard_flavor_python import pickling
from runyard_flavor_python.hints import has_schema, wants_example_form
from runyard_flavor_python.kept_artifacts import keep_artifacts, paths_of_artifacts
from runyard_flavor_python.model_files import keep_code, name_of_code, run_code
from runyard_flavor_python.predictor import predictor_of
from runyard_flavor_python.python_model import (
    FunctionModel,
    PythonModelContext,
    base_names,
    is_python_model,
    streams,
)
from runyard_flavor_python.settings import ENDINGS, compression

CODE_LOADER = "mlflow.pyfunc.loaders.code_model"
PICKLE = "python_model.pkl"
OPTIONS = ("loader_module", "data_path", "artifacts", "model_config", "streamable", "host")
# Classes of MLflow for chats, which it asks in a way of its own.
_CHATS = frozenset(f"mlflow.pyfunc.model.{name}" for name in ("ChatModel", "ChatAgent", "ResponsesAgent"))


class PythonFlavor:
    """Writes and reads functions, `PythonModel` objects, files of code and what loader modules load."""

    def __init__(self) -> None:
        # What an input example is predicted with while the model is saved: the user's own object is not to learn of a
        # folder that is about to be moved.
        self._stand_in: tuple[Any, Callable[[], Any]] | None = None

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:
        for name in options:
            if name not in OPTIONS:
                hint = did_you_mean(name, OPTIONS)
                raise InvalidInput(f"unknown option {name!r} of a Python model{hint}; there are: {', '.join(OPTIONS)}")
        config = read_model_config(options.get("model_config"))
        common = {"config": config} if config else {}
        if options.get("loader_module") is not None or options.get("data_path") is not None:
            return self._save_data(model, folder, options, common)
        if options.get("artifacts"):
            common["artifacts"] = keep_artifacts(options["artifacts"], folder, options.get("host"))
        if isinstance(model, str | os.PathLike):
            return self._save_code(model, folder, options, common)
        _check(model)
        host = options.get("host") or default_host()
        how = compression(host.settings)
        file = folder / f"{PICKLE}{ENDINGS.get(how, '')}"
        pickling.dump(model if is_python_model(model) else FunctionModel(model), file, how)
        modules = modules_of_pickle(file) | modules_of_callable(model)
        _warn_of_own(modules_of_pickle(file))
        self._stand_in = (model, lambda: copy.copy(model))
        keys = {
            "python_model": file.name,
            "cloudpickle_version": metadata.version("cloudpickle"),
            **({"python_model_compression": how} if how else {}),
        }
        return self._saved(model, {**keys, **common}, options, modules)

    def _save_code(
        self, path: str | os.PathLike[str], folder: Path, options: Mapping[str, Any], common: dict[str, Any]
    ) -> SavedModel:
        name = keep_code(path, folder)
        model = run_code(Path(path), common.get("config", {}))
        _check(model)
        self._stand_in = (path, lambda: model)
        saved = self._saved(model, {"model_code_path": name, **common}, options, modules_of_sources([path]))
        return attrs.evolve(saved, pyfunc={"loader_module": CODE_LOADER})

    def _save_data(self, model: Any, folder: Path, options: Mapping[str, Any], common: dict[str, Any]) -> SavedModel:
        loader, data = options.get("loader_module"), options.get("data_path")
        if loader is None or model is not None or options.get("artifacts"):
            raise InvalidInput(
                "a model is saved as python_model with its artifacts, or as loader_module with its data_path; got both"
                if loader is not None
                else "data_path is loaded by a module of yours; name it as loader_module"
            )
        keys = {"streamable": bool(options.get("streamable")), **common}
        if data is not None:
            keys["data"] = _keep_data(Path(data), folder / "data").relative_to(folder).as_posix()
        return SavedModel(
            keys=keys,
            pyfunc={"loader_module": loader},
            distributions=["cloudpickle"],
            modules=frozenset({loader}),
        )

    def _saved(self, model: Any, keys: dict[str, Any], options: Mapping[str, Any], modules: set[str]) -> SavedModel:
        streamable = options.get("streamable")
        predict = model.predict if is_python_model(model) else model
        return SavedModel(
            keys={**keys, "streamable": streams(model) if streamable is None else bool(streamable)},
            distributions=["cloudpickle"],
            modules=frozenset(modules),
            signature=infer_signature_from_type_hints(predict) if has_schema(predict) else None,
            takes_example_form=wants_example_form(predict),
        )

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:
        if foreign := _foreign(files):
            return foreign.load(files, options)
        if code := files.keys.get("model_code_path"):
            model = run_code(files.path(name_of_code(str(code))), options.get("model_config") or _config(files))
        else:
            model = _unpickled(files)
        if base_names(model) & _CHATS:
            raise NotSupported(
                f"{type(model).__name__} is a chat model of MLflow's, which Runyard does not ask; use a PythonModel"
            )
        return model

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> Predictor:
        config = {**_config(files), **config}
        if foreign := _foreign(files):
            loaded = foreign.load(files, {"model_config": config}) if model is None else model
            return foreign.predictor(loaded, files, config)
        if self._stand_in is not None and self._stand_in[0] is model:
            model = self._stand_in[1]()
        context = PythonModelContext(paths_of_artifacts(files), config)
        return predictor_of(model, context, files.metadata, files.keys.get("streamable"))

    def risks(self, files: ModelFiles) -> Sequence[str]:
        if foreign := _foreign(files):
            return foreign.risks(files)
        if code := files.keys.get("model_code_path"):
            return [f"the Python file {files.path(name_of_code(str(code))).name}, which is run"]
        return [f"the pickle {files.path(_name_of_pickle(files)).name}"]


def _check(model: Any) -> None:
    """Refuse what is no model, with what it should be."""
    if is_python_model(model) and not isinstance(model, type):
        return
    if not callable(model) or isinstance(model, type):
        made = f"the class {model.__name__}; give an object of it" if isinstance(model, type) else type(model).__name__
        raise InvalidInput(
            f"python_model is an object of a class derived from PythonModel, a function, or a Python file, got {made}"
        )
    try:
        count = len(inspect.signature(model).parameters)
    except ValueError as error:
        raise InvalidInput(f"nothing is known of the parameters of {model!r:.80}; wrap it in a function") from error
    if count != 1:
        raise InvalidInput(
            f"a function as a model takes one argument, the input; {getattr(model, '__name__', model)!s} takes {count}"
        )


def _foreign(files: ModelFiles) -> ForeignFlavor | None:
    """What loads a model that names a loader module of its own."""
    if "python_model" in files.keys or "model_code_path" in files.keys:
        return None
    return ForeignFlavor(str(files.pyfunc.get("loader_module", "")), Uri.from_path(files.folder))


def _config(files: ModelFiles) -> Mapping[str, Any]:
    config: Mapping[str, Any] = files.pyfunc.get("config") or {}
    return config


def _name_of_pickle(files: ModelFiles) -> str:
    name = files.keys.get("python_model")
    if not isinstance(name, str):
        raise CorruptData(f"MLmodel in {files.folder} says python_model: {name!r}, which is no name of a file")
    return name


def _unpickled(files: ModelFiles) -> Any:
    saved_by = str(files.pyfunc.get("python_version") or "")
    here = ".".join(map(str, sys.version_info[:2]))
    if saved_by and saved_by.split(".")[:2] != here.split("."):
        warnings.warn(
            f"the model was pickled by Python {saved_by} and this is {here}; its code may fail or give other answers",
            stacklevel=6,
        )
    written_by = f"pickled with cloudpickle {files.keys.get('cloudpickle_version')}, Python {saved_by}"
    model = pickling.load(
        files.path(_name_of_pickle(files)), str(files.keys.get("python_model_compression") or ""), written_by
    )
    return model.func if isinstance(model, FunctionModel) else model


def _warn_of_own(modules: set[str]) -> None:
    """Tell of what in a pickle only Runyard has, for MLflow alone will not load it."""
    own = sorted(name for name in modules if name.partition(".")[0].startswith("runyard"))
    if own:
        warnings.warn(
            f"the model uses {', '.join(own)}, so it loads only where Runyard is installed, not with MLflow alone",
            stacklevel=6,
        )


def _keep_data(source: Path, home: Path) -> Path:
    if not source.exists():
        raise NotFound(f"no file or folder {str(source)!r} for data_path (working folder: {Path.cwd()})")
    home.mkdir()
    if source.is_dir():
        return Path(shutil.copytree(source, home / source.resolve().name))
    return Path(shutil.copyfile(source, home / source.name))
