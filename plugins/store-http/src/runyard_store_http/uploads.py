"""Sends what a stream has to a server, from its beginning again if need be."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, BinaryIO, Self, cast
from urllib.parse import urljoin

from runyard_store_http.address import origin_of
from runyard_store_http.connection import BLOCK, Request, Server
from runyard_store_http.digests import content_digest
from runyard_store_http.peer import peer_at
from runyard_store_http.storages import storages_at

_IN_MEMORY = 8 << 20  # bytes of a source that cannot be read twice, before a file takes them


class SourceBroke(Exception):
    """Reading what is to be sent failed. Itself no OSError, which would be put down to the network."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


class Upload:
    """What one stream has, on its way to a server; use it in a `with` statement."""

    def __init__(self, server: Server, source: BinaryIO) -> None:
        self._server = server
        self._given = source
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._source, self._start, self.size = self._seekable(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def put(self, path: str = "", url: str = "", headers: Mapping[str, str] | None = None) -> str:
        """PUT it to a path of the server, or to a URL that may be relative to the server's; the ETag of the answer.

        Raises:
            OutOfReach: the URL is one of a storage, which cannot be reached.
            Refused: the storage does not take it.
        """
        target = urljoin(self._server.address.url + "/", url) if url else ""
        sent = {"Content-Type": "application/octet-stream", **(headers or {})}
        try:
            is_ours = not target or origin_of(target) == self._server.address.origin
            # Others do not look at it, and a signed URL may not allow it.
            if is_ours and peer_at(self._server).is_runyard:
                sent["Content-Digest"] = content_digest(self._body().read, self.size, BLOCK)
            request = Request(method="PUT", path=path, url=target, headers=sent, body=lambda: self._body().body())
            response = self._server.send(request) if is_ours else storages_at(self._server).ask(request)
        except SourceBroke as error:
            raise error.reason from None
        return str(response.headers.get("ETag", ""))

    def _body(self) -> _Stretch:
        return _Stretch(self._source, self._start, self.size)

    def _seekable(self, stack: ExitStack) -> tuple[BinaryIO, int, int]:
        """A source that can be read again, where it starts and how long it is."""
        given = self._given
        if _is_seekable(given):
            start = given.tell()
            size = given.seek(0, 2) - start
            given.seek(start)
            return given, start, max(0, size)
        copy = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the stack closes it
        while block := given.read(BLOCK):
            copy.write(block)
        return cast("BinaryIO", copy), 0, copy.tell()


class _Stretch:
    """A stretch of a source as the body of a request."""

    def __init__(self, source: BinaryIO, offset: int, length: int) -> None:
        self._source = source
        self._length = length
        self._left = length
        source.seek(offset)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(BLOCK), b"")

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        try:
            data = self._source.read(wanted)
            if wanted and not data:
                raise OSError("the file became shorter while it was sent")  # noqa: TRY301 - wrapped like the others
        except OSError as error:
            raise SourceBroke(error) from error
        self._left -= len(data)
        return data

    def body(self) -> Any:
        return self if self._length else b""


def _is_seekable(source: BinaryIO) -> bool:
    try:
        return source.seekable()
    except AttributeError:
        return False
