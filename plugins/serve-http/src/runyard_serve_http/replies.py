"""What goes out: predictions as JSON, and errors in MLflow's form."""

from __future__ import annotations

from typing import Any

import attrs
import orjson

from runyard.errors import InvalidInput, RunyardError
from runyard.models.json_values import predictions_json
from runyard.server.answers import Answer
from runyard.types.kinds import is_array

_PLAIN = (
    orjson.OPT_SERIALIZE_NUMPY
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_STATUS = {
    "BAD_REQUEST": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "NOT_IMPLEMENTED": 400,
    "PERMISSION_DENIED": 403,
    "TEMPORARILY_UNAVAILABLE": 503,
}


def encoded(predictions: Any, *, is_unwrapped: bool = False) -> bytes:
    """The body of a reply."""
    plain = predictions
    if is_array(predictions):
        kind = predictions.dtype
        # orjson writes a float32 with the digits that tell it from other float32, MLflow as the double that it is.
        plain = (
            predictions
            if kind.kind in "iub" or kind == "float64"
            else predictions.tolist()
            if kind.kind == "f"
            else None
        )
        if plain is not None and not predictions.flags.c_contiguous:
            plain = predictions.tolist()
    if plain is not None:
        try:
            return orjson.dumps(plain if is_unwrapped else {"predictions": plain}, option=_PLAIN)
        except orjson.JSONEncodeError:
            pass  # tables, moments, bytes and the like
    return predictions_json(predictions, unwrapped=is_unwrapped).encode()


@attrs.frozen
class Failures:
    """Errors as answers; where `stack_traces`, a model's own errors say where in its code they were."""

    stack_traces: bool = False

    def answer(self, error: BaseException) -> Answer:
        """The answer to a request that failed."""
        if isinstance(error, ModelFailed):
            extra = {"stack_trace": error.trace} if self.stack_traces else {}
            body = {"error_code": "BAD_REQUEST", "message": str(error), **extra}
            return Answer(400, orjson.dumps(body), b"application/json")
        if isinstance(error, RunyardError):
            code = error.code
            extra = {"error_class": "SCHEMA_ENFORCEMENT_FAILED"} if code == InvalidInput.code else {}
            body = {"error_code": code, "message": error.message, **extra}
            return Answer(_STATUS.get(code, 500), orjson.dumps(body), b"application/json")
        return Answer.error(500, "INTERNAL_ERROR", "the server failed at this request; its log says why")


class ModelFailed(Exception):
    """The model raised an error; the text is for clients, `trace` for those who may see its code."""

    def __init__(self, error: BaseException, trace: str) -> None:
        self.trace = trace
        # What a library says of the data helps its sender; of anything else the text may tell secrets.
        said = (
            f": {' '.join(str(error).split())[:1000]}" if isinstance(error, ValueError | TypeError | IndexError) else ""
        )
        super().__init__(f"the model failed for this input: {type(error).__name__}{said}")


def text(status: int, message: str) -> Answer:
    """A plain text."""
    return Answer(status, message.encode())
