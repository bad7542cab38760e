"""Data checked against the type hint of a predict function; dictionaries become pydantic objects."""

from __future__ import annotations

import base64
import datetime as dt
from types import NoneType
from typing import Any, get_args, get_origin

from runyard.errors import InvalidInput
from runyard.types.kinds import is_array, is_frame, is_missing, type_name
from runyard.types.type_hints import PLAIN, UNIONS, is_pydantic, schema_from_type_hint, shown


def fitted_to_hint(data: Any, hint: Any, *, is_from_json: bool = False, place: str = "the input") -> Any:
    """The data as a hint wants it; from JSON, texts become the bytes (of base64) and datetimes that they stand for."""
    if hint is Any:
        return data
    if is_pydantic(hint):
        return _pydantic(data, hint, place)
    if isinstance(hint, type) and hint in PLAIN:
        return _plain(data, hint, is_from_json, place)
    return _nested(data, hint, is_from_json, place)


def rows_of_frame(data: Any, hint: Any) -> Any:
    """A DataFrame as the list that a hint asks for: of its rows, or of its only column; other data as it is."""
    if not is_frame(data):
        return data
    if get_origin(hint) is not list:
        raise InvalidInput(f"a DataFrame becomes a list for a hint list[…], not for {shown(hint)}")
    item = get_args(hint)[0]
    labels: list[Any] = data.columns.tolist()
    if (item is dict or is_pydantic(item)) and labels != [0]:
        return _python(data.to_dict(orient="records"))
    if len(labels) != 1:
        raise InvalidInput(f"a DataFrame for the hint {shown(hint)} has one column, got {len(labels)}")
    return _python(data.iloc[:, 0].tolist())


def _pydantic(data: Any, model: Any, place: str) -> Any:
    import pydantic

    if not isinstance(data, dict | pydantic.BaseModel):
        raise InvalidInput(f"{place}: expected {shown(model)} or a dictionary, got {type_name(data)}")
    values = data if isinstance(data, dict) else data.model_dump()
    try:
        model.model_validate(values, strict=True)
        return model(**values) if isinstance(data, dict) else data
    except pydantic.ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, item['loc'])) or 'it'}: {item['msg']}" for item in error.errors(include_url=False)
        )
        raise InvalidInput(f"{place} is no {shown(model)}: {wrong}") from error


def _nested(data: Any, hint: Any, is_from_json: bool, place: str) -> Any:
    args = get_args(hint)

    def fitted(value: Any, kind: Any, where: str) -> Any:
        return fitted_to_hint(value, kind, is_from_json=is_from_json, place=where)

    match get_origin(hint):
        case origin if origin in UNIONS:
            known = [item for item in args if item is not NoneType]
            # A union of several is any data to a schema.
            is_optional = len(known) == 1 and len(args) == 2 and data is not None
            return fitted(data, known[0], place) if is_optional else data
        case origin if origin is list:
            _check(data, list, place)
            return [fitted(item, args[0], f"{place}[{at}]") for at, item in enumerate(data)]
        case origin if origin is dict:
            _check(data, dict, place)
            if odd := [key for key in data if not isinstance(key, str)]:
                raise InvalidInput(f"{place}: keys are strings, got {odd[0]!r}")
            return {key: fitted(item, args[1], f"{place}[{key!r}]") for key, item in data.items()}
    schema_from_type_hint(hint, is_input=False)  # says what is wrong with the hint
    return data


def _plain(data: Any, hint: type, is_from_json: bool, place: str) -> Any:
    if is_from_json and isinstance(data, str):
        try:
            if hint is bytes:
                return base64.decodebytes(bytes(data, "utf8"))
            if hint is dt.datetime:
                return dt.datetime.fromisoformat(data)
        except ValueError as error:
            raise InvalidInput(f"{place}: {data!r:.80} is no {hint.__name__}: {error}") from error
    _check(data, hint, place)
    return data


def _check(data: Any, kind: type, place: str) -> None:
    if not isinstance(data, kind):
        raise InvalidInput(f"{place}: expected {kind.__name__}, got {data!r:.80} of type {type_name(data)}")


def _python(data: Any) -> Any:
    """Lists for the arrays that tables may hold in their cells, and None for what is missing."""
    if is_array(data):
        data = data.tolist()
    if isinstance(data, list):
        return [_python(item) for item in data]
    if isinstance(data, dict):
        return {key: _python(item) for key, item in data.items()}
    return None if isinstance(data, float) and is_missing(data) else data
