"""The answer to a request for a file: found, held against conditions and ranges, and small ones read, in a thread."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import BinaryIO

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, LocalFiles, TellsVersions
from runyard_api_mlflow import streaming_digests
from runyard_api_mlflow.artifacts_files import mime_type, safety_headers
from runyard_api_mlflow.artifacts_ranges import Version, asked_part
from runyard_api_mlflow.routes import Receive, Send
from runyard_api_mlflow.streaming import PIECE, SMALL, send_stream

HELD = 1 << 24  # bytes of a file of another place that are held for the digest that was asked for


@attrs.frozen
class Reply:
    """A status, headers and a body: either `content`, or `size` bytes of `stream`."""

    status: int
    headers: list[tuple[bytes, bytes]]
    content: bytes = b""
    stream: BinaryIO | None = None
    size: int = 0


@attrs.frozen
class _File:
    """A file that is asked for; `stream` is one of this machine, in which one can go to and fro."""

    store: ArtifactStore
    path: str
    size: int
    version: Version
    stream: BinaryIO | None = None

    def open(self, start: int, size: int) -> BinaryIO:
        """A stream of a part; closing it closes the file."""
        if self.stream is None:
            return self.store.open(self.path, start=start, length=size)
        self.stream.seek(start)
        return self.stream

    def read(self, start: int, size: int) -> bytes:
        """A part as a whole."""
        with self._read(start, size) as stream:
            return _whole(stream, size)

    def digest(self, name: str, start: int, size: int) -> bytes:
        """The header for the digest of a part, taken by reading it."""
        taken = hashlib.new(streaming_digests.ALGORITHMS[name])
        with self._read(start, size) as stream:
            while size and (piece := stream.read(min(PIECE, size))):
                taken.update(piece)
                size -= len(piece)
        return streaming_digests.field(name, taken.digest()).encode()

    def _read(self, start: int, size: int) -> AbstractContextManager[BinaryIO]:
        """The same as `open` for a while; the file stays open."""
        stream = self.open(start, size)
        return stream if self.stream is None else nullcontext(stream)

    def close(self) -> None:
        if self.stream is not None:
            self.stream.close()


async def answer(receive: Receive, send: Send, reply: Reply) -> None:
    start = {"type": "http.response.start", "status": reply.status, "headers": reply.headers}
    if reply.stream is not None:
        await send_stream(receive, send, start, reply.stream, reply.size)
        return
    await send(start)
    await send({"type": "http.response.body", "body": reply.content})


def prepare(store: ArtifactStore, path: str, method: str, headers: Mapping[str, str]) -> Reply:
    """The answer to GET or HEAD of a file.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is a folder.
    """
    file = _find(store, path)
    reply = None
    try:
        reply = _reply(file, method, headers)
    finally:
        if reply is None or reply.stream is None:
            file.close()
    return reply


def _find(store: ArtifactStore, path: str) -> _File:
    if path and _keeps_files_here(type(store)):
        with suppress(NotFound):
            return _opened(store, path, store.open(path))
    info = store.stat(path)
    if not path or (info is not None and info.is_dir):
        raise InvalidInput(f"Artifact path refers to a directory, not a file: '{path}'")
    if info is None or info.file_size is None:
        raise NotFound(f"No such artifact: '{path}'")
    tag = store.version(path) if isinstance(store, TellsVersions) else None
    etag = f'"{hashlib.sha256(tag.encode()).hexdigest()[:32]}"' if tag else ""
    return _File(store, path, info.file_size, Version(etag))


def _opened(store: ArtifactStore, path: str, stream: BinaryIO) -> _File:
    """The file that is open, not what has come to stand under its name since."""
    try:
        status = os.fstat(stream.fileno())
    except BaseException:
        stream.close()
        raise
    etag = f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"'
    return _File(store, path, status.st_size, Version(etag, status.st_mtime), stream)


@functools.cache
def _keeps_files_here(kind: type) -> bool:
    return issubclass(kind, LocalFiles)


def _reply(file: _File, method: str, headers: Mapping[str, str]) -> Reply:
    common = [(b"accept-ranges", b"bytes"), (b"cache-control", b"private, no-cache"), *file.version.headers()]
    if file.version.is_unchanged(headers):
        return Reply(304, common)
    part = asked_part(headers, file.version, file.size) if method == "GET" else None
    if part is not None and part.start is None:
        nothing = [(b"content-range", f"bytes */{file.size}".encode()), (b"content-length", b"0")]
        return Reply(416, [*common, *nothing])
    common += [(b"content-type", mime_type(file.path).encode()), *safety_headers(file.path)]
    start, size = (0, file.size) if part is None else (part.start or 0, part.size)
    common.append((b"content-length", str(size).encode()))
    if part is not None:
        common.append((b"content-range", f"bytes {start}-{start + size - 1}/{file.size}".encode()))
    status = 200 if part is None else 206
    wanted = _Wanted.of(headers, is_whole=part is None)
    if method == "HEAD":
        return Reply(status, [*common, *wanted.headers(file, start, size)])
    # What is asked of another place is not read twice for a digest if it is small enough to be held.
    if size <= (SMALL if file.stream is not None or wanted.is_nothing else HELD):
        content = file.read(start, size)
        return Reply(status, [*common, *wanted.headers(file, start, size, content)], content=content)
    common += wanted.headers(file, start, size)
    return Reply(status, common, stream=file.open(start, size), size=size)


@attrs.frozen
class _Wanted:
    """The algorithms by which digests are wanted: of the body, and of the whole file."""

    of_body: str | None
    of_all: str | None
    is_whole: bool

    @classmethod
    def of(cls, headers: Mapping[str, str], *, is_whole: bool) -> _Wanted:
        if is_whole:
            name = streaming_digests.wanted(headers)
            return cls(name, name, is_whole=True)
        of_body = streaming_digests.wanted(headers, "want-content-digest")
        return cls(of_body, streaming_digests.wanted(headers, "want-repr-digest"), is_whole=False)

    @property
    def is_nothing(self) -> bool:
        return self.of_body is None and self.of_all is None

    def headers(self, file: _File, start: int, size: int, content: bytes | None = None) -> list[tuple[bytes, bytes]]:
        """The digests; what is not at hand as `content` is read once more."""
        found = []
        value = None
        if self.of_body is not None:
            value = file.digest(self.of_body, start, size) if content is None else _digest(self.of_body, content)
            found.append((b"content-digest", value))
        if self.of_all is not None:
            whole = value if self.is_whole else None
            found.append((b"repr-digest", whole or file.digest(self.of_all, 0, file.size)))
        return found


def _digest(name: str, content: bytes) -> bytes:
    taken = hashlib.new(streaming_digests.ALGORITHMS[name], content)
    return streaming_digests.field(name, taken.digest()).encode()


def _whole(stream: BinaryIO, size: int) -> bytes:
    pieces = []
    while size and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    if size:
        raise EOFError("the file has become shorter while it was read")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
