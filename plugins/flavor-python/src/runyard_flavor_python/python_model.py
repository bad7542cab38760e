"""What users write: `PythonModel`, and the context it is given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from runyard.errors import NotSupported
from runyard.types.type_hints import NoSchema, hinted_types
from runyard_flavor_python.hints import pyfunc


class TypeHints(NamedTuple):
    """The hints of a predict function, None where there is none."""

    input: Any = None
    output: Any = None


class PythonModel:
    """A model as a class; MLflow's class of that name.

    `predict` may also be written without `context` or `params`. A type hint `list[T]` of its input becomes the model's
    signature, and what does not fit it is refused. `is_batchable = True` says that rows are independent, so that a
    server may ask with those of several requests at once.
    """

    is_batchable: bool = False

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        predict = vars(cls).get("predict")
        if inspect.isfunction(predict):
            cls.predict = pyfunc(predict)  # type: ignore[method-assign]

    @property
    def predict_type_hints(self) -> TypeHints:
        """The type hints of `predict`, as MLflow asks for them where it is in the same process."""
        try:
            return TypeHints(*hinted_types(self.predict))
        except NoSchema:
            return TypeHints()

    def load_context(self, context: PythonModelContext) -> None:
        """Called once when the model is loaded, to open what `context.artifacts` names."""

    def predict(self, *arguments: Any, **options: Any) -> Any:  # noqa: ARG002 - what a class of users gives names to
        """Predictions for some input: `predict(self, context, model_input, params=None)`."""
        raise NotSupported(f"{type(self).__name__} has no method predict; write one")

    def predict_stream(self, *arguments: Any, **options: Any) -> Iterator[Any]:  # noqa: ARG002 - the same
        """The answer to one input piece by piece, with the same arguments."""
        raise NotSupported(f"{type(self).__name__} has no method predict_stream; write one, or use predict")


class PythonModelContext:
    """What a model is loaded with: where its artifacts lie on this machine, and its configuration."""

    def __init__(self, artifacts: Mapping[str, str], model_config: Mapping[str, Any] | None) -> None:
        self._artifacts = dict(artifacts)
        self._model_config = dict(model_config or {})

    @property
    def artifacts(self) -> dict[str, str]:
        """The path of each artifact, by the name it was saved under."""
        return self._artifacts

    @property
    def model_config(self) -> dict[str, Any]:
        """The configuration it was saved with, changed by what it is loaded with."""
        return self._model_config


class FunctionModel:
    """A function on its way into or out of a pickle; MLflow's class for it is `_FunctionPythonModel`."""

    def __init__(self, func: Callable[[Any], Any], *_: Any) -> None:
        self.func = func


def base_names(model: Any) -> set[str]:
    """The dotted names of a model's classes."""
    return {f"{kind.__module__}.{kind.__qualname__}" for kind in type(model).__mro__}


def is_python_model(model: Any) -> bool:
    """Whether it is an object of a class of users, derived from Runyard's class or MLflow's."""
    return isinstance(model, PythonModel) or "mlflow.pyfunc.model.PythonModel" in base_names(model)


def streams(model: Any) -> bool:
    """Whether a model has a `predict_stream` of its own."""
    own = getattr(type(model), "predict_stream", None)
    return own is not None and not own.__module__.startswith(("mlflow.", __name__))
