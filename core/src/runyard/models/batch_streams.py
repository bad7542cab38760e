"""What batch scoring reads bytes from and writes them to: files and standard streams, and their formats."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from runyard.errors import InvalidInput
from runyard.models.examples import convert_input_example_to_serving_input
from runyard.whole_files import whole_file

PathLike = str | os.PathLike[str]

BUFFER = 1 << 18
SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
FORMATS = ("csv", "json", "jsonl", "parquet")


class Counted(io.RawIOBase):
    """A source that knows how many bytes were read from it; closing it leaves the source open."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._source.read(len(buffer))
        buffer[: len(content)] = content
        self.count += len(content)
        return len(content)

    def buffered(self) -> io.BufferedReader:
        return io.BufferedReader(self, BUFFER)


def chosen_format(form: str | None, path: PathLike | None) -> str:
    """The format that was asked for, else the one of a file's suffix, else `json`."""
    chosen = form or SUFFIXES.get(Path(path or "").suffix.lower(), "json")
    if chosen not in FORMATS:
        raise InvalidInput(f"no format {chosen!r}; there are {', '.join(FORMATS)}")
    return chosen


@contextmanager
def opened_input(data: Any, path: PathLike | None, form: str) -> Iterator[tuple[BinaryIO, str]]:
    """The input as a stream, and what messages call it."""
    if data is not None:
        yield io.BytesIO(_serialized(data, form)), "input_data"
        return
    if path is None:
        if form != "parquet":
            yield sys.stdin.buffer, "standard input"
            return
        with tempfile.TemporaryFile() as spooled:  # Parquet is read from its end
            while content := sys.stdin.buffer.read(1 << 20):
                spooled.write(content)
            spooled.seek(0)
            yield spooled, "standard input"
        return
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - closed below; errors of the body are not those of opening
    except OSError as error:
        raise InvalidInput(f"cannot read {os.fspath(path)}: {error.strerror}") from error
    with file:
        yield file, os.fspath(path)


def _serialized(data: Any, form: str) -> bytes:
    """The data as a server would be sent it."""
    if form == "json":
        return (convert_input_example_to_serving_input(data) or "").encode()
    if form != "csv":
        raise InvalidInput(f"input_data is sent as json or csv, not as {form}; give input_path for a file")
    if isinstance(data, str):
        return data.encode()
    import pandas as pd

    try:
        text: str = pd.DataFrame(data).to_csv(index=False)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"input_data cannot be made CSV: {error}") from error
    return text.encode()


@contextmanager
def opened_output(path: PathLike | None, form: str) -> Iterator[IO[bytes]]:
    """Where to write: a file that appears whole or not at all, or standard output."""
    if path is not None:
        with whole_file(Path(path)) as stream:
            yield stream
        return
    if form == "parquet" and sys.stdout.isatty():
        raise InvalidInput("Parquet is not for a terminal; write it to a file")
    sys.stdout.flush()
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


def size_of(stream: BinaryIO) -> int | None:
    """How many bytes an input has, None where that is not known before its end."""
    if isinstance(stream, io.BytesIO):
        return len(stream.getbuffer())
    status = os.fstat(stream.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None
