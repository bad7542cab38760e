"""How far a transfer is."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, cast

import attrs

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


@attrs.frozen
class Progress:
    """How far a transfer is, told after every piece of a file and at the end of each file."""

    path: str
    files: int
    total_files: int
    size: int
    total_size: int


Report = Callable[[Progress], None]


class Meter:
    """Counts what has been moved and tells the caller; used by several threads."""

    def __init__(self, report: Report | None, files: int = 0, size: int = 0) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._progress = Progress("", 0, files, 0, size)

    @property
    def is_told(self) -> bool:
        """Whether anybody wants to know."""
        return self._report is not None

    def add(self, path: str, *, size: int = 0, files: int = 0) -> None:
        if self._report is None:
            return
        with self._lock:
            now = self._progress
            self._progress = attrs.evolve(now, path=path, files=now.files + files, size=now.size + size)
            self._report(self._progress)


class Metered:
    """Tells a meter what is read from a stream, each byte once, however often a store reads it."""

    def __init__(self, source: BinaryIO, path: str, meter: Meter) -> None:
        self._source = source
        self._path = path
        self._meter = meter
        self._position = 0  # bytes after where it began
        self._counted = 0
        self._start = source.tell() if source.seekable() else 0

    @property
    def stream(self) -> BinaryIO:
        """What is to be read; the stream itself where nobody is told, as stores copy plain files faster."""
        return cast("BinaryIO", self) if self._meter.is_told else self._source

    def take_back(self) -> None:
        """Uncount what was read, as it will be read again."""
        self._meter.add(self._path, size=-self._counted)
        self._counted = 0

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self._position += len(content)
        if self._position > self._counted:
            self._meter.add(self._path, size=self._position - self._counted)
            self._counted = self._position
        return content

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)

    def fileno(self) -> int:
        return self._source.fileno()

    def seekable(self) -> bool:
        return self._source.seekable()

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        place = self._source.seek(offset, whence)
        self._position = place - self._start
        return place
