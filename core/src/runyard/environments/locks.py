"""A lock of an environment that is shared by those who use it and held alone by who builds or removes it."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

import attrs


@attrs.define(eq=False)
class Lock:
    """A lock between processes, where the system has such locks; it lasts as long as a process has its descriptor."""

    descriptor: int
    threads: threading.RLock = attrs.field(factory=threading.RLock)

    @classmethod
    def open(cls, file: Path) -> Lock:
        return cls(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))

    def share(self, *, wait: bool) -> bool:
        """Share it with others; False where one holds it alone."""
        return self._take(alone=False, wait=wait)

    def hold(self, *, wait: bool) -> bool:
        """Hold it alone; False where somebody has it."""
        return self._take(alone=True, wait=wait)

    def release(self) -> None:
        """Let others have it."""
        with suppress(ImportError):
            import fcntl

            fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self.descriptor)

    def _take(self, *, alone: bool, wait: bool) -> bool:
        with suppress(ImportError):
            import fcntl

            try:
                fcntl.flock(
                    self.descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB)
                )
            except BlockingIOError:
                return False
        return True


@attrs.define
class _Kept:
    """The locks of the environments that this process uses, by file: it keeps them until it ends."""

    locks: dict[Path, Lock] = attrs.field(factory=dict)
    guard: threading.Lock = attrs.field(factory=threading.Lock)


_kept = _Kept()


def kept_lock(file: Path) -> Lock:
    """This process's one lock of an environment."""
    with _kept.guard:
        found = _kept.locks.get(file)
        if found is None:
            found = _kept.locks[file] = Lock.open(file)
        return found
