"""A part of a file as a stream of its own."""

from __future__ import annotations

from io import RawIOBase
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class FileRange(RawIOBase):
    """The next `length` bytes of a stream; closing it closes the stream."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        content = self._stream.read(min(len(view), self._left))
        view[: len(content)] = content
        self._left -= len(content)
        return len(content)

    def close(self) -> None:
        self._stream.close()
        super().close()
