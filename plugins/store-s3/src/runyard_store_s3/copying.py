"""Has the service copy files: with one request, or a very large one in parts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from runyard.errors import AlreadyExists, CorruptData, RunyardError
from runyard.transfers.stretches import Stretch, stretches
from runyard.transfers.threads import each
from runyard_store_s3.address import Location
from runyard_store_s3.connection import Bucket, Call, pause
from runyard_store_s3.digests import bare, etag_in, md5_in
from runyard_store_s3.faults import refusal_of
from runyard_store_s3.listing import parsed, text
from runyard_store_s3.parts import MAX_PARTS, Uploads
from runyard_store_s3.writing import media_type

# With one request 5 GiB could be copied, but some services are silent for as long as that takes.
LARGEST = 1 << 30  # bytes
PART = 256 << 20
PARTS = 8  # that are copied at the same time


class Copier:
    """Copies files into a bucket, out of it or another one of the same service."""

    def __init__(self, bucket: Bucket, uploads: Uploads) -> None:
        self._bucket = bucket
        self._uploads = uploads

    def copy(self, path: str, source: Location, name: str, headers: Mapping[str, str]) -> None:
        """Make a file of that which another location has under a name, and which has these headers.

        Raises:
            CorruptData: it was changed meanwhile, or what was made has another checksum.
        """
        size = int(headers.get("content-length", "0"))
        asked = {"x-amz-copy-source": quote(f"/{source.bucket}/{source.key(name)}", safe="/-_.~")}
        if etag := etag_in(headers):
            asked["x-amz-copy-source-if-match"] = f'"{etag}"'
        try:
            if size > LARGEST:
                self._copy_parts(path, asked, size)
            else:
                made = self._copied(path, [], {**asked, **self._bucket.access.uploads})
                self._check(path, headers, made)
        except AlreadyExists as error:  # how a condition is refused that does not hold
            raise CorruptData(f"{source.shown(name)} was changed while it was copied; copy it again") from error

    def _copy_parts(self, path: str, asked: Mapping[str, str], size: int) -> None:
        upload_id = self._uploads.create(path, media_type(path), is_checked=False)

        def copy(part: Stretch) -> tuple[int, str]:
            query = [("partNumber", str(part.number)), ("uploadId", upload_id)]
            wanted = {"x-amz-copy-source-range": f"bytes={part.start}-{part.start + part.length - 1}"}
            return part.number, self._copied(path, query, {**asked, **wanted})

        try:
            done = each(copy, stretches(size, max(PART, -(-size // MAX_PARTS))), PARTS)
            self._uploads.complete(path, upload_id, done)
        except BaseException:
            with suppress(RunyardError):  # a rule of the bucket cleans it away
                self._uploads.abort(path, upload_id)
            raise

    def _copied(self, path: str, query: list[tuple[str, str]], headers: Mapping[str, str]) -> str:
        """The ETag of a copy; services say that all is well before they know."""
        where, attempts = self._bucket.location, self._bucket.access.attempts
        call = Call(
            method="PUT", what=f"copy to {where.shown(path)}", key=where.key(path), query=query, headers=headers
        )
        for attempt in range(1, attempts + 1):
            body = self._bucket.read(call)
            refusal = refusal_of(500, {}, body)
            if not refusal.code:
                return bare(text(parsed(body, call.what), "ETag"))
            if attempt == attempts or not refusal.is_retried:
                raise refusal.error(call.what, str(self._bucket.identity))
            time.sleep(pause(attempt))
        raise AssertionError("unreachable")

    def _check(self, path: str, headers: Mapping[str, str], etag: str) -> None:
        """Compare the MD5s, where both files have one as their ETag."""
        if not self._bucket.access.md5_etags:
            return
        before, after = md5_in(headers), md5_in({**headers, "etag": etag})
        is_ours = not any(name.startswith("x-amz-server-side") for name in self._bucket.access.uploads)
        if is_ours and before and after and before != after:
            raise CorruptData(f"{self._bucket.location.shown(path)} is not what was to be copied; copy it again")
