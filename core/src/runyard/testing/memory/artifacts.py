"""The in-memory artifact store that the contract's tests are proven with: `memory:` URIs."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import BinaryIO

import attrs

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.settings import Settings
from runyard.uris import Uri, artifact_path


@attrs.define
class _Memory:
    """Every file of this process by its full location, so that a store opened twice shows the same files."""

    files: dict[str, bytes] = attrs.field(factory=dict)
    lock: threading.Lock = attrs.field(factory=threading.Lock)


_memory = _Memory()


def open_store(uri: Uri, settings: Settings) -> MemoryArtifactStore:  # noqa: ARG001 - what every factory is given
    """The store whose root is at a URI."""
    return MemoryArtifactStore(uri.text)


class MemoryArtifactStore:
    """Keeps files in this process under a location."""

    def __init__(self, location: str) -> None:
        self._root = location.rstrip("/") + "/"

    def list(self, path: str = "") -> list[FileInfo]:
        folder = self._folder(artifact_path(path))
        found: dict[str, FileInfo] = {}
        for location, content in self._below(folder).items():
            name, slash, _ = location[len(folder) :].partition("/")
            below = folder[len(self._root) :] + name
            found[below] = FileInfo(below, is_dir=True) if slash else FileInfo(below, False, len(content))
        return [found[name] for name in sorted(found)]

    def stat(self, path: str) -> FileInfo | None:
        name = artifact_path(path)
        with _memory.lock:
            content = _memory.files.get(self._root + name)
        if content is not None:
            return FileInfo(name, is_dir=False, file_size=len(content))
        return FileInfo(name, is_dir=True) if self._below(self._folder(name)) else None

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        name = artifact_path(path)
        if start < 0 or (length is not None and length < 0):
            raise InvalidInput(f"a range starts at 0 or later and has a length of 0 or more, got {start}, {length}")
        with _memory.lock:
            content = _memory.files.get(self._root + name)
        if content is None:
            raise NotFound(f"no artifact {path!r} in {self._root}")
        return BytesIO(content[start : None if length is None else start + length])

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = artifact_path(path)
        if not name:
            raise InvalidInput("an artifact needs a name")
        content = source.read()
        with _memory.lock:
            _memory.files[self._root + name] = content
        return FileInfo(name, is_dir=False, file_size=len(content))

    def delete(self, path: str) -> None:
        name = artifact_path(path)
        gone = {*self._below(self._folder(name)), self._root + name}
        with _memory.lock:
            if not [_memory.files.pop(location) for location in gone if location in _memory.files] and name:
                raise NotFound(f"no artifact {path!r} in {self._root}")

    def _folder(self, name: str) -> str:
        return f"{self._root}{name}/" if name else self._root

    @staticmethod
    def _below(folder: str) -> dict[str, bytes]:
        with _memory.lock:
            return {location: content for location, content in _memory.files.items() if location.startswith(folder)}
