"""Writes files of any size: small ones with one request, large ones in parts."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from contextlib import suppress
from typing import BinaryIO

from runyard.errors import RunyardError
from runyard_store_s3.checking import Checksums
from runyard_store_s3.connection import Bucket, Call
from runyard_store_s3.content import Content, SourceBroke, content_of, is_seekable, size_of
from runyard_store_s3.parts import MAX_PARTS, Uploads

PART = 16 << 20  # bytes; what has no more is sent with one request
_STEP = 1_250  # parts, after which those of a stream grow, so that 10,000 of them hold more than any file has
_LARGEST_PART = 4 << 30


class Writer:
    """Writes files into a bucket."""

    def __init__(self, bucket: Bucket, uploads: Uploads, checksums: Checksums) -> None:
        self._bucket = bucket
        self._checksums = checksums
        self._uploads = uploads

    def write(self, path: str, source: BinaryIO, condition: Mapping[str, str]) -> int:
        """Store everything a stream has, under a condition that the service checks; how many bytes that are."""
        known = size_of(source) if is_seekable(source) else None
        try:
            with content_of(source, part_size(1, known)) as first:
                if first.size < part_size(1, known) or first.size == known:
                    self._put(path, first, condition)
                    size = first.size
                else:
                    size = self._send(path, first, source, known, condition)
        except SourceBroke as error:
            raise error.reason from None
        if known is not None:
            source.seek(first.start + size)
        return size

    def _put(self, path: str, content: Content, condition: Mapping[str, str]) -> None:
        where, access = self._bucket.location, self._bucket.access
        call = Call(
            method="PUT",
            what=f"write {where.shown(path)}",
            key=where.key(path),
            headers={**media_type(path), **access.uploads, **condition},
            body=content.opened if content.size else b"",
            size=content.size,
        )
        self._checksums.put(call, content)

    def _send(
        self, path: str, first: Content, source: BinaryIO, known: int | None, condition: Mapping[str, str]
    ) -> int:
        """Send what begins with a part that was read already."""
        upload_id = self._uploads.create(path, media_type(path), is_checked=True)
        try:
            etags, size = [self._uploads.write(path, upload_id, 1, first)], first.size
            if is_seekable(source):
                source.seek(first.start + first.size)
            for number in range(2, MAX_PARTS + 1):
                with content_of(source, part_size(number, known)) as content:
                    if not content.size:
                        break
                    etags.append(self._uploads.write(path, upload_id, number, content))
                    size += content.size
            self._uploads.complete(path, upload_id, list(enumerate(etags, 1)), condition)
        except BaseException:
            with suppress(RunyardError):  # a rule of the bucket cleans it away
                self._uploads.abort(path, upload_id)
            raise
        return size


def part_size(number: int, known: int | None) -> int:
    """How many bytes a part has: always the same of a file whose size is known, else more and more."""
    if known is not None:
        return max(PART, -(-known // MAX_PARTS))
    return min(PART << 2 * (number // _STEP), _LARGEST_PART)


def media_type(path: str) -> dict[str, str]:
    """The header that browsers go by; what is packed is not said to be, lest somebody unpacks it on the way."""
    kind, packed = mimetypes.guess_type(path)
    return {"content-type": "application/octet-stream" if kind is None or packed else kind}
