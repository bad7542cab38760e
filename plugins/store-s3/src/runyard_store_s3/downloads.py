"""Reads a file, goes on where the connection broke off, and checks that nothing is missing or changed."""

from __future__ import annotations

import re
import sys
import time
from http.client import HTTPException
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from urllib3.exceptions import HTTPError

from runyard.errors import CorruptData, Unavailable
from runyard_store_s3.connection import Bucket, Call, Response, pause
from runyard_store_s3.digests import TOLD, Crc32, Sum, etag_in, sum_in

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_NO_RANGE = 416  # the status where a file ends before the range begins
_PIECE = 1 << 20
_CHANGED = 412  # and where it has another ETag than before


class Download(RawIOBase):
    """The bytes of a file from one place to another, read once from front to back."""

    def __init__(self, bucket: Bucket, path: str, start: int, length: int | None) -> None:
        super().__init__()
        self._bucket = bucket
        self._path = path
        self._position = self._start = start
        self._end: int | None = None if length is None else start + length
        self._etag = ""
        self._response: Response | None = None
        self._expected: Sum | None = None
        self._digest: Any = None
        self._broken = 0  # times in a row
        self._open(is_first=True)

    @property
    def left(self) -> int:
        """How many bytes are still to be read; very many where the service does not say."""
        return sys.maxsize if self._end is None else self._end - self._position

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        while self._end is None or self._position < self._end:
            count = self._receive(view)
            if count:
                self._position += count
                if self._expected is not None:
                    self._digest.update(view[:count])
                return count
        self._finish()
        return 0

    def readall(self) -> bytes:
        """What is left, in larger pieces than the usual ones."""
        return b"".join(iter(self._piece, b""))

    def _piece(self) -> bytes:
        room = bytearray(min(_PIECE, max(1, self.left)))
        return bytes(memoryview(room)[: self.readinto(room)])

    def close(self) -> None:
        if not self.closed:
            self._release()
        super().close()

    def _receive(self, view: memoryview) -> int:
        """Put the next bytes there; how many, 0 where the connection broke off and is made anew."""
        why = "it ended too early"
        if self._response is not None:
            room = view if self._end is None else view[: self._end - self._position]
            try:
                count = received(self._response, room)
            except (HTTPError, HTTPException, OSError) as error:
                why = type(error).__name__
            else:
                if count:
                    self._broken = 0
                    return count
                if self._end is None:  # the service did not say how long it is
                    self._end = self._position
                    return 0
        self._broken += 1
        if self._broken >= self._bucket.access.attempts:
            raise Unavailable(
                f"reading {self._shown} broke off at byte {self._position:,} of {self._end:,} ({why})"
                if self._end is not None
                else f"reading {self._shown} broke off at byte {self._position:,} ({why})"
            )
        time.sleep(pause(self._broken))
        self._open()
        return 0

    def _open(self, *, is_first: bool = False) -> None:
        """Ask for what is left."""
        self._release()
        headers = dict(TOLD) if is_first and not self._position and self._end is None else {}
        if self._position or self._end is not None:
            headers["range"] = f"bytes={self._position}-{'' if self._end is None else self._end - 1}"
        if self._etag:
            headers["if-match"] = f'"{self._etag}"'
        where = self._bucket.location
        call = Call(
            method="GET",
            what=f"read {self._shown}",
            key=where.key(self._path),
            headers=headers,
            accepted=(_NO_RANGE,) if is_first else (_NO_RANGE, _CHANGED),
        )
        response = self._bucket.send(call)
        if response.status >= 400:
            response.close()
            if not is_first:
                raise self._changed()
            self._end = self._position
            return
        self._response = response
        try:
            self._check(response, is_first=is_first)
        except BaseException:
            self._release()
            raise

    def _check(self, response: Response, *, is_first: bool) -> None:
        total = self._total(response)
        if is_first:
            self._etag = etag_in(response.headers)
            if self._end is None and not self._position:
                self._expect(sum_in(response.headers, md5_etags=self._bucket.access.md5_etags))
            if total is not None:
                self._end = total if self._end is None else min(self._end, total)
        elif total is not None and self._end is not None and total < self._end:
            raise self._changed()

    def _expect(self, checksum: Sum | None) -> None:
        """Check the whole file; parts are not known here."""
        if checksum is not None and not checksum.parts:
            self._expected, self._digest = checksum, checksum.new()

    def _total(self, response: Response) -> int | None:
        """How long the file is; None where the service does not say."""
        length = response.headers.get("content-length", "")
        if response.status != 206:
            if self._position:
                raise self._misread("something else")
            return int(length) if length.isdigit() else None
        found = _RANGE.fullmatch(response.headers.get("content-range", "").strip())
        if found is None or int(found[1]) != self._position:
            raise self._misread("another part")
        end = int(found[2]) + 1
        if length not in {"", str(end - self._position)} or (self._end is not None and end > self._end):
            raise self._misread("more or less")
        return end if found[3] == "*" else int(found[3])

    def _misread(self, sent: str) -> CorruptData:
        return CorruptData(f"{self._shown} cannot be read: the service sends {sent} than the part that was asked for")

    def _changed(self) -> CorruptData:
        return CorruptData(f"{self._shown} was changed while it was read; read it again")

    def _finish(self) -> None:
        self._release()
        if self._expected is None or self._digest.digest() == self._expected.digest:
            return
        if self._expected.new is Crc32:
            raise CorruptData(
                f"{self._shown} does not have the CRC-32 that the service keeps of it: it was damaged; read it again"
            )
        raise CorruptData(
            f"{self._shown} does not have the MD5 that its ETag says: it was damaged; read it again, or set "
            "store-s3.md5_etags to false if the ETags of this service are no MD5s"
        )

    @property
    def _shown(self) -> str:
        return self._bucket.location.shown(self._path)

    def _release(self) -> None:
        response, self._response = self._response, None
        if response is not None:
            response.release_conn() if response.closed else response.close()


def received(response: Response, room: memoryview) -> int:
    """Put the next bytes of an answer there; how many. urllib3 itself copies each byte twice more on the way."""
    source: Any = response._fp  # type: ignore[attr-defined]  # noqa: SLF001 - it has no other way to them
    count: int = source.readinto(room)
    return count
