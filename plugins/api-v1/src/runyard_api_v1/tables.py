"""Pages of tables in CSV, TSV, JSON, JSON lines and Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import attrs
import orjson

from runyard.protocols.artifacts import ArtifactStore

PARQUET = "application/vnd.apache.parquet"
MAX_COLUMNS = 500
MAX_CELL = 1_000  # characters
MAX_ROW_GROUP = 64 << 20  # bytes that are unpacked for a preview


class Unreadable(Exception):
    """A file that is not what its name says."""


@attrs.frozen
class Head:
    """Some rows, and where those after them begin: a byte of a text, a row of what is no text; None at the end."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total_rows: int | None
    truncated: bool
    next: int | None = None


def is_text(data: bytes) -> bool:
    """Whether the head of a file reads as text."""
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 4  # a character that was cut
    return True


def of_json(data: bytes, limit: int, first: int = 0) -> Head | None:
    """JSON as a table: a list of objects, or `columns` and `data` as MLflow's tables have them; None for other JSON.

    Raises:
        Unreadable: it is no JSON.
    """
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON that can be read: {error}") from error
    if isinstance(found, dict):
        columns, rows = found.get("columns"), found.get("data")
        if not isinstance(columns, list) or not isinstance(rows, list):
            return None
        if not all(isinstance(row, list) and len(row) == len(columns) for row in rows):
            return None
        return _page([str(one) for one in columns], rows, limit, first)
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        columns = list(dict.fromkeys(key for record in found[:MAX_COLUMNS] for key in record))
        return _page(columns, [[record.get(column) for column in columns] for record in found], limit, first)
    return None


@attrs.frozen
class Text:
    """A part of a table's text: what stands at its very beginning, and the bytes that are to be read."""

    head: bytes
    data: bytes
    start: int
    is_cut: bool  # whether there is more after `data`

    @property
    def lines(self) -> list[bytes]:
        """Whole lines; one that was cut is left out, but for one that is all there is."""
        lines = self.data.splitlines(keepends=True)
        return lines[:-1] if self.is_cut and len(lines) > 1 else lines


def _of_separated(separator: str) -> Callable[[Text, int], Head]:
    def read(text: Text, limit: int) -> Head:
        if not is_text(text.data):
            raise Unreadable("it is no text in UTF-8")
        try:
            return _separated(text, limit, separator)
        except csv.Error as error:
            raise Unreadable(f"it cannot be read as a table: {error}") from error

    return read


def _separated(text: Text, limit: int, separator: str) -> Head:
    lines, used = iter(text.lines), [0, 0]  # lines and bytes

    def decoded() -> Iterator[str]:
        for line in lines:
            used[0] += 1
            used[1] += len(line)
            yield line.decode("utf-8-sig" if text.start == 0 and used[0] == 1 else "utf-8", "replace")

    reader = csv.reader(decoded(), delimiter=separator)
    columns = next(reader, None) if text.start == 0 else _first_record(text.head, separator)
    if columns is None:
        return Head((), (), 0, truncated=False)
    rows: list[list[str]] = []
    end, total, is_over = used[1], len(text.lines), False
    for row in reader:
        is_broken = text.is_cut and used[0] == total and row and used[1] - end > len(text.lines[-1])
        if len(rows) == limit or is_broken:  # a record of several lines whose end may be missing
            break
        if row:
            rows.append(row)
        end = used[1]
    else:
        is_over = not text.is_cut
    after = None if is_over or not rows else text.start + end
    known = len(rows) if is_over and text.start == 0 else None
    if known is None and text.start == 0 and not text.is_cut:
        known = len(rows) + 1 + sum(1 for row in reader if row)
    return attrs.evolve(_shown(columns, rows, known, after), truncated=text.is_cut or after is not None)


def _first_record(head: bytes, separator: str) -> list[str]:
    return next(csv.reader(io.StringIO(head.decode("utf-8-sig", "replace")), delimiter=separator), [])


def _of_lines(text: Text, limit: int) -> Head:
    used, lines = 0, text.lines
    records: list[dict[str, Any]] = []
    for line in lines:
        if len(records) == limit:
            break
        used += len(line)
        if line.strip():
            records.append(_record(line))
    is_over = not text.is_cut and used == len(text.data)
    columns = list(dict.fromkeys(key for record in records for key in record))
    rows = [[record.get(column) for column in columns] for record in records]
    whole = sum(1 for line in lines if line.strip())
    total = whole if text.start == 0 and not text.is_cut else None
    return _shown(columns, rows, total, None if is_over or not rows else text.start + used)


def _record(line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"a line of it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("its lines are not all objects")
    return found


READERS: Mapping[str, Callable[[Text, int], Head]] = MappingProxyType(
    {"text/csv": _of_separated(","), "text/tab-separated-values": _of_separated("\t"), "application/jsonl": _of_lines}
)


def parquet(store: ArtifactStore, path: str, size: int | None, limit: int, first: int = 0) -> Head:
    """Some rows of a Parquet file.

    Raises:
        Unreadable: pyarrow is not installed, or this is no Parquet, or a row group is too large for a preview.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet as files
    except ImportError:
        raise Unreadable("the server has no pyarrow, which reads Parquet; install it beside the server") from None
    if size is None:
        raise Unreadable("its store does not say how large it is")
    try:
        file = files.ParquetFile(io.BufferedReader(_Ranges(store, path, size), 64 << 10))
        columns, total = file.schema_arrow.names[:MAX_COLUMNS], file.metadata.num_rows
        rows = _rows_of(file, columns, limit, first) if first < total else []
    except (pa.ArrowException, ValueError, OSError) as error:
        raise Unreadable(f"it cannot be read as Parquet: {error}") from error
    return _shown(columns, rows, total, first + len(rows) if first + len(rows) < total else None)


def _rows_of(file: Any, columns: Sequence[str], limit: int, first: int) -> list[list[Any]]:
    """Rows of the row group that has the first one; a page ends where that does."""
    group, before = 0, 0
    while before + file.metadata.row_group(group).num_rows <= first:
        before += file.metadata.row_group(group).num_rows
        group += 1
    if file.metadata.row_group(group).total_byte_size > MAX_ROW_GROUP:
        raise Unreadable("a row group of it is too large for a preview; download it")
    skipped = first - before
    rows: list[list[Any]] = []
    for batch in file.iter_batches(max(limit, 1_000), row_groups=[group], columns=columns):
        rows += [list(row.values()) for row in batch.slice(skipped, limit - len(rows)).to_pylist()]
        skipped = max(skipped - batch.num_rows, 0)
        if len(rows) == limit:
            break
    return rows


class _Ranges(io.RawIOBase):
    """A file that is read in ranges, for readers that jump about."""

    def __init__(self, store: ArtifactStore, path: str, size: int) -> None:
        self._store = store
        self._path = path
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(self._size - self._at, 0))
        if not wanted:
            return 0
        with self._store.open(self._path, start=self._at, length=wanted) as stream:
            data = stream.read()
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def _page(columns: Sequence[str], rows: Sequence[Sequence[Any]], limit: int, first: int) -> Head:
    """Some of all rows."""
    end = first + limit
    return _shown(columns, rows[first:end], len(rows), end if end < len(rows) else None)


def _shown(columns: Sequence[str], rows: Sequence[Sequence[Any]], total: int | None, after: int | None) -> Head:
    cells = [[_cell(value) for value in row[:MAX_COLUMNS]] for row in rows]
    is_cut = after is not None or len(columns) > MAX_COLUMNS
    return Head([str(one) for one in columns[:MAX_COLUMNS]], cells, total, is_cut, after)


def _cell(value: Any) -> Any:
    """A value as JSON has it, short."""
    if value is None or isinstance(value, bool | int):
        return value if value is None or abs(value) < 2**63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = value if isinstance(value, str) else repr(value) if isinstance(value, bytes) else _written(value)
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}… ({len(text):,} characters)"


def _written(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return str(value)
