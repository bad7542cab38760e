"""What is sent to a store: local files, and files of other stores."""

from __future__ import annotations

import os
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import attrs

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidState, NotSupported
from runyard.protocols.artifacts import ArtifactStore, LocalFiles, TellsVersions
from runyard.transfers.stretches import FileStretch


class Source(Protocol):
    """A file that can be read from any place, again and again."""

    @property
    def size(self) -> int: ...

    @property
    def identity(self) -> str:
        """Changes whenever what the file holds does; empty where that cannot be told."""

    def open(self, start: int = 0, length: int | None = None) -> BinaryIO:
        """Read from a byte on, at most `length` bytes."""


@attrs.frozen
class LocalFile:
    """A file of this machine as it was when this was made."""

    path: Path
    size: int
    identity: str
    _place: tuple[int, int]

    @classmethod
    def at(cls, path: Path) -> LocalFile:
        status = path.stat()
        identity = f"{path.absolute()} {status.st_ino} {status.st_size} {status.st_mtime_ns}"
        return cls(path, status.st_size, identity, (status.st_dev, status.st_ino))

    def open(self, start: int = 0, length: int | None = None) -> BinaryIO:
        """The whole file as it is now, or a stretch of it. A file that has only grown since may be read on.

        Raises:
            InvalidState: a stretch is asked for, and another file is there now, or it is shorter.
        """
        file = self.path.open("rb")
        if length is None:
            file.seek(start)
            return file
        status = os.fstat(file.fileno())
        if (status.st_dev, status.st_ino) == self._place and status.st_size >= self.size:
            return cast("BinaryIO", FileStretch(file, start, length))
        file.close()
        raise InvalidState(f"{self.path} was replaced while it was sent; send it again when it is finished")


def local_file(stream: BinaryIO) -> LocalFile | None:
    """The file that a stream reads from its start on; None where it is something else."""
    raw = getattr(stream, "raw", stream)
    if not isinstance(raw, FileIO) or not isinstance(raw.name, str) or stream.tell():
        return None
    path = Path(raw.name)
    try:
        return LocalFile.at(path) if os.path.samestat(path.stat(), os.fstat(raw.fileno())) else None
    except OSError:  # its name is gone
        return None


@attrs.frozen
class StoredFile:
    """A file of an artifact store."""

    store: ArtifactStore
    path: str
    size: int

    @classmethod
    def of(cls, store: ArtifactStore, info: FileInfo) -> LocalFile | StoredFile:
        """What a listing or `stat` told of.

        Raises:
            CorruptData: the store did not tell how large it is.
        """
        if isinstance(store, LocalFiles):
            return LocalFile.at(store.local_path(info.path))
        if info.file_size is None:
            raise CorruptData(f"the artifact store does not say how large {info.path!r} is")
        return cls(store, info.path, info.file_size)

    @property
    def identity(self) -> str:
        version = None
        if isinstance(self.store, TellsVersions):
            with suppress(NotSupported):
                version = self.store.version(self.path)
        return f"{self.path} {self.size} {version}" if version else ""

    def open(self, start: int = 0, length: int | None = None) -> BinaryIO:
        return self.store.open(self.path, start=start, length=length)
