"""Models whose flavor no plugin provides, loaded by the module that MLmodel names, as MLflow itself would."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import NoSuchPlugin, NotSupported
from runyard.protocols.flavor import ModelFiles, SavedModel
from runyard.uris import Uri


@attrs.frozen
class ForeignFlavor:
    """A loader module with MLflow's function `_load_pyfunc(path)`; a model of it can only be asked for predictions."""

    loader_module: str
    uri: Uri

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:  # noqa: ARG002 - the protocol's
        raise NotSupported(f"models loaded by {self.loader_module} can be read only; no plugin provides their flavor")

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:  # noqa: ARG002
        try:
            module = importlib.import_module(self.loader_module)
        except ImportError as error:
            raise NoSuchPlugin(
                f"{self.uri} is loaded by {self.loader_module!r}, which cannot be imported ({error}); install a Runyard"
                " plugin for that flavor, or the package that has the module (MLflow itself for mlflow.*)"
            ) from error
        data = files.pyfunc.get("data")
        return module._load_pyfunc(str(files.path(data) if data else files.folder))  # noqa: SLF001 - MLflow's protocol

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> _ForeignPredictor:  # noqa: ARG002
        return _ForeignPredictor(model)

    def risks(self, files: ModelFiles) -> Sequence[str]:  # noqa: ARG002
        return [f"the module {self.loader_module}, which no installed plugin answers for"]


@attrs.frozen
class _ForeignPredictor:
    model: Any
    is_batchable: bool = False
    takes: str = "dataframe"

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return self.model.predict(data, params=params) if params else self.model.predict(data)
