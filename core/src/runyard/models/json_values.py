"""Values of numpy, pandas and Python as JSON has them: bytes become base64, moments ISO text."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

from runyard.errors import InvalidInput
from runyard.types.kinds import is_array, is_frame, is_missing, is_numpy_scalar, is_series, type_name


def dumped(value: Any, *, indent: int | None = None) -> str:
    """The JSON text of a value; floats that JSON has no word for are written as Python reads them."""
    try:
        return json.dumps(value, default=_plain, indent=indent)
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"a value of type {type_name(value)} cannot be written as JSON: {error}") from error


def decoded_bytes(text: Any) -> bytes | None:
    """The bytes that a base64 text stands for; None for what is missing."""
    return None if is_missing(text) else base64.decodebytes(bytes(text, "utf8"))


def _plain(value: Any) -> Any:
    if is_array(value):
        return _plain_items(value)
    if is_numpy_scalar(value):
        return _moment(value) if value.dtype.kind == "M" else value.item()
    if isinstance(value, bytes | bytearray):
        return base64.encodebytes(value).decode("ascii")
    if is_missing(value):
        return None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if hasattr(type(value), "model_fields"):
        return value.model_dump()  # a pydantic object
    raise InvalidInput(f"a value of type {type_name(value)} cannot be written as JSON: {value!r:.80}")


def _plain_items(array: Any) -> Any:
    import numpy as np

    return np.datetime_as_string(array).tolist() if array.dtype.kind == "M" else array.tolist()


def _moment(value: Any) -> str:
    import numpy as np

    return str(np.datetime_as_string(value))


def predictions_json(predictions: Any, *, unwrapped: bool = False) -> str:
    """The reply of a scoring server: `{"predictions": …}`, rows of a table as records, what is missing as null."""
    plain = finite(plain_rows(predictions))
    return dumped(plain if unwrapped else {"predictions": plain})


def plain_rows(predictions: Any) -> Any:
    """Tables as a list of records and arrays as lists; anything else as it is."""
    if is_series(predictions):
        predictions = predictions.to_frame()
    if is_frame(predictions):
        return predictions.to_dict(orient="records")
    return _plain_items(predictions) if is_array(predictions) else predictions


def finite(value: Any) -> Any:
    """The same with null for NaN and infinities, which JSON does not know."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if is_array(value):
        return finite(_plain_items(value))
    if is_numpy_scalar(value) and value.dtype.kind == "f":
        return finite(value.item())
    return None if is_missing(value) else value
