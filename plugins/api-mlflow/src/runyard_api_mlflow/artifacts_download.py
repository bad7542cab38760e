"""The answer to a request for a file: found, held against conditions and ranges, and small ones read, in a thread."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from io import UnsupportedOperation
from typing import BinaryIO

import attrs

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, LocalFiles
from runyard_api_mlflow import streaming_digests
from runyard_api_mlflow.artifacts_files import mime_type, safety_headers
from runyard_api_mlflow.artifacts_ranges import Part, Version, asked_part
from runyard_api_mlflow.routes import Receive, Send
from runyard_api_mlflow.streaming import PIECE, SMALL, send_stream


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
    path: str
    stream: BinaryIO
    size: int
    version: Version


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
    file = _open(store, path)
    reply = None
    try:
        reply = _reply(store, file, method, headers)
    finally:
        if reply is None or reply.stream is None:
            file.stream.close()
    return reply


def _open(store: ArtifactStore, path: str) -> _File:
    try:
        stream = store.open(path) if path else None
    except NotFound:
        stream = None
    if stream is None:
        info = store.stat(path)
        if not path or (info is not None and info.is_dir):
            raise InvalidInput(f"Artifact path refers to a directory, not a file: '{path}'")
        raise NotFound(f"No such artifact: '{path}'")
    try:
        return _described(store, path, stream)
    except BaseException:
        stream.close()
        raise


def _described(store: ArtifactStore, path: str, stream: BinaryIO) -> _File:
    """The file that is open, not what has come to stand under its name since, where that can be told."""
    if _keeps_files_here(type(store)):
        with suppress(UnsupportedOperation):
            status = os.fstat(stream.fileno())
            etag = f'"{status.st_ino:x}-{status.st_mtime_ns:x}-{status.st_size:x}"'
            return _File(path, stream, status.st_size, Version(etag, status.st_mtime))
    info = store.stat(path)
    if info is None or info.file_size is None:
        raise NotFound(f"No such artifact: '{path}'")
    return _File(path, stream, info.file_size, Version())


@functools.cache
def _keeps_files_here(kind: type) -> bool:
    return issubclass(kind, LocalFiles)


def _reply(store: ArtifactStore, file: _File, method: str, headers: Mapping[str, str]) -> Reply:
    common = [(b"accept-ranges", b"bytes"), (b"cache-control", b"private, no-cache"), *file.version.headers()]
    if file.version.is_unchanged(headers):
        return Reply(304, common)
    part = asked_part(headers, file.version, file.size) if method == "GET" else None
    if part is not None and part.start is None:
        nothing = [(b"content-range", f"bytes */{file.size}".encode()), (b"content-length", b"0")]
        return Reply(416, [*common, *nothing])
    common += _digests(store, file, part, headers)
    common += [(b"content-type", mime_type(file.path).encode()), *safety_headers(file.path)]
    start, size = (0, file.size) if part is None else (part.start or 0, part.size)
    common.append((b"content-length", str(size).encode()))
    if part is not None:
        common.append((b"content-range", f"bytes {start}-{start + size - 1}/{file.size}".encode()))
    status = 200 if part is None else 206
    if method == "HEAD":
        return Reply(status, common)
    stream = _from(store, file, start, size)
    if size > SMALL:
        return Reply(status, common, stream=stream, size=size)
    with stream:
        return Reply(status, common, content=_whole(stream, size))


def _from(store: ArtifactStore, file: _File, start: int, size: int) -> BinaryIO:
    """A stream of a part of a file."""
    if not start:
        return file.stream
    if file.version.etag:
        file.stream.seek(start)
        return file.stream
    file.stream.close()
    return store.open(file.path, start=start, length=size)


def _whole(stream: BinaryIO, size: int) -> bytes:
    pieces = []
    while size and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    if size:
        raise EOFError("the file has become shorter while it was read")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _digests(
    store: ArtifactStore, file: _File, part: Part | None, headers: Mapping[str, str]
) -> list[tuple[bytes, bytes]]:
    """The digest of the whole file, where one is asked for; it is taken by reading the file once more."""
    name = streaming_digests.wanted(headers)
    if name is None:
        return []
    taken = hashlib.new(streaming_digests.ALGORITHMS[name])
    stream = file.stream if file.version.etag else store.open(file.path)
    try:
        while piece := stream.read(PIECE):
            taken.update(piece)
    finally:
        if stream is file.stream:
            stream.seek(0)
        else:
            stream.close()
    value = streaming_digests.field(name, taken.digest()).encode()
    return [(b"repr-digest", value), *([(b"content-digest", value)] if part is None else [])]
