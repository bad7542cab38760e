"""Predict functions whose type hints describe signatures, or do not."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Optional, TypedDict, Union

import numpy as np
import pandas as pd
import pydantic

Case = Callable[[], Any]


class Part(pydantic.BaseModel):
    text: str
    score: float = 0.0


class Message(pydantic.BaseModel):
    role: str
    parts: list[Part]
    at: dt.datetime
    name: str | None = None
    extra: dict[str, Any] = {}
    either: int | str = 1
    maybe: int | str | None = None


class Incomplete(pydantic.BaseModel):
    name: str | None


class Typed(TypedDict):
    a: int


# The old spellings are hints too.
OLD_UNION = Union[int, str]  # noqa: UP007
OLD_OPTIONAL = Optional[list[str]]  # noqa: UP045
HINTS: dict[str, tuple[Any, Any]] = {
    "strings": (list[str], list[str]),
    "numbers": (list[int], float),
    "every plain type": (list[bytes], bool),
    "datetimes": (list[dt.datetime], dt.datetime),
    "dates": (list[dt.date], None),
    "models": (list[Message], Message),
    "lists of models": (list[list[Part]], list[Part]),
    "maps": (list[dict[str, int]], dict[str, list[float]]),
    "any": (list[Any], Any),
    "unions": (list[OLD_UNION], int | str),
    "new unions": (list[int | str], str),
    "optional items": (list[str | None], str),
    "optional items in lists": (list[list[str | None]], list[str | None]),
    "an optional list": (OLD_OPTIONAL, str),
    "an optional output": (list[str], str | None),
    "an optional list as output": (list[str], OLD_OPTIONAL),
    "keys that are no strings": (list[dict[int, str]], str),
    "a bare list": (list, list),
    "a list of lists": (list[list], str),  # type: ignore[type-arg]
    "a list of dicts": (list[dict], str),  # type: ignore[type-arg]
    "a bare list as output": (list[str], list),
    "no list": (str, str),
    "a model alone": (Message, str),
    "a frame": (pd.DataFrame, pd.DataFrame),
    "an array as output": (list[str], np.ndarray),
    "arrays": (list[np.ndarray], str),
    "a set": (list[set], set),  # type: ignore[type-arg]
    "a typed dict": (list[Typed], Typed),
    "an incomplete model": (list[Incomplete], str),
    "a tuple": (list[tuple[int, str]], str),
    "no output": (list[str], None),
}


MESSAGE = {"role": "user", "parts": [{"text": "a"}], "at": dt.datetime(2024, 1, 2)}  # noqa: DTZ001
FITTED: dict[str, tuple[Any, Any]] = {
    "strings": (list[str], ["a", "b"]),
    "a string for strings": (list[str], "a"),
    "a tuple for strings": (list[str], ("a",)),
    "a number for a string": (list[str], ["a", 1]),
    "numbers": (list[int], [1, 2]),
    "a bool for a number": (list[int], [True]),
    "a float for a number": (list[int], [1.0]),
    "a number for a float": (list[float], [1]),
    "text for bytes": (list[bytes], ["aGk="]),
    "text for a datetime": (list[dt.datetime], ["2024-01-02"]),
    "dictionaries for models": (list[Message], [MESSAGE]),
    "models": (list[Part], [Part(text="a")]),
    "a model lacking a field": (list[Part], [{"score": 1.0}]),
    "a model of wrong type": (list[Part], [{"text": 1}]),
    "a number as text for a model": (list[Part], [{"text": "a", "score": "1"}]),
    "a list for a model": (list[Part], [["a"]]),
    "maps": (list[dict[str, int]], [{"a": 1}]),
    "maps with numbers as keys": (list[dict[str, int]], [{1: 1}]),
    "maps of wrong type": (list[dict[str, int]], [{"a": "x"}]),
    "any": (list[Any], [1, "a", None]),
    "optional": (list[str | None], ["a", None]),
    "optional of wrong type": (list[str | None], [1]),
    "unions": (list[int | str], [1, "a"]),
    "unions of wrong type": (list[int | str], [1.5]),
    "lists of lists": (list[list[int]], [[1], []]),
    "a frame of one column": (list[str], pd.DataFrame({"a": ["x", "y"]})),
    "a frame of arrays": (list[list[int]], pd.DataFrame({"a": [np.array([1, 2])]})),
    "a frame of rows": (list[Part], pd.DataFrame({"text": ["a", "b"], "score": [1.0, 2.0]})),
    "a frame of objects": (list[Part], pd.DataFrame([[{"text": "a"}]])),
    "a frame with gaps": (list[str | None], pd.DataFrame({"a": pd.Series(["x", float("nan")], dtype=object)})),
    "a frame for no list": (str, pd.DataFrame({"a": ["x"]})),
    "a set": (list[set], [{1}]),  # type: ignore[type-arg]
}


def _function(taken: Any, given: Any) -> Callable[..., Any]:
    def predict(model_input: Any, params: Any = None) -> Any:
        return model_input

    predict.__annotations__ = {"model_input": taken} if given is None else {"model_input": taken, "return": given}
    return predict


def _with_context(taken: Any) -> Callable[..., Any]:
    def predict(context: Any, model_input: Any, params: Any = None) -> Any:
        return model_input

    predict.__annotations__ = {"context": str, "model_input": taken}
    return predict


def bare(model_input):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    return model_input


def quoted(model_input: "list[str]") -> "list[Part]":
    return [Part(text=text) for text in model_input]


def cases(lib: Any) -> dict[str, Case]:
    """Every case of one library."""

    def hinted(function: Callable[..., Any]) -> Case:
        def case() -> Any:
            signature = lib.infer_signature_from_type_hints(function)
            return None if signature is None else [signature.to_dict(), True]

        return case

    def fitted(hint: Any, data: Any) -> Case:
        return lambda: lib.fitted_to_hint(data, hint)

    return {
        **{name: hinted(_function(*hints)) for name, hints in HINTS.items()},
        **{f"{name}, after a context": hinted(_with_context(hints[0])) for name, hints in HINTS.items()},
        **{f"data: {name}": fitted(*pair) for name, pair in FITTED.items()},
        "no hints": hinted(bare),
        "quoted hints": hinted(quoted),
    }
