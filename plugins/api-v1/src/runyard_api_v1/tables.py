"""First rows of tables in CSV, TSV, JSON, JSON lines and Parquet."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
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
    """The first rows, and whether there are more."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    total_rows: int | None
    truncated: bool


def is_text(data: bytes) -> bool:
    """Whether the head of a file reads as text."""
    if b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(data) - 4  # a character that was cut
    return True


def of_json(data: bytes, limit: int) -> Head | None:
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
        return _head([str(one) for one in columns], rows, limit, whole=True)
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        return _of_records(found, limit, whole=True)
    return None


def _of_separated(separator: str) -> Callable[[bytes, bool, int], Head]:
    def read(data: bytes, is_cut: bool, limit: int) -> Head:
        if not is_text(data):
            raise Unreadable("it is no text in UTF-8")
        text = (data[: data.rfind(b"\n") + 1] or data) if is_cut else data
        try:
            rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig", "replace")), delimiter=separator))
        except csv.Error as error:
            raise Unreadable(f"it cannot be read as a table: {error}") from error
        if not rows:
            return Head((), (), 0, truncated=False)
        return _head(rows[0], rows[1:], limit, whole=not is_cut)

    return read


def _of_lines(data: bytes, is_cut: bool, limit: int) -> Head:
    lines = data.split(b"\n")
    whole = [line for line in (lines[:-1] if is_cut else lines) if line.strip()]
    try:
        found = [orjson.loads(line) for line in whole[: limit + 1]]
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"a line of it is no JSON: {error}") from error
    if not all(isinstance(one, dict) for one in found):
        raise Unreadable("its lines are not all objects")
    head = _of_records(found, limit, whole=not is_cut)
    return attrs.evolve(head, total_rows=None if is_cut else len(whole))


READERS: Mapping[str, Callable[[bytes, bool, int], Head]] = MappingProxyType(
    {"text/csv": _of_separated(","), "text/tab-separated-values": _of_separated("\t"), "application/jsonl": _of_lines}
)


def parquet(store: ArtifactStore, path: str, size: int | None, limit: int) -> Head:
    """The first rows of a Parquet file.

    Raises:
        Unreadable: pyarrow is not installed, or this is no Parquet, or its first row group is too large for a preview.
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
        columns = file.schema_arrow.names[:MAX_COLUMNS]
        groups = file.metadata.num_row_groups
        if groups and file.metadata.row_group(0).total_byte_size > MAX_ROW_GROUP:
            raise Unreadable("its first row group is too large for a preview; download it")
        batch = next(file.iter_batches(limit, row_groups=[0], columns=columns), None) if groups else None
        rows = [list(row.values()) for row in batch.to_pylist()] if batch is not None else []
    except (pa.ArrowException, ValueError, OSError) as error:
        raise Unreadable(f"it cannot be read as Parquet: {error}") from error
    total = file.metadata.num_rows
    return Head(columns, [[_cell(value) for value in row] for row in rows], total, truncated=total > len(rows))


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


def _of_records(records: Sequence[dict[str, Any]], limit: int, *, whole: bool) -> Head:
    columns = list(dict.fromkeys(key for record in records[:limit] for key in record))
    rows = [[record.get(column) for column in columns] for record in records]
    return _head(columns, rows, limit, whole=whole)


def _head(columns: Sequence[str], rows: Sequence[Sequence[Any]], limit: int, *, whole: bool) -> Head:
    shown = [[_cell(value) for value in row[:MAX_COLUMNS]] for row in rows[:limit]]
    cut = not whole or len(rows) > limit or len(columns) > MAX_COLUMNS
    return Head([str(one) for one in columns[:MAX_COLUMNS]], shown, len(rows) if whole else None, truncated=cut)


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
