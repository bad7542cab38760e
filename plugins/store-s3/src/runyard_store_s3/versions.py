"""Tells what a file holds by its checksum or its ETag, without sending it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO

from runyard.protocols.artifacts import Checksum
from runyard_store_s3.connection import Bucket, Call
from runyard_store_s3.content import is_seekable, size_of
from runyard_store_s3.digests import etag_in, md5_in, parts_in, sum_in, summed
from runyard_store_s3.writing import part_size

Headers = Mapping[str, str]


def holds(bucket: Bucket, key: str, headers: Headers, source: BinaryIO) -> bool | None:
    """Whether the file with these headers is what a stream has; None where they do not tell."""
    size = int(headers.get("content-length", "-1"))
    if is_seekable(source) and size_of(source) != size:
        return False
    known = sum_in(headers, md5_etags=bucket.access.md5_etags)
    if known is None:
        return None
    sizes = _sizes(bucket, key, headers, size, known.parts) if known.parts else [size]
    if sizes is None:
        return None
    digests, read = [], 0
    for length in sizes:
        part = known.new()
        read += summed(part, source, length)
        digests.append(part.digest())
    whole = known.new()
    whole.update(b"".join(digests))
    found = whole.digest() if known.parts else digests[0]
    return read == size and not source.read(1) and bool(found == known.digest)


def checksum(bucket: Bucket, key: str, headers: Headers) -> Checksum | None:
    """What the ETag of the file with these headers says of its content; None where it says nothing."""
    if not bucket.access.md5_etags:
        return None
    known = md5_in(headers)
    if known is not None:
        return Checksum(known.hex())
    count = parts_in(headers)
    sizes = _sizes(bucket, key, headers, int(headers.get("content-length", "-1")), count) if count else None
    return None if sizes is None else Checksum(etag_in(headers).partition("-")[0], sizes)


def _sizes(bucket: Bucket, key: str, headers: Headers, size: int, count: int) -> Sequence[int] | None:
    """How large the parts of a file are, where its first and its last part tell: usually all but the last are alike."""
    first = _part(bucket, key, headers, 1)
    last = first if count == 1 else _part(bucket, key, headers, count)
    if first is None or last is None:
        return None
    for sizes in ([first] * (count - 1), [part_size(number, None) for number in range(1, count)]):
        if sum(sizes) + last == size and sizes[:1] in ([], [first]):
            return [*sizes, last]
    return None


def _part(bucket: Bucket, key: str, headers: Headers, number: int) -> int | None:
    """How large a part of a file is; None where the service does not say."""
    call = Call(
        method="HEAD",
        what=f"look at {bucket.location.scheme}://{bucket.location.bucket}/{key}",
        key=key,
        query=[("partNumber", str(number))],
        accepted=(400, 404, 416, 501),
    )
    response, _ = bucket.answered(call)
    length = response.headers.get("content-length", "")
    is_right = response.status == 206 and response.headers.get("etag") == headers.get("etag")
    return int(length) if is_right and length.isdigit() else None
