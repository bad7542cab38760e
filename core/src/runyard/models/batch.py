"""Batch scoring: predictions for CSV, JSON lines, Parquet or a request, in chunks, whatever the size of the input."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO

import attrs

from runyard.environments import LOCAL
from runyard.errors import InvalidInput, RunyardError
from runyard.host import Host, default_host
from runyard.models.batch_answers import ALL, Beside
from runyard.models.batch_chunks import Chunk, Limits, Source, failing_row
from runyard.models.batch_csv import read_csv
from runyard.models.batch_isolated import Request, predict_isolated
from runyard.models.batch_json import read_json_lines, read_request
from runyard.models.batch_output import ReplyWriter, TableWriter, Writer
from runyard.models.batch_parquet import open_parquet, read_parquet
from runyard.models.batch_streams import PathLike, chosen_format, opened_input, opened_output, size_of
from runyard.models.pyfunc import PyFuncModel, load_model
from runyard.types.kinds import is_frame


@attrs.frozen
class BatchProgress:
    """How far batch scoring is: rows, and how much of the input, in bytes or rows; no total where it is a stream."""

    rows: int
    done: int
    total: int | None
    in_bytes: bool


Report = Callable[[BatchProgress], None]


@attrs.frozen
class BatchResult:
    """What was scored."""

    rows: int
    chunks: int
    seconds: float
    output: str | None


def predict(
    model_uri: PathLike,
    input_data: Any = None,
    input_path: PathLike | None = None,
    content_type: str | None = None,
    output_path: PathLike | None = None,
    env_manager: str = "local",
    *,
    output_format: str | None = None,
    chunk_size: int | None = None,
    params: Mapping[str, Any] | None = None,
    columns_out: str | Sequence[str] = ALL,
    trust: bool | None = None,
    host: Host | None = None,
    report: Report | None = None,
) -> BatchResult:
    """Ask a model for predictions for data or for a file, and write them to a file, or to standard output.

    Args:
        model_uri: The model.
        input_data: What to predict for: whatever the model takes, or a CSV text for the content type `csv`.
        input_path: The file to predict for; standard input where neither is given.
        content_type: `json` (a request of the scoring protocol), `csv`, `jsonl` or `parquet`; by default what the
            file's suffix says, else `json`.
        output_path: The file to write, whole or not at all.
        env_manager: `local`, which loads the model into this process, or what makes the environment that the model asks
            for, in which another process predicts, such as `virtualenv`; `report` is not called then.
        output_format: `json` (the reply of the scoring protocol), `csv`, `jsonl` or `parquet`; by default what the
            suffix of the output says, else `json`.
        chunk_size: How many rows the model is asked for at once. By default what needs little memory, and all at once
            for a model whose rows may depend on each other.
        params: The model's params.
        columns_out: Which columns of the input stand beside the predictions: `all`, `none`, or names.
        trust: Whether the model may run code when it is loaded.
        host: Whose flavors and settings hold.
        report: Called after each chunk.

    Raises:
        InvalidInput: the input cannot be read or does not fit the model's signature; its line or row is named.
        RunyardError: the model fails.
    """
    if input_data is not None and input_path is not None:
        raise InvalidInput("give input_data or input_path, not both")
    given = chosen_format(content_type, input_path)
    wanted = chosen_format(output_format, output_path)
    beside = Beside.of(columns_out)
    if env_manager != LOCAL:
        request = Request(
            input_data=input_data,
            input_path=input_path,
            content_type=given,
            output_path=output_path,
            output_format=wanted,
            chunk_size=chunk_size,
            params=params,
            columns_out=columns_out,
        )
        host = host or default_host()
        return BatchResult(**predict_isolated(model_uri, request, env_manager, trust=trust, host=host))
    model = load_model(model_uri, trust=trust, host=host)
    limits = Limits.of(chunk_size, is_batchable=model.predictor.is_batchable)
    with opened_input(input_data, input_path, given) as (stream, name), opened_output(output_path, wanted) as out:
        source = _source(stream, name, given, model, limits)
        writer = _writer(wanted, out, beside, model)
        scoring = _Scoring(model, params, writer, report)
        return scoring.run(source, None if output_path is None else os.fspath(output_path))


class _Scoring:
    def __init__(
        self, model: PyFuncModel, params: Mapping[str, Any] | None, writer: Writer, report: Report | None
    ) -> None:
        self._model = model
        self._params = params
        self._writer = writer
        self._report = report

    def run(self, source: Source, output: str | None) -> BatchResult:
        began = time.monotonic()
        rows = chunks = 0
        for chunk in source.chunks:
            self._writer.write(chunk, None if chunk.count == 0 else self._answer(chunk))
            rows += 1 if chunk.count is None else chunk.count
            chunks += 1
            if self._report is not None:
                self._report(BatchProgress(rows, chunk.done, source.total, source.in_bytes))
        self._writer.close()
        return BatchResult(rows, chunks, time.monotonic() - began, output)

    def _answer(self, chunk: Chunk) -> Any:
        params = {**(chunk.params or {}), **(self._params or {})} or None
        try:
            return self._model.predict(chunk.data, params)
        except Exception as error:
            place = self._place_of_failure(chunk, params)
            if isinstance(error, InvalidInput):
                raise InvalidInput(f"{place}: {error}") from error
            raise RunyardError(f"{place}: the model fails: {type(error).__name__}: {error}") from error

    def _place_of_failure(self, chunk: Chunk, params: Mapping[str, Any] | None) -> str:
        """The first row that the model fails for by itself, where its rows are independent; else all rows."""
        if not is_frame(chunk.data) or not self._model.predictor.is_batchable:
            return chunk.where
        data = chunk.data

        def fails(start: int, end: int) -> bool:
            try:
                self._model.predict(data.iloc[start:end], params)
            except Exception:  # noqa: BLE001 - a model may raise anything
                return True
            return False

        row = failing_row(len(data), fails)
        return chunk.where if row is None else chunk.place(row, row + 1)


def _source(stream: BinaryIO, name: str, form: str, model: PyFuncModel, limits: Limits) -> Source:
    schema = model.metadata.get_input_schema()
    if form == "parquet":
        opened = open_parquet(stream, name)
        return Source(read_parquet(opened, name, schema, limits), opened.metadata.num_rows, in_bytes=False)
    total = size_of(stream)
    if form == "json":
        return Source(read_request(stream, name, model.metadata.signature), total)
    read = read_csv if form == "csv" else read_json_lines
    return Source(read(stream, name, schema, limits), total)


def _writer(form: str, stream: Any, beside: Beside, model: PyFuncModel) -> Writer:
    if form == "json":
        return ReplyWriter(stream)
    return TableWriter(form, stream, beside, model.metadata.get_output_schema())
