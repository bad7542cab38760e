"""Parquet for batch scoring: read in batches of rows, written in groups of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, BinaryIO

from runyard.errors import InvalidInput
from runyard.models.batch_chunks import Chunk, Column, Limits, column_specs, model_columns, needed
from runyard.types.columns import ColSpec
from runyard.types.datatypes import DataType
from runyard.types.schema import Schema

BUFFER = 1 << 20
GROUP_ROWS = 100_000
GROUP_SIZE = 32 << 20
_WHOLE = {DataType.integer, DataType.long}


def open_parquet(source: BinaryIO, file: str) -> Any:
    """A Parquet file that is read piece by piece.

    Raises:
        NotSupported: pyarrow is not installed.
        InvalidInput: it is no Parquet file.
    """
    parquet = needed("pyarrow.parquet", "Parquet")
    try:
        # Without a buffer a whole group of rows would be held, and a file may have but one.
        return parquet.ParquetFile(source, buffer_size=BUFFER, pre_buffer=False)
    except (needed("pyarrow", "Parquet").ArrowException, OSError) as error:
        raise InvalidInput(f"{file} is no Parquet file: {error}") from error


def read_parquet(opened: Any, file: str, schema: Schema | None, limits: Limits) -> Iterator[Chunk]:
    """The rows of a Parquet file as chunks; at least one, which may be empty."""
    pa = needed("pyarrow", "Parquet")
    needed("pandas", "batch scoring")
    names = opened.schema_arrow.names
    taken = model_columns(names, schema, file)
    whole = [name for name, spec in column_specs(taken, schema).items() if _is_whole(spec)]
    first = 1
    try:
        for batch in _batches(opened, limits):
            yield _chunk(batch, file, taken, whole, first)
            first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise InvalidInput(f"{file}, from row {first} on: {error}") from error
    if opened.metadata.num_rows == 0 and (limits.rows is not None or limits.size is not None):
        yield _chunk(opened.schema_arrow.empty_table(), file, taken, whole, first)


class ParquetWriter:
    """Writes tables with the columns and types of the first one, as groups of rows of a fair size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._pa = needed("pyarrow", "Parquet")
        self._parquet = needed("pyarrow.parquet", "Parquet")
        self._stream = stream
        self._writer: Any = None
        self._waiting: list[Any] = []

    def write(self, columns: Mapping[str, Column], place: str) -> None:
        """Write one chunk's columns; `place` names its rows where they do not fit those before.

        Raises:
            InvalidInput: they do not fit.
        """
        if self._writer is None:
            arrays = {name: self._array(values, None, name, place) for name, values in columns.items()}
            table = self._pa.table({name: self._told(array) for name, array in arrays.items()})
            self._writer = self._parquet.ParquetWriter(self._stream, table.schema)
        else:
            schema = self._writer.schema
            table = self._pa.table(
                {name: self._array(columns[name], schema.field(name).type, name, place) for name in schema.names},
                schema=schema,
            )
        self._waiting.append(table)
        if sum(table.num_rows for table in self._waiting) >= GROUP_ROWS or (
            sum(table.nbytes for table in self._waiting) >= GROUP_SIZE
        ):
            self._flush()

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        self._flush()
        if self._writer is not None:
            self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            table = self._pa.concat_tables(self._waiting)
            self._writer.write_table(table, row_group_size=max(1, table.num_rows))
            self._waiting.clear()

    def _array(self, values: Column, kind: Any, name: str, place: str) -> Any:
        pa = self._pa
        try:
            if isinstance(values, pa.Array | pa.ChunkedArray):
                return values if kind is None else values.cast(kind)
            return pa.array(values, type=kind, from_pandas=True)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            so_far = f"is {kind} in the rows before" if kind is not None else "has values of several types"
            raise InvalidInput(f"{place}: column {name!r} {so_far}: {_first_line(error)}") from error

    def _told(self, array: Any) -> Any:
        """A column of nothing but nulls as texts, for most of those that have no values yet get some."""
        return array.cast(self._pa.string()) if self._pa.types.is_null(array.type) else array


def _batches(opened: Any, limits: Limits) -> Iterator[Any]:
    if limits.rows is None and limits.size is None:
        yield opened.read()  # in batches, groups of rows would come apart
    else:
        yield from opened.iter_batches(batch_size=_batch_size(opened.metadata, limits))


def _batch_size(metadata: Any, limits: Limits) -> int:
    rows: int = metadata.num_rows if limits.rows is None else limits.rows
    if limits.size is not None and metadata.num_rows:
        groups = range(metadata.num_row_groups)
        size = sum(metadata.row_group(at).total_byte_size for at in groups) / metadata.num_rows
        rows = min(rows, int(limits.size / max(size, 1)))
    return max(1, rows)


def _chunk(batch: Any, file: str, taken: Sequence[str], whole: Sequence[str], first: int) -> Chunk:
    def place(start: int, end: int) -> str:
        return (
            f"{file}, row {first + start}" if end - start <= 1 else f"{file}, rows {first + start} to {first + end - 1}"
        )

    for name in whole:
        _refuse_nulls(batch.column(name), name, place)
    columns = {name: batch.column(name) for name in batch.schema.names}
    return Chunk(
        data=batch.select(list(taken)).to_pandas(maps_as_pydicts="strict"),
        count=batch.num_rows,
        place=place,
        raw=columns,
        typed=columns,
        done=first - 1 + batch.num_rows,
    )


def _refuse_nulls(column: Any, name: str, place: Any) -> None:
    """A missing value would make floats of whole numbers, and then the whole column would be refused."""
    if column.null_count:
        row = column.is_valid().index(False).as_py()
        raise InvalidInput(
            f"{place(row, row + 1)}: column {name!r}: the value is missing, and integers cannot hold that"
        )


def _is_whole(spec: Any) -> bool:
    return isinstance(spec, ColSpec) and spec.type in _WHOLE


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
