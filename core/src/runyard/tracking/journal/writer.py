"""Writes the journal of this process: appends frames, begins new segments, survives a full disk and a fork."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from runyard.errors import RunyardError, StorageFull
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.format import Header, series_frame
from runyard.tracking.journal.ownership import OwnerLock, boot_id

SEGMENT_BYTES = 1 << 26
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)


class JournalWriter:
    """One process's journal, made when the first record is appended.

    `lock`, `descriptor`, `size` and `limit` are open to the hot path in `RunWriter`, which appends by itself. The lock
    is reentrant, for signal handlers log as well. Numbers of series are never used twice and are defined again in
    every segment, so a writer's table of them stays valid for the life of the process and in its children.
    """

    __slots__ = (
        "_base",
        "_definitions",
        "_next_series",
        "_on_open",
        "_owner",
        "_root",
        "descriptor",
        "destination",
        "folder",
        "limit",
        "lock",
        "size",
    )

    def __init__(
        self,
        root: Path,
        destination: str,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._root = root
        self.destination = destination
        self.limit = segment_bytes
        self._on_open = on_open
        self._definitions: dict[int, bytes] = {}
        self._next_series = 0
        self._forget_files()

    def _forget_files(self) -> None:
        self.lock = threading.RLock()
        self.descriptor = -1
        self.size = 0  # roughly: says when to begin a new segment, never where a record lies
        self.folder: JournalFolder | None = None
        self._base = 0
        self._owner: OwnerLock | None = None

    def append(self, frames: bytes) -> None:
        """Append whole frames with one write.

        Raises:
            StorageFull: there is no room; nothing was written, and appending works again when there is.
        """
        with self.lock:
            if self.descriptor < 0:
                self._open()
            try:
                written = os.write(self.descriptor, frames)
            except OSError as error:
                raise self._failure(error) from error
            if written != len(frames):
                self.undo(written)
            self.size += written
            if self.size >= self.limit:
                self.begin_segment()

    def undo(self, written: int) -> NoReturn:
        """Take back what a short write left behind; the caller holds the lock."""
        size = os.fstat(self.descriptor).st_size
        os.ftruncate(self.descriptor, size - written)
        raise self._full()

    def define(self, run_id: str, key: str) -> int:
        """The number of a new series, written to the segment."""
        with self.lock:
            self.open()
            self._next_series += 1
            number = self._next_series
            frame = series_frame(number, run_id, key)
            self._definitions[number] = frame
            try:
                self.append(frame)
            except RunyardError:
                del self._definitions[number]
                raise
            return number

    def forget_series(self, numbers: list[int]) -> None:
        """These series get no more points; later segments need not define them."""
        with self.lock:
            for number in numbers:
                self._definitions.pop(number, None)

    def end(self) -> int:
        """The position after the last record."""
        with self.lock:
            return self._base + os.fstat(self.descriptor).st_size if self.descriptor >= 0 else 0

    def open(self) -> JournalFolder:
        """The journal's folder, made if it is not there yet."""
        with self.lock:
            if self.folder is None:
                self._open()
            assert self.folder is not None
            return self.folder

    def sync(self) -> None:
        """Have the kernel write everything appended so far to the disk."""
        with self.lock:
            descriptor = os.dup(self.descriptor) if self.descriptor >= 0 else -1
        if descriptor >= 0:
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def after_fork(self) -> None:
        """In a forked child: leave the parent's files alone; the next record begins a journal of the child's own."""
        descriptor, owner = self.descriptor, self._owner
        self._forget_files()
        if descriptor >= 0:
            os.close(descriptor)
        if owner is not None:
            owner.abandon()

    def close(self, *, remove: bool) -> None:
        """Let go of the journal; `remove` it where all of it is delivered. A later record begins another one."""
        with self.lock:
            if self.folder is None:
                return
            os.close(self.descriptor)
            if remove:
                self.folder.remove()
            if self._owner is not None:
                self._owner.release()
            lock = self.lock
            self._forget_files()
            self.lock = lock

    def _open(self) -> None:
        journal_id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{_host()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        folder = JournalFolder(self._root / journal_id)
        # Made aside and locked before it gets its name, so that no other process takes it for a dead one's.
        new = self._root / f".{journal_id}.new"
        owner, descriptor = None, -1
        try:
            (new / "open").mkdir(parents=True)
            owner = OwnerLock.acquire(new)
            descriptor, size = self._new_file(new, journal_id, 0)
            new.rename(folder.path)
        except BaseException as error:
            _discard(new, owner, descriptor)
            if isinstance(error, OSError):
                raise self._failure(error) from error
            raise
        if self.descriptor >= 0:  # a signal handler came between and logged
            _discard(folder.path, owner, descriptor)
            return
        self._base, self._owner, self.folder, self.size, self.descriptor = 0, owner, folder, size, descriptor
        self._on_open()

    def begin_segment(self) -> None:
        """Go on in a new file; the caller holds the lock."""
        assert self.folder is not None
        earlier = self.descriptor
        end = self._base + os.fstat(earlier).st_size
        try:
            descriptor, size = self._new_file(self.folder.path, self.folder.journal_id, end)
        except OSError:
            # The record that filled the segment is in it: go on with this one for a while, then try again.
            self.size = self.limit - (self.limit >> 4)
            return
        if self.descriptor != earlier or self._base + os.fstat(earlier).st_size != end:
            # A signal handler came between and logged: the next call begins the new file.
            os.close(descriptor)
            self.folder.segment(end).unlink()
            return
        self._base, self.size, self.descriptor = end, size, descriptor
        os.close(earlier)

    def _new_file(self, folder: Path, journal_id: str, base: int) -> tuple[int, int]:
        header = Header(
            journal=journal_id,
            base=base,
            destination=self.destination,
            host=socket.gethostname(),
            pid=os.getpid(),
            boot=boot_id(),
            created=time.time_ns() // 1_000_000,
        )
        content = header.encode() + b"".join(self._definitions.values())
        path = JournalFolder(folder).segment(base)
        descriptor = os.open(path, _FLAGS, 0o644)
        try:
            _write_whole(descriptor, content)
        except BaseException:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()
            raise
        return descriptor, len(content)

    def _failure(self, error: OSError) -> RunyardError:
        if error.errno in _FULL:
            return self._full()
        return RunyardError(
            f"cannot write the journal in {self._root}: {error.strerror}; the setting journal_dir moves it"
        )

    def _full(self) -> StorageFull:
        return StorageFull(
            f"no room for the journal in {self._root}: nothing was logged by this call; "
            "free some space, or move the journal with the setting journal_dir"
        )


def _discard(folder: Path, owner: OwnerLock | None, descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)
    if owner is not None:
        owner.abandon()
    shutil.rmtree(folder, ignore_errors=True)


def _write_whole(descriptor: int, content: bytes) -> None:
    if os.write(descriptor, content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _host() -> str:
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in socket.gethostname())[:60]
