"""CSV for batch scoring: read row by row, its cells given the types of the model's signature."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

import attrs

from runyard.errors import InvalidInput
from runyard.models import batch_cells
from runyard.models.batch_chunks import Chunk, Limits, column_specs, model_columns, needed
from runyard.models.batch_streams import Counted
from runyard.types.schema import Schema

STEP = 500  # rows that are read before limits are looked at

Rows = list[list[str]]


def read_csv(source: BinaryIO, file: str, schema: Schema | None, limits: Limits) -> Iterator[Chunk]:
    """The rows of a CSV file with a line of names at its head, as chunks; at least one, which may be empty.

    Raises:
        InvalidInput: something cannot be read; it is named with its line.
    """
    return _CsvReader(source, file, limits).chunks(schema)


class _CsvReader:
    def __init__(self, source: BinaryIO, file: str, limits: Limits) -> None:
        self._bytes = Counted(source)
        # A quote that is not closed would take the rest of the file into one cell: strict refuses it.
        self._reader = csv.reader(io.TextIOWrapper(self._bytes.buffered(), "utf-8-sig", newline=""), strict=True)
        self._file = file
        self._limits = limits

    def chunks(self, schema: Schema | None) -> Iterator[Chunk]:
        header = self._rows(1)
        if not header:
            raise InvalidInput(f"{self._file} is empty; its first line has the names of the columns")
        names = header[0]
        columns = _Columns(names, schema, self._file)
        is_first = True
        while True:
            start = self._reader.line_num
            block = self._block()
            if not block and not is_first:
                return
            is_first = False
            lines = _Lines(self._file, start, self._reader.line_num, block)
            yield columns.chunk(lines, self._bytes.count)

    def _block(self) -> Rows:
        """The rows of the next chunk, blank lines among them."""
        limit, size = self._limits.rows, self._limits.size
        began = self._bytes.count
        rows: Rows = []
        while limit is None or len(rows) < limit:
            some = self._rows(STEP if limit is None else min(STEP, limit - len(rows)))
            rows += some
            if not some or (size is not None and self._bytes.count - began >= size):
                break
        return rows

    def _rows(self, count: int) -> Rows:
        try:
            return list(islice(self._reader, count))
        except csv.Error as error:
            advice = "; write Parquet or JSON lines" if "field limit" in str(error) else ""
            raise InvalidInput(f"{self._file}, line {self._reader.line_num}: {error}{advice}") from error
        except UnicodeDecodeError as error:
            near = self._reader.line_num + 1
            raise InvalidInput(f"{self._file}, from line {near} on: not UTF-8: {error.reason}") from error


@attrs.frozen
class _Lines:
    """The rows of a chunk and the lines they stand on; a row may take several lines."""

    file: str
    start: int  # the lines before the first row
    end: int
    block: Rows

    @property
    def rows(self) -> Rows:
        return [row for row in self.block if row] if [] in self.block else self.block

    def number(self, position: int) -> int:
        """The line on which a row begins."""
        if self.end - self.start == len(self.block) and [] not in self.block:
            return self.start + 1 + position
        line, seen = self.start, -1
        for row in self.block:
            seen += bool(row)
            if row and seen == position:
                break
            line += 1 + sum(cell.count("\n") for cell in row)
        return line + 1

    def place(self, start: int, end: int) -> str:
        if end - start <= 1:
            return f"{self.file}, line {self.number(start)}"
        return f"{self.file}, lines {self.number(start)} to {self.number(end - 1)}"


class _Columns:
    """The columns of a file, those that the model takes with the types of its signature, else of the first chunk."""

    def __init__(self, names: Sequence[str], schema: Schema | None, file: str) -> None:
        self._names = list(names)
        self._taken = model_columns(self._names, schema, file)
        self._specs = column_specs(self._taken, schema)
        self._is_inferred = schema is None
        self._frame = needed("pandas", "batch scoring").DataFrame
        self._parsers: dict[str, batch_cells.Parse] | None = None

    def chunk(self, lines: _Lines, done: int) -> Chunk:
        rows = lines.rows
        self._check_widths(rows, lines)
        cells = zip(*rows, strict=True) if rows else ((),) * len(self._names)
        raw: dict[str, Sequence[str]] = dict(zip(self._names, cells, strict=True))
        values = self._values(raw, lines)
        return Chunk(
            data=self._frame(values, copy=False),
            count=len(rows),
            place=lines.place,
            raw=raw,
            typed={**raw, **values},
            done=done,
        )

    def _check_widths(self, rows: Rows, lines: _Lines) -> None:
        width = len(self._names)
        if set(map(len, rows)) - {width}:
            position = next(at for at, row in enumerate(rows) if len(row) != width)
            raise InvalidInput(
                f"{lines.place(position, position)}: {len(rows[position])} cells, the line of names has {width}"
            )

    def _values(self, raw: dict[str, Sequence[str]], lines: _Lines) -> dict[str, Any]:
        if self._parsers is None:
            if self._is_inferred:
                self._specs = {name: batch_cells.inferred(raw[name]) for name in self._taken}
            self._parsers = {name: batch_cells.parser(spec) for name, spec in self._specs.items()}
        values = {}
        for name, parse in self._parsers.items():
            try:
                values[name] = parse(raw[name])
            except batch_cells.BadCell as error:
                advice = "; it was so far: give the model a signature, see runyard.models.set_signature"
                place = lines.place(error.index, error.index)
                raise InvalidInput(f"{place}: column {name!r}: {error}{advice if self._is_inferred else ''}") from error
        return values
