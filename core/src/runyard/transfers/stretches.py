"""Large files in stretches, which are moved side by side and each again if need be."""

from __future__ import annotations

import os
from collections.abc import Sequence
from io import RawIOBase
from typing import TYPE_CHECKING, BinaryIO

import attrs

from runyard.errors import CorruptData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MIB = 1 << 20
LEAST = 8 * MIB  # bytes of a stretch; S3 takes no part below 5 MiB that is not the last
LARGE = 2 * LEAST  # bytes from which on a file is moved in stretches
MOST = 10_000  # parts of one upload in S3


@attrs.frozen
class Stretch:
    """Some bytes of a file; `number` counts from 1."""

    number: int
    start: int
    length: int


def is_large(size: int) -> bool:
    return size >= LARGE


def length_for(size: int) -> int:
    """Bytes of a stretch for a file of a size: whole MiB, the least with which there are not too many of them."""
    return max(LEAST, -(-size // (MOST * MIB)) * MIB)


def stretches(size: int, length: int) -> Sequence[Stretch]:
    """All of a file."""
    starts = range(0, size, length)
    return [Stretch(number, start, min(length, size - start)) for number, start in enumerate(starts, 1)]


class FileStretch(RawIOBase):
    """A stretch of an open file as a stream of its own; closing it closes the file."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        self._file = file
        self._start = start
        self._length = length
        self._position = 0
        file.seek(start)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        self._file.seek(self._start + self._position)
        return self._position

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._length - self._position)
        wanted = left if size is None or size < 0 else min(size, left)
        content = self._file.read(wanted)
        if len(content) < wanted:
            raise CorruptData("the file became shorter while it was sent")
        self._position += len(content)
        return content

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)

    def close(self) -> None:
        self._file.close()
        super().close()
