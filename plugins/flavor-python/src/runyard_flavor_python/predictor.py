"""A Python model that is asked for predictions: its methods called with what their parameters ask for."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_origin

import attrs

from runyard.errors import InvalidInput
from runyard.types.kinds import is_frame
from runyard.types.type_hints import NoSchema, hinted_types
from runyard_flavor_python.hints import is_checked, pyfunc, rows_of
from runyard_flavor_python.python_model import PythonModelContext, is_python_model, streams

BATCHABLE = "is_batchable"
# The columns of a table that a list or a single value was put into.
_UNNAMED: list[Any] = [0]

Ask = Callable[[Any, "Mapping[str, Any] | None"], Any]


@attrs.frozen
class PythonPredictor:
    """Asks a user's function or class; it is as safe for threads as that is."""

    ask: Ask
    is_batchable: bool = False
    takes: str = "dataframe"

    def predict(self, data: Any, params: Mapping[str, Any] | None = None) -> Any:
        return self.ask(data, params)


@attrs.frozen(kw_only=True)
class StreamingPredictor(PythonPredictor):
    """The same for a class that can also answer piece by piece."""

    ask_stream: Ask

    def predict_stream(self, data: Any, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        pieces: Iterator[Any] = self.ask_stream(_one(data), params)
        return pieces


def predictor_of(
    model: Any, context: PythonModelContext, metadata: Mapping[str, Any], streamable: bool | None = None
) -> PythonPredictor:
    """A function or a loaded Python model as a predictor; `metadata` is what the user noted on it."""
    said = metadata.get(BATCHABLE)
    is_batchable = bool(getattr(model, BATCHABLE, False) if said is None else said)
    if not is_python_model(model):
        ask = pyfunc(model) if inspect.isfunction(model) else model
        return PythonPredictor(_asking(ask, None), is_batchable)
    model.load_context(context)
    ask = _asking(_taking_frames(model.predict), context)
    if not (streams(model) if streamable is None else streamable):
        return PythonPredictor(ask, is_batchable)
    return StreamingPredictor(ask, is_batchable, ask_stream=_asking(model.predict_stream, context))


def _asking(method: Callable[..., Any], context: PythonModelContext | None) -> Ask:
    """The method as a function of data and params."""
    parameters = inspect.signature(method).parameters
    before = () if context is None or not takes_context(list(parameters)) else (context,)
    if context is None or "params" not in parameters:
        return _Ignoring(method, before)
    return lambda data, params: method(*before, data, params=params)


def takes_context(names: list[str]) -> bool:
    """Whether a predict method with parameters of these names is given a context first."""
    return "context" in names or len([name for name in names if name != "params"]) == 2


@attrs.define
class _Ignoring:
    """Calls a method that takes no params; some that are given are warned of, once."""

    method: Callable[..., Any]
    before: tuple[Any, ...]
    has_warned: bool = False

    def __call__(self, data: Any, params: Mapping[str, Any] | None) -> Any:
        if params and not self.has_warned:
            self.has_warned = True
            warnings.warn(
                f"the model's predict takes no params, so these are dropped: {', '.join(map(str, params))}",
                stacklevel=5,
            )
        return self.method(*self.before, data)


def _taking_frames(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method with a hint `list[…]` that does not look at its input itself, as MLflow's were before 2.20."""
    if is_checked(method):
        return method
    try:
        hint, _ = hinted_types(method)
    except NoSchema:
        return method
    if get_origin(hint) is not list:
        return method
    names = [name for name in inspect.signature(method).parameters if name != "params"]

    def taking(*args: Any, **options: Any) -> Any:
        *before, data = args
        return method(*before, rows_of(data, hint) if is_frame(data) else data, **options)

    taking.__signature__ = inspect.signature(method)  # type: ignore[attr-defined]
    return taking if names else method


def _one(data: Any) -> Any:
    """The single input of a stream, which the check of the signature may have put into a table or list."""
    if is_frame(data):
        data = data.iloc[:, 0].tolist() if [*data.columns] == _UNNAMED else data.to_dict(orient="records")
    if not isinstance(data, list):
        return data
    if len(data) != 1:
        raise InvalidInput(f"predict_stream takes one input, got {len(data)}")
    return data[0]
