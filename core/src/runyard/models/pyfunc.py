"""A model as a Python function: data is checked against its signature, then the flavor's predictor is asked."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from functools import cached_property
from typing import Any

import attrs

from runyard.errors import NotSupported
from runyard.host import Host, default_host
from runyard.models import examples
from runyard.models.descriptor import PYFUNC, Model
from runyard.models.example_form import in_example_form
from runyard.models.loading import FetchedModel, fetch_model, flavor_of, load_fetched
from runyard.models.model_config import read_model_config
from runyard.models.signature import ModelSignature
from runyard.protocols.flavor import Predictor, Streams
from runyard.types.enforce import Enforcer, ParamEnforcer

PYTHON_MODEL_LOADERS = ("mlflow.pyfunc.model", "mlflow.pyfunc.loaders.code_model")


@attrs.define(kw_only=True, slots=False, eq=False)
class PyFuncModel:
    """A loaded model that can be asked for predictions; MLflow's class of that name. Safe for several threads."""

    fetched: FetchedModel = attrs.field(repr=False)
    predictor: Predictor = attrs.field(repr=False)
    raw: Any = attrs.field(repr=False)
    loader_module: str
    model_config: Mapping[str, Any] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self._check = self._checked_by(self.metadata.signature)
        self._check_params = ParamEnforcer(self.metadata.get_params_schema())

    def _checked_by(self, signature: ModelSignature | None) -> Callable[[Any], Any]:
        # A model with type hints checks its input itself, for they say more than a schema.
        if signature is None or signature.inputs is None or signature.is_signature_from_type_hint:
            return _as_it_is
        enforce = Enforcer(signature.inputs)
        if not signature.is_type_hint_from_example or self.input_example is None:
            return enforce
        return lambda data: in_example_form(enforce(data), self.input_example)

    @property
    def metadata(self) -> Model:
        return self.fetched.model

    @property
    def model_id(self) -> str | None:
        return self.metadata.model_id

    @cached_property
    def input_example(self) -> Any:
        """The input example that the model was saved with, None where there was none."""
        info = self.metadata.saved_input_example_info
        return examples.read_example(self.fetched.folder, info, self.metadata.get_input_schema()) if info else None

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        """Predictions for data that fits the signature.

        Raises:
            InvalidInput: the data or the params do not fit it.
        """
        return self.predictor.predict(self._check(data), self._check_params(params))

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """The answer piece by piece.

        Raises:
            NotSupported: the model gives its answer whole only.
        """
        if not isinstance(self.predictor, Streams):
            raise NotSupported(f"{self.fetched.uri} does not stream its answers; use predict")
        return self.predictor.predict_stream(self._check(data), self._check_params(params))

    def get_raw_model(self) -> Any:
        """The library's own object."""
        return self.raw

    def unwrap_python_model(self) -> Any:
        """The user's own Python model.

        Raises:
            NotSupported: it is a model of a library.
        """
        if self.loader_module not in PYTHON_MODEL_LOADERS:
            raise NotSupported(f"{self.fetched.uri} is no Python model; it is loaded by {self.loader_module}")
        return self.raw


def load_model(
    model_uri: str | os.PathLike[str],
    suppress_warnings: bool = False,
    dst_path: str | os.PathLike[str] | None = None,
    model_config: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    *,
    trust: bool | None = None,
    host: Host | None = None,
) -> PyFuncModel:
    """Load a model of any flavor to ask it for predictions.

    Packages that are installed in other versions than the model asks for are warned of, unless warnings are suppressed.

    Raises:
        NotFound: nothing is there, or it is no model.
        Forbidden: it can run code and is not trusted.
        NoSuchPlugin: nothing installed loads its flavor.
    """
    host = host or default_host()
    with warnings.catch_warnings() if suppress_warnings else nullcontext():
        if suppress_warnings:
            warnings.simplefilter("ignore")
        return load_pyfunc(fetch_model(model_uri, dst_path, host=host), model_config, trust=trust, host=host)


def load_pyfunc(
    fetched: FetchedModel,
    model_config: Mapping[str, Any] | str | os.PathLike[str] | None = None,
    *,
    trust: bool | None = None,
    host: Host,
) -> PyFuncModel:
    """The same for a model whose files are here."""
    spec, flavor = flavor_of(fetched, host)
    key = PYFUNC if spec is None else spec.key
    pyfunc = fetched.model.flavors[PYFUNC]
    config = {**(pyfunc.get("config") or {}), **read_model_config(model_config)}
    raw = load_fetched(fetched, flavor, key, {"model_config": config}, trust=trust, host=host)
    predictor = flavor.predictor(raw, fetched.files(key), config)
    return PyFuncModel(
        fetched=fetched,
        predictor=predictor,
        raw=raw,
        loader_module=str(pyfunc.get("loader_module", "")),
        model_config=config,
    )


def _as_it_is(data: Any) -> Any:
    """What a model without a signature does to its input."""
    return data
