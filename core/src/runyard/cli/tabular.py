"""Write rows as CSV, JSON or Parquet; a file appears whole or not at all."""

from __future__ import annotations

import csv
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from runyard.cli import output
from runyard.errors import InvalidInput, NotSupported
from runyard.whole_files import whole_file

Row = Mapping[str, Any]
FORMATS = ("csv", "json", "parquet")
GROUP = 100_000  # rows that Parquet keeps together


def write_table(rows: Iterable[Row], columns: Sequence[str], form: str, file: Path | None) -> int:
    """Write rows to a file, to standard output where there is none; how many there were.

    Raises:
        InvalidInput: the file cannot be written, or Parquet is asked for on a terminal.
        NotSupported: Parquet is asked for and pyarrow is not installed.
    """
    write = _writer(form)
    if file is None:
        if form == "parquet" and output.interactive():
            raise InvalidInput("Parquet is not for a terminal; add --output FILE")
        with _binary(sys.stdout) as stream:
            return write(rows, columns, stream)
    with whole_file(file) as stream:
        return write(rows, columns, stream)


def _writer(form: str) -> Callable[[Iterable[Row], Sequence[str], IO[bytes]], int]:
    if form == "parquet":
        try:
            import pyarrow.parquet  # noqa: F401 - before anything is written
        except ImportError as error:
            raise NotSupported("Parquet needs the package pyarrow: pip install pyarrow") from error
        return _write_parquet
    return {"csv": _write_csv, "json": _write_json}[form]


def _write_csv(rows: Iterable[Row], columns: Sequence[str], stream: IO[bytes]) -> int:
    lines = _Lines(stream)
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_csv_value(row.get(column)) for column in columns])
        count += 1
    return count


def _write_json(rows: Iterable[Row], columns: Sequence[str], stream: IO[bytes]) -> int:  # noqa: ARG001
    count = 0
    stream.write(b"[")
    for row in rows:
        stream.write((",\n" if count else "\n").encode() + output.json_text(row, indent=None).encode())
        count += 1
    stream.write(b"\n]\n")
    return count


def _write_parquet(rows: Iterable[Row], columns: Sequence[str], stream: IO[bytes]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    schema = pa.schema([(column, _arrow_type(pa, column)) for column in columns])
    count = 0
    with parquet.ParquetWriter(stream, schema) as writer:
        for group in _groups(rows):
            data = {column: [row.get(column) for row in group] for column in columns}
            writer.write_table(pa.table(data, schema=schema))
            count += len(group)
    return count


def _arrow_type(pa: Any, column: str) -> Any:
    if column in {"step", "timestamp", "start_time", "end_time"}:
        return pa.int64()
    return pa.float64() if column == "value" or column.startswith("metrics.") else pa.string()


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    iterator = iter(rows)
    while group := list(itertools.islice(iterator, GROUP)):
        yield group


def _csv_value(value: Any) -> Any:
    return output.plain(value) if isinstance(value, float) else value


class _Lines:
    """What csv writes text to, as bytes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(text.encode("utf-8", "surrogateescape"))


@contextmanager
def _binary(stream: IO[str]) -> Iterator[IO[bytes]]:
    stream.flush()
    yield stream.buffer  # type: ignore[attr-defined]
    stream.buffer.flush()  # type: ignore[attr-defined]
