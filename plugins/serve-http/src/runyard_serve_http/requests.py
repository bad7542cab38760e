"""What comes in: bodies of requests made into data that fits the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from io import BytesIO
from typing import Any

import attrs
import orjson
import simdjson

from runyard.errors import InvalidInput
from runyard.models.payload import LLM_KEYS, BadPayload, parse_payload
from runyard.models.payload_types import typed_frame
from runyard.models.signature import ModelSignature
from runyard.types.datatypes import DataType
from runyard.types.enforce import Enforcer, ParamEnforcer
from runyard_serve_http.layouts import ArrayLayout, Layout, layout_of
from runyard_serve_http.matrices import MatrixReader

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
MOST_CELLS = 1 << 27  # of a table that comes compressed
SPARSE = 1 << 20  # cells that a table of records may have beyond those that were sent


@attrs.define
class Question:
    """One request: data and params that fit the signature; `layout` is None where it is asked by itself."""

    data: Any
    params: Mapping[str, Any] | None
    rows: int
    layout: Layout | None
    is_unwrapped: bool = False
    is_streamed: bool = False


class Unsupported(Exception):
    """A content type that is not read; the text says which are."""


@attrs.define(eq=False, slots=False)
class RequestReader:
    """Reads requests for one model."""

    signature: ModelSignature | None
    takes: str

    def __attrs_post_init__(self) -> None:
        self._schema = self.signature.inputs if self.signature else None
        self._is_hinted = self.signature is not None and self.signature.is_signature_from_type_hint
        self._matrices = None if self._is_hinted else MatrixReader.of(self._schema, self.takes)
        self._check_params = ParamEnforcer(self.signature.params if self.signature else None)
        self._default_params = self._check_params(None)

    @property
    def is_prepared(self) -> bool:
        """Whether `read` has all that it needs; before, its first call imports pandas."""
        return "_check" in self.__dict__

    @cached_property
    def _check(self) -> Callable[[Any], Any]:
        import pandas  # noqa: ICN001, F401 - requests are made tables of

        return _as_it_is if self._schema is None else Enforcer(self._schema)

    def quick(self, body: bytes, kind: str, parser: simdjson.Parser) -> Question | None:
        """The question, where it is about plain numbers; None where `read` must look closer."""
        if self._matrices is None or kind != JSON:
            return None
        matrix = self._matrices.read(body, parser)
        if matrix is None:
            return None
        layout = self._matrices.layout or ArrayLayout(matrix.dtype, matrix.shape[1:])
        return Question(matrix, self._default_params, len(matrix), layout)

    def read(self, body: bytes, kind: str) -> Question:
        """The question that a body asks.

        Raises:
            InvalidInput: it is not what the model takes.
        """
        if kind == JSON:
            return self._json(body)
        try:
            frame = self._csv(body) if kind == CSV else _parquet(body)
            frame = frame if self._schema is None else typed_frame(frame, self._schema)
        except InvalidInput:
            raise
        except (ValueError, TypeError, OverflowError, OSError) as error:
            raise BadPayload(f"the request is no table of the type {kind}: {_line(error)}") from error
        return self._question(frame, None)

    def whole(self, body: bytes, kind: str) -> Question:
        """The question that a large body asks; for a thread of its own."""
        return self.quick(body, kind, simdjson.Parser()) or self.read(body, kind)

    def _json(self, body: bytes) -> Question:
        request = _loaded(body)
        if not isinstance(request, dict):
            raise BadPayload(
                "a request is a JSON object with one of dataframe_split, dataframe_records, instances or inputs, "
                f"got {_JSON_NAMES.get(type(request), 'null')}"
            )
        is_llm = not LLM_KEYS.isdisjoint(request)
        is_streamed = request.get("stream") is True
        _check_lengths(request.get("dataframe_split"))
        _check_density(request.get("dataframe_records"))
        _check_density(request.get("instances"))
        try:
            payload = parse_payload(
                request,
                self._schema,
                self.signature.params if self.signature else None,
                is_from_type_hint=self._is_hinted,
            )
        except RecursionError as error:
            raise BadPayload("the request is nested too deeply") from error
        return self._question(payload.data, payload.params, is_unwrapped=is_llm, is_streamed=is_streamed)

    def _question(self, data: Any, params: Any, *, is_unwrapped: bool = False, is_streamed: bool = False) -> Question:
        try:
            data = self._check(data)
            params = self._check_params(params)
        except InvalidInput:
            raise
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raise BadPayload(f"the data does not fit the model's signature: {_line(error)}") from error
        layout, rows = layout_of(data)
        return Question(data, params, rows, layout, is_unwrapped, is_streamed)

    def _csv(self, body: bytes) -> Any:
        import pandas as pd

        texts: dict[Any, Any] = {}
        if self._schema is not None and self._schema.has_input_names():
            texts = {spec.name: str for spec in self._schema if spec.type in {DataType.string, DataType.binary}}
        return pd.read_csv(BytesIO(body), dtype=texts or None)


_JSON_NAMES = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}


def kind_of(content_type: bytes | None) -> str:
    """The media type of a request.

    Raises:
        Unsupported: it is none that is read, or there is none.
    """
    types = f"{JSON}, {CSV}, {PARQUET}"
    if content_type is None:
        raise Unsupported(f"a request needs a Content-Type, one of: {types}")
    kind, *parameters = [part.strip() for part in content_type.decode("latin-1").split(";")]
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() != "charset":
            raise Unsupported(f"the content type has the parameter {name!r}; only charset is read")
        if value.strip('"').lower() not in {"utf-8", "utf8"}:
            raise Unsupported(f"the content type names the charset {value!r}; only utf-8 is read")
    if kind.lower() not in {JSON, CSV, PARQUET}:
        raise Unsupported(f"the content type {kind!r} is not read; send one of: {types}")
    return kind.lower()


def _loaded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass  # NaN and Infinity, which MLflow's clients send, are words for Python's reader only
    try:
        return json.loads(body)
    except RecursionError as error:
        raise BadPayload("the request is nested too deeply") from error
    except ValueError as error:
        raise BadPayload(f"the request is not JSON: {_line(error)}") from error


def _check_lengths(split: Any) -> None:
    """Refuse rows of different lengths, which pandas would fill up without a word."""
    rows = split.get("data") if isinstance(split, dict) else None
    if isinstance(rows, list) and len({len(row) for row in rows if isinstance(row, list)}) > 1:
        raise BadPayload("the rows of dataframe_split have different lengths")


def _check_density(records: Any) -> None:
    """Refuse records that share no keys: a table of them would be their square."""
    if not isinstance(records, list) or len(records) < 1000 or not all(isinstance(row, dict) for row in records):
        return
    sent = sum(map(len, records))
    cells = len(records) * len(set().union(*records))
    if cells > 16 * sent + SPARSE:
        raise BadPayload(f"the {len(records)} records have next to no keys in common; a table of them would be empty")


def _parquet(body: bytes) -> Any:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise BadPayload("this server reads no Parquet: pyarrow is not installed where it runs") from error
    file = parquet.ParquetFile(BytesIO(body))
    if file.metadata.num_rows * max(file.metadata.num_columns, 1) > MOST_CELLS:
        raise BadPayload(f"the table has more than {MOST_CELLS:,} cells; send it in parts")
    return file.read().to_pandas()


def _as_it_is(data: Any) -> Any:
    """What a model without a signature does to its input."""
    return data


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
