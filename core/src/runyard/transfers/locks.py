"""Tells processes that do the same from those that went away: a lock ends with its process."""

from __future__ import annotations

from contextlib import suppress

try:
    import fcntl
except ImportError:  # Windows, where what was interrupted begins anew
    fcntl = None  # type: ignore[assignment]


def lock(descriptor: int) -> bool:
    """Whether an open file or folder could be locked; it stays so until it is closed."""
    is_locked = False
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_locked = True
    return is_locked
