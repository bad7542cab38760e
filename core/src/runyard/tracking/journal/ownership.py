"""Which process owns a journal: a lock that the kernel lets go when the process dies, however it dies."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Self

try:
    import fcntl
except ImportError:  # not a Unix
    fcntl = None  # type: ignore[assignment]

LOCK_FILE = "lock"
_NO_LOCKS_HERE = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL}


class OwnerLock:
    """The lock on a journal folder. It also holds the owner's mark, for file systems that have no locks."""

    def __init__(self, descriptor: int, path: Path) -> None:
        self._descriptor = descriptor
        self._path = path

    @classmethod
    def acquire(cls, folder: Path) -> Self | None:
        """Become the owner of a folder; None where a living process is, or the folder is gone."""
        path = folder / LOCK_FILE
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            return None
        if not _lock(descriptor, path) or os.fstat(descriptor).st_nlink == 0:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, _own_mark().encode(), 0)
        return cls(descriptor, path)

    def release(self) -> None:
        """Let go; the folder may still be there."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            self.abandon()

    def abandon(self) -> None:
        """Close without unlocking: in a forked child, whose parent goes on holding the lock."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def boot_id() -> str:
    """This machine since its last start; process ids mean nothing beyond it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "?"


def _lock(descriptor: int, path: Path) -> bool:
    if fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                return False
        else:
            return True
    return not _is_marked_alive(path.read_text(encoding="ascii", errors="replace"))


def _own_mark() -> str:
    return f"{boot_id()} {os.getpid()} {_started(os.getpid())}"


def _is_marked_alive(mark: str) -> bool:
    """Whether a mark's process lives; one of another machine is believed alive, for nothing says otherwise."""
    parts = mark.split()
    if len(parts) != 3:
        return False
    boot, pid, started = parts
    if boot != boot_id() or boot == "?":
        return True
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """When a process started, in ticks; "-" where it is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"
