"""An artifact store without any capability beside what every store has, for tests of what works with each."""

from __future__ import annotations

import builtins
from typing import BinaryIO

from runyard.entities import FileInfo
from runyard.protocols.artifacts import ArtifactStore


class HidesCapabilities:
    """Passes on what every store does to its `store`, and has nothing else of it."""

    store: ArtifactStore

    def list(self, path: str = "") -> builtins.list[FileInfo]:
        return self.store.list(path)

    def stat(self, path: str) -> FileInfo | None:
        return self.store.stat(path)

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        return self.store.open(path, start=start, length=length)

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return self.store.write(path, source)

    def delete(self, path: str) -> None:
        self.store.delete(path)
