"""The in-memory artifact store that the contract's tests are proven with: `memory:` URIs."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import BinaryIO

import attrs

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, Checksum, StartedUpload, UploadedPart
from runyard.settings import Settings
from runyard.uris import Uri, artifact_path

PAGE = 1_000
GIVEN_UP = 24 * 3600.0  # after so many seconds an upload counts as given up
MAX_PARTS = 10_000


@attrs.define
class _Upload:
    location: str
    begun: float = attrs.field(factory=time.time)
    parts: dict[int, tuple[str, bytes]] = attrs.field(factory=dict)


@attrs.define
class _Memory:
    """Every file of this process by its full location, so that a store opened twice shows the same files."""

    files: dict[str, bytes] = attrs.field(factory=dict)
    versions: dict[str, str] = attrs.field(factory=dict)
    uploads: dict[str, _Upload] = attrs.field(factory=dict)
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

    def list_pages(self, path: str = "", *, recursive: bool = False) -> Iterator[Sequence[FileInfo]]:
        if recursive:
            below = self._below(self._folder(artifact_path(path)))
            start = len(self._root)
            found = [FileInfo(location[start:], False, len(below[location])) for location in sorted(below)]
        else:
            found = self.list(path)
        return iter([found[first : first + PAGE] for first in range(0, len(found), PAGE)])

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        name = _named(path)
        content = source.read()
        with _memory.lock:
            self._put(self._root + name, content)
        return FileInfo(name, is_dir=False, file_size=len(content))

    def create(self, path: str, source: BinaryIO) -> FileInfo:
        name = _named(path)
        content = source.read()
        with _memory.lock:
            if self._root + name in _memory.files:
                raise AlreadyExists(f"there is an artifact {name!r} in {self._root} already")
            self._put(self._root + name, content)
        return FileInfo(name, is_dir=False, file_size=len(content))

    def version(self, path: str) -> str | None:
        with _memory.lock:
            return _memory.versions.get(self._root + artifact_path(path))

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        with self.open(path) as stream:
            return stream.read() == source.read()

    def crc32(self, path: str) -> int | None:
        name = artifact_path(path)
        with _memory.lock:
            content = _memory.files.get(self._root + name)
        return None if content is None else zlib.crc32(content)

    def copies_from(self, other: ArtifactStore) -> bool:
        return isinstance(other, MemoryArtifactStore)

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        name = _named(path)
        with other.open(source) as stream:
            content = stream.read()
        with _memory.lock:
            self._put(self._root + name, content)
        return FileInfo(name, is_dir=False, file_size=len(content))

    def checksum(self, path: str) -> Checksum | None:
        with self.open(path) as stream:
            return Checksum(hashlib.md5(stream.read(), usedforsecurity=False).hexdigest())

    def delete(self, path: str) -> None:
        name = artifact_path(path)
        gone = {*self._below(self._folder(name)), self._root + name}
        with _memory.lock:
            there = gone & _memory.files.keys()
            for location in there:
                del _memory.files[location], _memory.versions[location]
            if name and not there:
                raise NotFound(f"no artifact {path!r} in {self._root}")

    def create_upload(self, path: str, *, parts: int | None = None) -> str:  # noqa: ARG002 - of no use here
        location = self._root + _named(path)
        upload_id = secrets.token_hex(16)
        with _memory.lock:
            given_up = time.time() - GIVEN_UP
            for other in [key for key, upload in _memory.uploads.items() if upload.begun < given_up]:
                del _memory.uploads[other]
            _memory.uploads[upload_id] = _Upload(location)
        return upload_id

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        upload = self._upload(path, upload_id)
        if not 1 <= number <= MAX_PARTS:
            raise InvalidInput(f"parts are numbered from 1 to {MAX_PARTS:,}, got {number}")
        content = source.read()
        etag = hashlib.sha256(content).hexdigest()
        with _memory.lock:
            upload.parts[number] = etag, content
        return etag

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        upload = self._upload(path, upload_id)
        with _memory.lock:
            parts = sorted(upload.parts.items())
        return [UploadedPart(number, etag, len(content)) for number, (etag, content) in parts]

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        name = artifact_path(path)
        own, below = self._root + name, self._folder(name)
        with _memory.lock:
            found = sorted((upload.begun, key, upload.location) for key, upload in _memory.uploads.items())
        return [
            StartedUpload(location[len(self._root) :], key, int(begun * 1000))
            for begun, key, location in found
            if location == own or location.startswith(below)
        ]

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        upload = self._upload(path, upload_id)
        numbers = [number for number, _ in parts]
        if not numbers or any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
            raise InvalidInput(f"an upload is completed with its parts in ascending order, got {numbers}")
        with _memory.lock:
            for number, etag in parts:
                if upload.parts.get(number, ("", b""))[0] != etag:
                    raise InvalidInput(f"part {number} is missing or has another ETag than {etag!r}; upload it again")
            content = b"".join(upload.parts[number][1] for number in numbers)
            self._put(upload.location, content)
            _memory.uploads.pop(upload_id, None)
        return FileInfo(artifact_path(path), is_dir=False, file_size=len(content))

    def abort_upload(self, path: str, upload_id: str) -> None:
        self._upload(path, upload_id)
        with _memory.lock:
            _memory.uploads.pop(upload_id, None)

    def _upload(self, path: str, upload_id: str) -> _Upload:
        location = self._root + _named(path)
        with _memory.lock:
            upload = _memory.uploads.get(upload_id)
        if upload is None or upload.location != location:
            raise NotFound(f"there is no upload {upload_id!r} of {path!r}; begin a new one")
        return upload

    @staticmethod
    def _put(location: str, content: bytes) -> None:
        _memory.files[location] = content
        _memory.versions[location] = secrets.token_hex(8)

    def _folder(self, name: str) -> str:
        return f"{self._root}{name}/" if name else self._root

    @staticmethod
    def _below(folder: str) -> dict[str, bytes]:
        with _memory.lock:
            return {location: content for location, content in _memory.files.items() if location.startswith(folder)}


def _named(path: str) -> str:
    name = artifact_path(path)
    if not name:
        raise InvalidInput("an artifact needs a name")
    return name


def give_up_uploads() -> None:
    """Make every upload so old that it counts as given up."""
    with _memory.lock:
        for upload in _memory.uploads.values():
            upload.begun -= 2 * GIVEN_UP
