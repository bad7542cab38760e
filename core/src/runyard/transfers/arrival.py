"""A large file that arrives in stretches: kept where the next try finds it, and read while it is not complete."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from io import RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

import attrs

from runyard.transfers.crcs import joined
from runyard.transfers.locks import lock
from runyard.transfers.stretches import Stretch, stretches

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ResultT = TypeVar("ResultT")

# Links are not followed, as the names can be guessed, and the folder may be open to others.
_CREATE = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_MARK = struct.Struct(">cI")  # of a stretch that has arrived: how it is checked, and its CRC-32 or 0


@attrs.define(eq=False)
class Partial:
    """The file, and beside it a mark for each stretch that says whether that has arrived."""

    _file: Path
    _final: Path
    _marks: Path | None
    _arrived: BinaryIO | None  # None where nobody will go on with it
    stretches: Sequence[Stretch]
    is_summed: bool  # whether the CRC-32 of each stretch is noted
    _done: dict[int, int] = attrs.field(factory=dict)  # the numbers of those that have arrived, with their CRC-32 or 0

    @classmethod
    @contextmanager
    def open(
        cls, kept: Path | None, final: Path, size: int, length: int, *, is_summed: bool = False
    ) -> Iterator[Partial]:
        """A file of a size that becomes `final`; with `kept` it is gone on with under that name.

        Where another process fetches the same, each fetches its own.
        """
        with ExitStack() as stack:
            marks = None if kept is None else kept.with_name(f"{kept.name}.arrived")
            arrived = None if marks is None else _locked(stack, marks)
            file = final if kept is None or arrived is None else kept
            partial = cls(file, final, marks, arrived, stretches(size, length), is_summed)
            partial._begin(size)
            yield partial

    def done(self) -> Sequence[Stretch]:
        return [stretch for stretch in self.stretches if self.has(stretch)]

    def has(self, stretch: Stretch) -> bool:
        return stretch.number in self._done

    def missing(self) -> Sequence[Stretch]:
        return [stretch for stretch in self.stretches if not self.has(stretch)]

    @contextmanager
    def place(self, stretch: Stretch) -> Iterator[RawIOBase]:
        """Where a stretch is to be written."""
        with self._file.open("r+b", buffering=0) as file:
            file.seek(stretch.start)
            yield file

    def note(self, stretch: Stretch, crc32: int) -> None:
        """Remember that a stretch has arrived; called one after the other."""
        self._done[stretch.number] = crc32
        if self._arrived is not None:
            self._arrived.seek((stretch.number - 1) * _MARK.size)
            self._arrived.write(_MARK.pack(self._kind, crc32))

    def crc32(self) -> int:
        """That of the whole file, where those of all stretches were noted."""
        return joined((self._done[stretch.number], stretch.length) for stretch in self.stretches)

    def read(self) -> BinaryIO:
        """The file, read from the system each time: what has not arrived must not be read ahead."""
        return cast("BinaryIO", self._file.open("rb", buffering=0))

    def finish(self) -> None:
        """Give it its name."""
        if self._file != self._final:
            self._file.replace(self._final)
        self._forget()

    def drop(self) -> None:
        """Never go on with it."""
        self._file.unlink(missing_ok=True)
        self._forget()

    def _begin(self, size: int) -> None:
        if self._arrived is not None and self._file.exists() and self._file.stat().st_size == size:
            marks = self._arrived.read(len(self.stretches) * _MARK.size)
            known = _MARK.iter_unpack(marks[: len(marks) // _MARK.size * _MARK.size])
            self._done = {number: crc32 for number, (kind, crc32) in enumerate(known, 1) if kind == self._kind}
            return
        if self._arrived is not None:
            self._arrived.truncate(0)
        with os.fdopen(os.open(self._file, _CREATE | os.O_TRUNC, 0o666), "r+b") as file:
            file.truncate(size)

    @property
    def _kind(self) -> bytes:
        return b"c" if self.is_summed else b"1"

    def _forget(self) -> None:
        if self._arrived is not None and self._marks is not None:
            self._marks.unlink(missing_ok=True)


@attrs.define(eq=False)
class Arrival:
    """Tells readers of a partial file what has arrived."""

    partial: Partial
    _changed: threading.Condition = attrs.field(factory=threading.Condition, init=False)
    _has_failed: bool = attrs.field(default=False, init=False)

    def note(self, stretch: Stretch, crc32: int) -> None:
        with self._changed:
            self.partial.note(stretch, crc32)
            self._changed.notify_all()

    def fail(self) -> None:
        """Nothing more arrives."""
        with self._changed:
            self._has_failed = True
            self._changed.notify_all()

    def wait(self, stretch: Stretch) -> bool:
        """Whether a stretch arrives."""
        with self._changed:
            while not self.partial.has(stretch) and not self._has_failed:
                self._changed.wait()
            return not self._has_failed

    def in_thread(self, use: Callable[[BinaryIO], ResultT]) -> Future[ResultT | None]:
        """What becomes of the content in a thread that reads it as it arrives; None where it does not arrive."""
        executor = ThreadPoolExecutor(1)
        try:
            return executor.submit(self._use, use)
        finally:
            executor.shutdown(wait=False)

    def _use(self, use: Callable[[BinaryIO], ResultT]) -> ResultT | None:
        try:
            with self.partial.read() as file:
                return use(cast("BinaryIO", _Arriving(self, file)))
        except _NeverArrived:
            return None


class _NeverArrived(Exception):
    """The rest does not come."""


class _Arriving(RawIOBase):
    """Reads a file from its start on, and waits for what has not arrived."""

    def __init__(self, arrival: Arrival, file: BinaryIO) -> None:
        self._arrival = arrival
        self._file = file
        self._left = 0
        self._coming = iter(arrival.partial.stretches)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        if not size:
            return b""
        if not self._left:
            stretch = next(self._coming, None)
            if stretch is None:
                return b""
            if not self._arrival.wait(stretch):
                raise _NeverArrived
            self._left = stretch.length
        content = self._file.read(min(size, self._left))
        self._left -= len(content)
        return content

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        content = self.read(len(view))
        view[: len(content)] = content
        return len(content)


def _locked(stack: ExitStack, place: Path) -> BinaryIO | None:
    """The file that says what has arrived, None where another process has it."""
    descriptor = os.open(place, _CREATE, 0o666)
    file = stack.enter_context(os.fdopen(descriptor, "r+b", buffering=0))
    return cast("BinaryIO", file) if lock(descriptor) else None
