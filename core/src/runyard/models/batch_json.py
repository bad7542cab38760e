"""JSON for batch scoring: a file of lines, each one row, or one request of the scoring protocol."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from runyard.errors import InvalidInput
from runyard.models.batch_chunks import Chunk, Limits, failing_row, model_columns, needed
from runyard.models.batch_streams import Counted
from runyard.models.payload import BadPayload, parse_payload
from runyard.models.payload_types import typed_frame
from runyard.models.signature import ModelSignature
from runyard.types.kinds import is_frame, type_name
from runyard.types.schema import Schema

Record = Mapping[str, Any]


def read_json_lines(source: BinaryIO, file: str, schema: Schema | None, limits: Limits) -> Iterator[Chunk]:
    """The objects of a file with one on each line, as chunks; at least one, which may be empty.

    Raises:
        InvalidInput: something cannot be read; it is named with its line.
    """
    needed("pandas", "batch scoring")
    counted = Counted(source)
    lines = enumerate(counted.buffered(), 1)
    yielded = False
    while block := list(_block(lines, counted, limits)):
        numbers = [number for number, line in block if line.strip()]
        records = [_record(line, f"{file}, line {number}") for number, line in block if line.strip()]
        if records:
            yield _chunk(records, numbers, file, schema, counted.count)
            yielded = True
    if not yielded:
        yield _chunk([], [], file, None, counted.count)


def read_request(source: BinaryIO, file: str, signature: ModelSignature | None) -> Iterator[Chunk]:
    """What a request of the scoring protocol asks for, as one chunk.

    Raises:
        InvalidInput: it is none.
    """
    counted = Counted(source)
    try:
        payload = parse_payload(
            counted.readall() or b"",
            signature.inputs if signature else None,
            signature.params if signature else None,
            is_from_type_hint=signature is not None and signature.is_signature_from_type_hint,
        )
    except BadPayload as error:
        raise InvalidInput(f"{file}: {error}") from error
    data = payload.data
    columns = {str(name): data[name] for name in data.columns} if is_frame(data) else {}
    yield Chunk(
        data=data,
        count=len(data) if is_frame(data) else None,
        place=lambda start, end: f"{file}, row {start + 1}" if end - start <= 1 and is_frame(data) else file,
        raw=columns,
        typed=columns,
        params=payload.params,
        is_unwrapped=payload.is_unwrapped,
        done=counted.count,
    )


def _block(lines: Iterator[tuple[int, bytes]], counted: Counted, limits: Limits) -> Iterator[tuple[int, bytes]]:
    began = counted.count
    for taken, numbered in enumerate(lines, 1):
        yield numbered
        if taken == limits.rows or (limits.size is not None and counted.count - began >= limits.size):
            return


def _record(line: bytes, place: str) -> Record:
    try:
        value = json.loads(line)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidInput(f"{place}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidInput(f"{place}: each line is an object with a value for each column, got {type_name(value)}")
    return value


def _chunk(records: Sequence[Record], numbers: Sequence[int], file: str, schema: Schema | None, done: int) -> Chunk:
    def place(start: int, end: int) -> str:
        if not numbers:
            return file
        if end - start <= 1:
            return f"{file}, line {numbers[start]}"
        return f"{file}, lines {numbers[start]} to {numbers[end - 1]}"

    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: [record.get(name) for record in records] for name in names}
    taken = model_columns(names, schema, place(0, len(records)) if records else file)
    return Chunk(
        data=_typed(columns, taken, schema, place),
        count=len(records),
        place=place,
        raw=columns,
        typed=columns,
        records=records,
        done=done,
    )


def _typed(columns: Mapping[str, list[Any]], taken: Sequence[str], schema: Schema | None, place: Any) -> Any:
    import pandas as pd

    frame = pd.DataFrame({name: columns[name] for name in taken})
    if schema is None:
        return frame

    def fails(start: int, end: int) -> bool:
        try:
            typed_frame(pd.DataFrame({name: columns[name][start:end] for name in taken}), schema)
        except BadPayload:
            return True
        return False

    try:
        return typed_frame(frame, schema)
    except BadPayload as error:
        row = failing_row(len(frame), fails)
        where = place(0, len(frame)) if row is None else place(row, row + 1)
        raise InvalidInput(f"{where}: {error}") from error
