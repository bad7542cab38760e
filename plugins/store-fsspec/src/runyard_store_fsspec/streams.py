"""Files as streams: read in blocks, and copied with the faults of each side told apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, BinaryIO

from runyard.errors import CorruptData

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 4 << 20  # bytes asked for at once
SMALL = 1 << 16

Guard = Callable[[], AbstractContextManager[None]]
Fetch = Callable[[int, int], bytes]  # the bytes from one place to another


class Blocks(RawIOBase):
    """A part of a file, fetched block by block; without an end, until a block is short."""

    def __init__(self, fetch: Fetch, start: int, end: int | None, reading: Guard, close: Callable[[], None]) -> None:
        super().__init__()
        self._fetch = fetch
        self._position = start
        self._end = end
        self._reading = reading
        self._close = close
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        if not self._rest:
            self._rest = memoryview(self._next())
        size = min(len(view), len(self._rest))
        view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def readall(self) -> bytes:
        pieces = [bytes(self._rest)]
        self._rest = memoryview(b"")
        pieces += iter(self._next, b"")
        return b"".join(pieces)

    def close(self) -> None:
        if not self.closed:
            self._close()
        super().close()

    def _next(self) -> bytes:
        stop = self._position + BLOCK if self._end is None else min(self._position + BLOCK, self._end)
        if stop <= self._position:
            return b""
        with self._reading():
            block = self._fetch(self._position, stop)
            if len(block) < stop - self._position and self._end is not None:
                raise CorruptData(
                    f"a file ends at byte {self._position + len(block)} and not at {self._end}, as before: "
                    "it was replaced meanwhile, or its storage lost a part"
                )
        self._position += len(block)
        if self._end is None and len(block) < BLOCK:
            self._end = self._position
        return block


def opened(fetch: Fetch, start: int, end: int | None, reading: Guard, close: Callable[[], None]) -> BinaryIO:
    """A part of a file as a stream."""
    return BufferedReader(Blocks(fetch, start, end, reading, close), SMALL)


def copy(source: BinaryIO, write: Callable[[bytes], object], writing: Guard) -> int:
    """The number of bytes copied. Faults of the target happen within `writing()`, those of the source outside."""
    size = 0
    while chunk := source.read(BLOCK):
        with writing():
            write(chunk)
        size += len(chunk)
    return size


def exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """As many bytes as were asked for, fewer only at the end."""
    pieces = []
    while size and (piece := read(size)):
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
