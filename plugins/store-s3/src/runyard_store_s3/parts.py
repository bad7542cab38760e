"""Uploads in parts, as the service keeps them."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from urllib.parse import unquote_plus
from xml.sax.saxutils import escape

from runyard.errors import AlreadyExists, InvalidInput, NotFound, RunyardError
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard_store_s3.checking import OF_PARTS, REFUSALS, Checksums
from runyard_store_s3.connection import Bucket, Call, pause
from runyard_store_s3.content import Content
from runyard_store_s3.digests import bare, etag_in, etag_of_parts
from runyard_store_s3.faults import refusal_of
from runyard_store_s3.listing import number, parsed, text

MAX_PARTS = 10_000
_UPLOAD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~+=-]{0,1023}")
_MD5 = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """The uploads in a bucket; paths are checked before."""

    def __init__(self, bucket: Bucket, checksums: Checksums) -> None:
        self._bucket = bucket
        self._where = bucket.location
        self._checksums = checksums
        self._checked: dict[str, bool] = {}  # by their ids, whether each part of an upload comes with a CRC-32

    def create(self, path: str, headers: Mapping[str, str], *, is_checked: bool) -> str:
        """Begin an upload, with `is_checked` one of which the service keeps the CRC-32 if it can; its id."""
        if is_checked and self._checksums.may_be_of_parts:
            with suppress(*REFUSALS):
                upload_id, told = self._created(path, {**headers, **OF_PARTS})
                if told.get("x-amz-checksum-type", "") == OF_PARTS["x-amz-checksum-type"]:
                    self._checked[upload_id] = True
                    return upload_id
                self.abort(path, upload_id)  # its parts may have to come with another checksum
        upload_id, _ = self._created(path, headers)
        if is_checked:
            self._checksums.may_be_of_parts = False
        self._checked[upload_id] = False
        return upload_id

    def write(self, path: str, upload_id: str, part_number: int, content: Content) -> str:
        """Store a part; its ETag."""
        _check_number(part_number)
        query = [("partNumber", str(part_number)), ("uploadId", _checked(upload_id))]
        if upload_id not in self._checked:
            self._list(path, upload_id)
        headers = content.crc32() if self._checked[upload_id] else content.md5()
        response, _ = self._bucket.answered(self._call("PUT", path, query, headers=headers, content=content))
        return etag_in(response.headers)

    def parts(self, path: str, upload_id: str) -> list[UploadedPart]:
        """The parts that are there, by their numbers."""
        return [part for part, _ in self._list(path, upload_id)]

    def _list(self, path: str, upload_id: str) -> list[tuple[UploadedPart, str]]:
        """The parts with their CRC-32s where those are told; some services list what was replaced as well."""
        found: dict[int, tuple[int, UploadedPart, str]] = {}
        marker = "0"
        while True:
            call = self._call("GET", path, [("uploadId", _checked(upload_id)), ("part-number-marker", marker)])
            answer = parsed(self._bucket.read(call), call.what)
            self._checked.setdefault(upload_id, text(answer, "ChecksumAlgorithm") == "CRC32")
            for item in answer.findall("Part"):
                part = UploadedPart(number(item, "PartNumber"), bare(text(item, "ETag")), number(item, "Size"))
                changed = _milliseconds(text(item, "LastModified"))
                if part.number not in found or found[part.number][0] <= changed:
                    found[part.number] = changed, part, text(item, "ChecksumCRC32")
            before, marker = marker, text(answer, "NextPartNumberMarker")
            if text(answer, "IsTruncated") != "true" or marker in {"", before}:
                return [(part, crc32) for _, (_, part, crc32) in sorted(found.items())]

    def _created(self, path: str, headers: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
        """Begin an upload; its id, and the headers of the answer."""
        call = self._call("POST", path, [("uploads", "")], headers={**headers, **self._bucket.access.uploads})
        response, body = self._bucket.answered(call)
        found = text(parsed(body, call.what), "UploadId")
        if not _UPLOAD_ID.fullmatch(found):
            raise RunyardError(f"cannot {call.what}: the service began an upload without an id that can be used")
        return found, response.headers

    def all(self, path: str) -> list[StartedUpload]:
        """The uploads of a file, or of all files below a folder, that are not over, the oldest first."""
        found: list[StartedUpload] = []
        what = f"list the uploads of {self._where.shown(path)}"
        markers: list[tuple[str, str]] = []
        while True:
            query = [("uploads", ""), ("prefix", self._where.key(path)), ("encoding-type", "url"), *markers]
            answer = parsed(self._bucket.read(Call(method="GET", what=what, query=query)), what)
            is_encoded = text(answer, "EncodingType") == "url"
            for item in answer.findall("Upload"):
                key = unquote_plus(text(item, "Key")) if is_encoded else text(item, "Key")
                name = self._where.path(key)
                if name is not None and (not path or name == path or name.startswith(f"{path}/")):
                    found.append(StartedUpload(name, text(item, "UploadId"), _milliseconds(text(item, "Initiated"))))
            before = markers
            names = {"key-marker": "NextKeyMarker", "upload-id-marker": "NextUploadIdMarker"}
            markers = [(asked, text(answer, given)) for asked, given in names.items()]
            if text(answer, "IsTruncated") != "true" or markers == before or not markers[0][1]:
                return sorted(found, key=lambda upload: (upload.started, upload.upload_id))

    def complete(
        self, path: str, upload_id: str, parts: Sequence[tuple[int, str]], headers: Mapping[str, str] | None = None
    ) -> None:
        """Make the file of its parts; one that was made of them before is as good."""
        numbers = [part_number for part_number, _ in parts]
        _checked(upload_id)
        if not numbers or any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
            raise InvalidInput(f"an upload of {path!r} is completed with its parts in ascending order, got {numbers}")
        for part_number in numbers:
            _check_number(part_number)
        try:
            self._complete(path, upload_id, parts, headers or {})
        except (NotFound, AlreadyExists) as error:
            if not self._is_made_of(path, [etag for _, etag in parts]):
                raise error from None
        self._checked.pop(upload_id, None)

    def abort(self, path: str, upload_id: str) -> None:
        """Give an upload up; that there is none is told, which services do not always do."""
        self.parts(path, upload_id)
        self._bucket.read(self._call("DELETE", path, [("uploadId", upload_id)]))
        self._checked.pop(upload_id, None)

    def _complete(
        self, path: str, upload_id: str, parts: Sequence[tuple[int, str]], headers: Mapping[str, str]
    ) -> None:
        """Complete, and look into the answer: services say that all is well before they know."""
        # Some want to be told of each part's checksum what they know already.
        known = self._list(path, upload_id) if self._checked.get(upload_id, True) else []
        sums = {part.number: f"<ChecksumCRC32>{escape(crc32)}</ChecksumCRC32>" for part, crc32 in known if crc32}
        listed = "".join(
            f"<Part><PartNumber>{part_number}</PartNumber><ETag>&quot;{escape(etag)}&quot;</ETag>"
            f"{sums.get(part_number, '')}</Part>"
            for part_number, etag in parts
        )
        body = f'<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{listed}'
        call = self._call(
            "POST",
            path,
            [("uploadId", upload_id)],
            headers={"content-type": "application/xml", **headers},
            body=f"{body}</CompleteMultipartUpload>".encode(),
        )
        attempts = self._bucket.access.attempts
        for attempt in range(1, attempts + 1):
            refusal = refusal_of(500, {}, self._bucket.read(call))
            if not refusal.code:
                return
            if attempt == attempts or not refusal.is_retried:
                raise refusal.error(call.what, str(self._bucket.identity))
            time.sleep(pause(attempt))

    def _is_made_of(self, path: str, etags: Sequence[str]) -> bool:
        """Whether the file is there already, as where an answer was lost and the request was sent again."""
        if not all(_MD5.fullmatch(etag) for etag in etags):
            return False
        call = self._call("HEAD", path, [], accepted=(404,))
        response, _ = self._bucket.answered(call)
        return etag_in(response.headers) == etag_of_parts(bytes.fromhex(etag) for etag in etags)

    def _call(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        content: Content | None = None,
        accepted: tuple[int, ...] = (),
    ) -> Call:
        return Call(
            method=method,
            what=f"upload {self._where.shown(path)}",
            key=self._where.key(path),
            query=query,
            headers=headers or {},
            body=content.opened if content is not None and content.size else body,
            size=content.size if content is not None else 0,
            accepted=accepted,
        )


def _checked(upload_id: str) -> str:
    if not _UPLOAD_ID.fullmatch(upload_id):
        raise NotFound(f"there is no upload {upload_id!r}; begin one")
    return upload_id


def _check_number(part_number: int) -> None:
    if isinstance(part_number, bool) or not isinstance(part_number, int) or not 1 <= part_number <= MAX_PARTS:
        raise InvalidInput(f"parts are numbered from 1 to {MAX_PARTS:,}, got {part_number!r}")


def _milliseconds(stamp: str) -> int:
    try:
        return int(datetime.fromisoformat(stamp).timestamp() * 1000)
    except ValueError:
        return 0
