"""Write a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runyard.errors import InvalidInput, RunyardError, StorageFull

FULL = frozenset({28, 122})  # no space left on the device, or within the user's quota


@contextmanager
def whole_file(file: Path) -> Iterator[IO[bytes]]:
    """A file beside the one to write, which takes its place when all went well; a device is written as it is.

    Raises:
        InvalidInput: nothing can be written there.
        StorageFull: there is no room.
    """
    if file.exists() and not file.is_file():
        with _opened(file) as stream:
            yield stream
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise InvalidInput(f"cannot write {file}: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(file)
    except OSError as error:
        raise (StorageFull if error.errno in FULL else RunyardError)(
            f"cannot write {file}: {error.strerror}"
        ) from error
    finally:
        Path(name).unlink(missing_ok=True)


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("wb")
    except OSError as error:
        raise InvalidInput(f"cannot write {file}: {error.strerror}") from error
