"""Models whose flavor no plugin provides, loaded by the module that MLmodel names, as MLflow itself would."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from runyard.errors import CorruptData, NoSuchPlugin, NotSupported
from runyard.protocols.flavor import ModelFiles, Predictor, SavedModel
from runyard.uris import Uri


@attrs.frozen
class ForeignFlavor:
    """A loader module with MLflow's function `_load_pyfunc(path)`; a model of it can only be asked for predictions."""

    loader_module: str
    uri: Uri

    def save(self, model: Any, folder: Path, options: Mapping[str, Any]) -> SavedModel:  # noqa: ARG002 - the protocol's
        raise NotSupported(f"models loaded by {self.loader_module} can be read only; no plugin provides their flavor")

    def load(self, files: ModelFiles, options: Mapping[str, Any]) -> Any:
        try:
            module = importlib.import_module(self.loader_module)
        except ImportError as error:
            raise NoSuchPlugin(
                f"{self.uri} is loaded by {self.loader_module!r}, which cannot be imported ({error}); install a Runyard"
                " plugin for that flavor, or the package that has the module (MLflow itself for mlflow.*)"
            ) from error
        load = getattr(module, "_load_pyfunc", None)
        if load is None:
            raise NoSuchPlugin(f"{self.uri} is loaded by {self.loader_module!r}, which has no function _load_pyfunc")
        data = files.pyfunc.get("data")
        config = options.get("model_config")
        return load(str(files.path(data) if data else files.folder), *([dict(config)] if config else []))

    def predictor(self, model: Any, files: ModelFiles, config: Mapping[str, Any]) -> Predictor:  # noqa: ARG002
        predict = self._method(model, files.pyfunc.get("predict_fn", "predict"))
        if not files.pyfunc.get("streamable"):
            return _ForeignPredictor(predict, _takes_params(predict))
        stream = self._method(model, files.pyfunc.get("predict_stream_fn", "predict_stream"))
        return _ForeignStreams(
            predict, _takes_params(predict), stream=stream, stream_takes_params=_takes_params(stream)
        )

    def risks(self, files: ModelFiles) -> Sequence[str]:  # noqa: ARG002
        return [f"the loader module {self.loader_module}, which is imported and called"]

    def _method(self, model: Any, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] | None = getattr(model, name, None)
        if method is None:
            raise CorruptData(
                f"{self.uri} is asked by the method {name!r}, which what {self.loader_module} loads"
                f" ({type(model).__name__}) does not have"
            )
        return method


def _takes_params(method: Callable[..., Any]) -> bool:
    try:
        named = inspect.signature(method).parameters.get("params")
    except (TypeError, ValueError):  # a function of an extension, which says nothing of its parameters
        return False
    return named is not None and named.kind is not inspect.Parameter.VAR_KEYWORD


@attrs.frozen
class _ForeignPredictor:
    ask: Callable[..., Any]
    takes_params: bool
    is_batchable: bool = False
    takes: str = "dataframe"

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return self.ask(data, params=params) if self.takes_params else self.ask(data)


@attrs.frozen(kw_only=True)
class _ForeignStreams(_ForeignPredictor):
    stream: Callable[..., Any]
    stream_takes_params: bool

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        pieces: Iterator[Any] = self.stream(data, params=params) if self.stream_takes_params else self.stream(data)
        return pieces
