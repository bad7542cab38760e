"""The type hint of a predict function's input: data is made to fit it before the function sees it."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import inspect
from collections.abc import Callable
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin

from runyard.errors import InvalidInput
from runyard.types.kinds import is_frame, is_numpy_scalar, type_name
from runyard.types.type_hints import (
    UNIONS,
    NoSchema,
    TypeFromExample,
    hinted_types,
    input_name,
    is_pydantic,
    schema_from_type_hint,
    shown,
)


class FuncInfo(NamedTuple):
    """The hint and the name of a function's input, under MLflow's names: its pickles hold such tuples."""

    input_type_hint: Any
    input_param_name: str


def pyfunc(func: Callable[..., Any]) -> Callable[..., Any]:
    """Make a predict function look at its input first; one whose hint has no schema stays as it is.

    Raises:
        InvalidInput: the hint is of a kind that has a schema, but not a complete one.
    """
    info = None if is_checked(func) else _info(func)
    if info is None:
        return func
    names = list(inspect.signature(func).parameters)
    at = names.index(info.input_param_name)

    @functools.wraps(func)
    def checked(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = validate_model_input(args, kwargs, at, info.input_type_hint, info.input_param_name)
        return func(*args, **kwargs)

    checked._is_pyfunc = True  # type: ignore[attr-defined]  # noqa: SLF001 - MLflow's mark, which both read
    return checked


def is_checked(func: Any) -> bool:
    """Whether a function looks at its input already."""
    return bool(getattr(func, "_is_pyfunc", False))


def has_schema(func: Callable[..., Any]) -> bool:
    """Whether the hint of a function's input says what schema it has; others, as a DataFrame, do not."""
    return is_checked(func) or _info(func) is not None


def _info(func: Callable[..., Any]) -> FuncInfo | None:
    try:
        hint, _ = hinted_types(func)
    except NoSchema:
        return None
    if hint is None or hint is TypeFromExample:
        return None
    try:
        schema_from_type_hint(hint, is_input=True)
    except NoSchema:
        return None
    return FuncInfo(hint, input_name(func))


def wants_example_form(func: Callable[..., Any]) -> bool:
    """Whether a function wants its input in the form of the model's input example."""
    try:
        return hinted_types(func)[0] is TypeFromExample
    except NoSchema:
        return False


def validate_model_input(
    args: tuple[Any, ...], kwargs: dict[str, Any], at: int, hint: Any, name: str
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call's arguments, with the input made to fit a hint; it is the one at a place, or of a name."""
    if name in kwargs:
        return args, {**kwargs, name: fitted(kwargs[name], hint)}
    if len(args) > at:
        return (*args[:at], fitted(args[at], hint), *args[at + 1 :]), kwargs
    return args, kwargs


def fitted(data: Any, hint: Any) -> Any:
    """Data as a hint wants it; a DataFrame becomes the list of its rows, or of its only column.

    Raises:
        InvalidInput: it does not fit.
    """
    return _fitted(rows_of(data, hint) if is_frame(data) else data, hint, "the input")


def rows_of(frame: Any, hint: Any) -> list[Any]:
    """A DataFrame as a hint `list[…]` wants it: a dictionary for each row, or the values of one column."""
    item = next(iter(get_args(hint)), None)
    if (item is dict or get_origin(item) is dict or is_pydantic(item)) and list(frame.columns) != [0]:
        records: list[Any] = frame.to_dict(orient="records")
    else:
        records = frame[_column(frame, item)].tolist()
    return [_plain(record) for record in records]


def _column(frame: Any, item: Any) -> Any:
    if len(frame.columns) == 1:
        return frame.columns[0]
    if item is str and len(frame):
        texts = [name for name in frame.columns if isinstance(frame[name].iloc[0], str)]
        if texts:
            return texts[0]
    raise InvalidInput(f"the model takes list[{shown(item)}], so a table needs one column, got {len(frame.columns)}")


def _plain(value: Any) -> Any:
    """A value from a DataFrame without numpy's types, and with None where nothing is."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124 - NaN


def _fitted(value: Any, hint: Any, where: str) -> Any:
    if hint is Any or (get_origin(hint) in UNIONS and _is_free(hint)):
        return value
    if get_origin(hint) in UNIONS:
        known = next(kind for kind in get_args(hint) if kind is not NoneType)
        return None if value is None else _fitted(value, known, where)
    if is_pydantic(hint):
        return _object(value, hint, where)
    if get_origin(hint) is list:
        if not isinstance(value, list):
            raise _misfit(value, hint, where)
        item = get_args(hint)[0]
        return [_fitted(inner, item, f"item {number} of {where}") for number, inner in enumerate(value)]
    if get_origin(hint) is dict:
        return _mapping(value, hint, where)
    return _scalar(value, hint, where)


def _is_free(hint: Any) -> bool:
    """Whether a union is of several types, whose values are taken as they are."""
    return len([kind for kind in get_args(hint) if kind is not NoneType]) != 1


def _object(value: Any, model: Any, where: str) -> Any:
    if isinstance(value, model):
        return value
    if not isinstance(value, dict):
        raise _misfit(value, model, where)
    try:
        return model.model_validate(value, strict=True)
    except ValueError as error:
        raise InvalidInput(f"{where} does not fit {model.__name__}: {_problems(error)}") from error


def _problems(error: ValueError) -> str:
    found = error.errors() if hasattr(error, "errors") else []
    said = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in found]
    return "; ".join(said) or str(error)


def _mapping(value: Any, hint: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _misfit(value, hint, where)
    item = get_args(hint)[1]
    return {key: _fitted(inner, item, f"{key!r} of {where}") for key, inner in value.items()}


def _scalar(value: Any, kind: Any, where: str) -> Any:
    if is_numpy_scalar(value):
        value = value.item()
    if isinstance(value, kind):
        return value
    if kind is float and isinstance(value, int):
        return float(value)
    # As JSON has them.
    if kind in {dt.datetime, bytes} and isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value) if kind is dt.datetime else base64.b64decode(value, validate=True)
        except ValueError as error:
            raise _misfit(value, kind, where) from error
    raise _misfit(value, kind, where)


def _misfit(value: Any, hint: Any, where: str) -> InvalidInput:
    return InvalidInput(f"{where} must be {shown(hint)}, got {type_name(value)}: {value!r:.60}")
