"""Reads a file from a server, goes on where a connection broke off, and checks that nothing is missing or changed."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from io import RawIOBase
from typing import TYPE_CHECKING

import requests
from urllib3.exceptions import HTTPError

from runyard.errors import CorruptData, RunyardError, Unavailable
from runyard_store_http.answers import PastTheEnd
from runyard_store_http.connection import FIRST_PAUSE, Request, Server
from runyard_store_http.digests import WANTED, new_sha256, sha256_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_SKIP = 1 << 20


class Download(RawIOBase):
    """The bytes of a file from one place to another, read once from front to back."""

    def __init__(self, server: Server, path: str, shown: str, start: int, length: int | None) -> None:
        super().__init__()
        self._server = server
        self._path = path
        self._shown = shown
        self._position = start
        self._end: int | None = None if length is None else start + length
        self._version = ""  # the ETag, or else the time of the last change
        self._total: int | None = None
        self._response: requests.Response | None = None
        self._digest = new_sha256()
        self._expected: bytes | None = None
        self._covered = 0  # where the bytes that the checksum is of end
        self._is_first = True
        self._is_done = False
        with suppress(HTTPError, OSError):  # reading asks again
            self._open()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        until = time.monotonic() + self._server.access.patience
        pause = FIRST_PAUSE
        while not self._is_done:
            data, why = self._receive(len(view))
            if data:
                view[: len(data)] = data
                self._position += len(data)
                if self._expected is not None:
                    self._digest.update(data)
                return len(data)
            self._release()
            if self._end is None or self._position >= self._end:
                self._finish()
                return 0
            if time.monotonic() + pause > until:
                raise Unavailable(f"reading {self._shown} broke off at byte {self._position} ({why})")
            time.sleep(pause)
            pause *= 2
        return 0

    def _receive(self, room: int) -> tuple[bytes, str]:
        """The next bytes, none where it ended or broke off, and why."""
        try:
            if self._response is None:
                self._open()
            if self._response is None:
                return b"", ""
            wanted = room if self._end is None else min(room, self._end - self._position)
            return self._response.raw.read(wanted, decode_content=False), "it ended too early"
        except (HTTPError, OSError) as error:
            return b"", type(error).__name__

    def close(self) -> None:
        if not self.closed:
            self._release()
        super().close()

    def _open(self) -> None:
        """Ask for what is left."""
        self._release()
        headers = dict(WANTED)
        if self._position or self._end is not None:
            last = "" if self._end is None else self._end - 1
            headers["Range"] = f"bytes={self._position}-{last}"
        if self._version:
            headers["If-Range"] = self._version
        try:
            response = self._ask(headers)
        except PastTheEnd as error:
            if not self._is_first:
                raise self._changed() from error
            self._is_done, self._end = True, self._position
            return
        self._response = response
        try:
            self._check(response)
        except BaseException:
            self._release()
            raise

    def _ask(self, headers: Mapping[str, str]) -> requests.Response:
        return self._server.send(Request(method="GET", path=self._path, headers=headers, stream=True))

    def _check(self, response: requests.Response) -> None:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise RunyardError(f"{self._server} sends {self._shown} encoded, which was not asked for")
        if response.headers.get("Content-Type", "").startswith("multipart/byteranges"):
            raise RunyardError(f"{self._server} sends {self._shown} in several ranges, which was not asked for")
        start, end, total = self._extent(response)
        version = response.headers.get("ETag", "W/")
        if version.startswith("W/"):  # a weak one does not say that the bytes are the same
            version = response.headers.get("Last-Modified", "")
        if self._is_first:
            self._is_first = False
            self._version, self._total = version, total
            if start == self._position and end is not None:
                self._expected, self._covered = sha256_of(response.headers.get("Content-Digest", "")), end
            if end is not None:
                self._end = end if self._end is None else min(self._end, end)
        elif version != self._version or total != self._total:
            raise self._changed()
        self._skip(response, self._position - start)

    def _extent(self, response: requests.Response) -> tuple[int, int | None, int | None]:
        """Where an answer begins and ends in the file, and how long that is."""
        length = response.headers.get("Content-Length", "")
        if response.status_code != 206:
            total = int(length) if length.isdigit() else None
            return 0, total, total
        found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        if found is None or int(found.group(1)) > self._position:
            raise RunyardError(f"{self._server} sends another part of {self._shown} than was asked for")
        total = None if found.group(3) == "*" else int(found.group(3))
        return int(found.group(1)), int(found.group(2)) + 1, total

    def _skip(self, response: requests.Response, count: int) -> None:
        """Read past what was not asked for, where a server knows no ranges."""
        while count > 0:
            data = response.raw.read(min(count, _SKIP), decode_content=False)
            if not data:
                self._end = self._position  # the file ends before the range begins
                return
            count -= len(data)

    def _finish(self) -> None:
        self._is_done = True
        is_whole = self._position == self._covered
        if self._expected is not None and is_whole and self._digest.digest() != self._expected:
            raise CorruptData(f"{self._shown} does not have the checksum that {self._server} says; read it again")

    def _changed(self) -> CorruptData:
        return CorruptData(f"{self._shown} was changed while it was read; read it again")

    def _release(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.close()
