"""What batch scoring writes: CSV, JSON lines, Parquet, or the reply of the scoring protocol."""

from __future__ import annotations

import base64
import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, Protocol

from runyard.errors import InvalidInput
from runyard.models.batch_answers import Beside, no_predictions, prediction_columns
from runyard.models.batch_chunks import Chunk, Column
from runyard.models.batch_parquet import ParquetWriter
from runyard.models.json_values import dumped, finite, predictions_json
from runyard.types.kinds import is_array, is_missing, is_numpy_scalar, is_series
from runyard.types.schema import Schema


class Writer(Protocol):
    """Writes chunks with their predictions, one after the other."""

    def write(self, chunk: Chunk, answer: Any) -> None: ...

    def close(self) -> None:
        """Write the end, of a file that is whole; the stream stays open."""


class TableWriter:
    """Writes predictions as columns, beside those of the input."""

    def __init__(self, form: str, stream: IO[bytes], beside: Beside, outputs: Schema | None) -> None:
        forms: dict[str, type[_Csv | _JsonLines | _Parquet]] = {"csv": _Csv, "jsonl": _JsonLines, "parquet": _Parquet}
        self._form = forms[form](stream)
        self._beside = beside
        self._outputs = outputs.input_names() if outputs and outputs.has_input_names() else None

    def write(self, chunk: Chunk, answer: Any) -> None:
        kept = self._beside.chosen(chunk)
        is_empty = chunk.count == 0
        predicted = no_predictions(self._outputs, kept) if is_empty else prediction_columns(answer, chunk, kept)
        self._form.write(chunk, kept, predicted)

    def close(self) -> None:
        self._form.close()


class ReplyWriter:
    """Writes `{"predictions": …}` as a scoring server replies; rows of several chunks become one list."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._has_items = False
        self._end: bytes | None = None

    def write(self, chunk: Chunk, answer: Any) -> None:
        text = b"[]" if chunk.count == 0 else predictions_json(answer, unwrapped=True).encode()
        is_list = text.startswith(b"[") and not chunk.is_unwrapped
        if self._end is None:
            self._stream.write(b"" if chunk.is_unwrapped else b'{"predictions": ')
            self._end = b"\n" if chunk.is_unwrapped else b"]}\n" if is_list else b"}\n"
            self._stream.write(b"[" if is_list else text)
        elif not (is_list and self._end == b"]}\n"):
            raise InvalidInput(
                f"{chunk.where}: the predictions of several chunks become one reply only if they are lists; "
                "choose another format or a larger chunk size"
            )
        if is_list and text != b"[]":
            self._stream.write((b", " if self._has_items else b"") + text[1:-1])
            self._has_items = True

    def close(self) -> None:
        self._stream.write(self._end or b"")


class _Csv:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._names: list[str] | None = None

    def write(self, chunk: Chunk, kept: Sequence[str], predicted: Mapping[str, Column]) -> None:
        names = [*kept, *predicted]
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        if self._names is None:
            self._names = names
            writer.writerow(names)
        same_names(self._names, names, chunk)
        columns = {**{name: chunk.raw[name] for name in kept if name in chunk.raw}, **predicted}
        texts = [_texts(columns[name]) if name in columns else [""] * (chunk.count or 0) for name in self._names]
        writer.writerows(zip(*texts, strict=True))
        self._stream.write(lines.getvalue().encode("utf-8", "surrogateescape"))

    def close(self) -> None:
        self._stream.flush()


class _JsonLines:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, chunk: Chunk, kept: Sequence[str], predicted: Mapping[str, Column]) -> None:
        answers = _records({name: _plain(values) for name, values in predicted.items()})
        if chunk.records is not None and kept:
            wanted = set(kept)
            own: Iterable[dict[str, Any]] = (
                {name: finite(value) for name, value in record.items() if name in wanted} for record in chunk.records
            )
        else:
            own = _records({name: _plain(chunk.typed[name]) for name in kept})
        rows = ({**row, **answer} for row, answer in zip(own, answers, strict=True)) if kept else answers
        self._stream.writelines(dumped(row).encode() + b"\n" for row in rows)

    def close(self) -> None:
        self._stream.flush()


class _Parquet:
    def __init__(self, stream: IO[bytes]) -> None:
        self._writer = ParquetWriter(stream)
        self._names: list[str] | None = None

    def write(self, chunk: Chunk, kept: Sequence[str], predicted: Mapping[str, Column]) -> None:
        names = [*kept, *predicted]
        self._names = self._names or names
        same_names(self._names, names, chunk)
        columns = {**{name: chunk.typed[name] for name in kept if name in chunk.typed}, **predicted}
        missing = [None] * (chunk.count or 0)
        self._writer.write({name: columns.get(name, missing) for name in self._names}, chunk.where)

    def close(self) -> None:
        self._writer.close()


def same_names(first: Sequence[str], now: Sequence[str], chunk: Chunk) -> None:
    """Refuse columns that the first chunk did not have, for the table is begun without them."""
    known = set(first)
    if late := [name for name in now if name not in known]:
        raise InvalidInput(
            f"{chunk.where}: the column {late[0]!r} was not there in the rows before; name the columns to write "
            "(--columns-out), write JSON lines, or take larger chunks"
        )


def _records(columns: Mapping[str, Sequence[Any]]) -> Iterable[dict[str, Any]]:
    names = list(columns)
    return (dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _plain(values: Column) -> list[Any]:
    """A column as JSON has it, with null for NaN and infinities."""
    if hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif is_series(values):
        values = values.to_numpy()
    if is_array(values) and values.dtype.kind == "M":
        import pandas as pd

        return [None if pd.isna(value) else value.isoformat() for value in pd.Series(values)]
    if is_array(values) and values.dtype.kind in "fiub":
        plain: list[Any] = values.tolist()
        return plain if values.dtype.kind != "f" else [value if value - value == 0 else None for value in plain]
    return [finite(value) for value in values]


def _texts(values: Column) -> Sequence[Any]:
    """A column as a CSV file has it."""
    if isinstance(values, tuple):
        return values  # the texts of another CSV file, as they are
    if hasattr(values, "to_pylist"):
        values = values.to_pylist()
    elif is_series(values):
        values = values.to_numpy() if values.dtype.kind in "fiu" else values.tolist()
    if is_array(values) and str(values.dtype) in {"float64", "int64"}:
        values = values.tolist()
    return [_text(value) for value in values]


def _text(value: Any) -> Any:
    if is_missing(value.item() if is_numpy_scalar(value) else value):
        return ""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dict | list | tuple) or is_array(value):
        return dumped(finite(value))
    return value
