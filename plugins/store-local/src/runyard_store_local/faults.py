"""What the operating system refuses, told as Runyard's errors."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from runyard.errors import Forbidden, InvalidInput, NotFound, RunyardError, StorageFull

# what the system says: the error of the tree, and what to do
_MEANINGS: Mapping[int, tuple[type[RunyardError], str]] = MappingProxyType(
    {
        errno.ENOENT: (NotFound, "see what is there with a listing"),
        **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), (StorageFull, "free some space and try again")),
        **dict.fromkeys(
            (errno.EACCES, errno.EPERM, errno.EROFS), (Forbidden, "check the owner and the permissions of the folder")
        ),
        errno.ELOOP: (Forbidden, "a link on the way leads in a circle or has changed meanwhile"),
        **dict.fromkeys(
            (errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY),
            (InvalidInput, "a file stands where a folder is needed, or the other way round"),
        ),
        errno.ENAMETOOLONG: (InvalidInput, "choose a shorter name"),
    }
)


@contextmanager
def explained(action: str, what: str) -> Iterator[None]:
    """Turn an OSError into the error of the tree that tells what was asked and why it failed."""
    try:
        yield
    except OSError as error:
        kind, advice = _MEANINGS.get(error.errno or 0, (RunyardError, "this is all the system says"))
        raise kind(f"cannot {action} {what}: {error.strerror or error}; {advice}") from error
