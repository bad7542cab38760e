"""Checksums, as S3 has them: of what is sent, of what is read, and of files that came in parts."""

from __future__ import annotations

import base64
import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, BinaryIO

import attrs

BLOCK = 1 << 18  # bytes that are read and summed while the processor's cache still has them
CRC32 = "x-amz-checksum-crc32"
TOLD = {"x-amz-checksum-mode": "ENABLED"}  # a service that keeps checksums tells them to who asks so
_MD5 = re.compile(r"([0-9a-f]{32})(?:-(\d{1,5}))?")
_CRC32 = re.compile(r"([A-Za-z0-9+/]{6}==)(?:-(\d{1,5}))?")
_ENCRYPTION = "x-amz-server-side-encryption"


class Crc32:
    """A CRC-32, used as a digest of hashlib is."""

    name = "CRC-32"

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes | memoryview) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


@attrs.frozen
class Sum:
    """What a file is checked against: its digest, or where it came in `parts`, that of its parts' digests."""

    new: Callable[[], Any]
    digest: bytes
    parts: int = 0


def new_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def summed(digest: Any, source: BinaryIO, length: int | None = None) -> int:
    """Put the next bytes of a stream into a digest, at most so many; how many there were."""
    size = 0
    while length is None or size < length:
        data = source.read(BLOCK if length is None else min(BLOCK, length - size))
        if not data:
            break
        digest.update(data)
        size += len(data)
    return size


def content_md5(digest: bytes) -> dict[str, str]:
    """The header by which a service checks what it gets."""
    return {"content-md5": encoded(digest)}


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode("ascii")


def sum_in(headers: Mapping[str, str], *, md5_etags: bool) -> Sum | None:
    """The cheapest that a service tells of a file; None where it tells none."""
    return crc32_in(headers) or (_md5_in(headers) if md5_etags else None)


def crc32_in(headers: Mapping[str, str]) -> Sum | None:
    """The CRC-32 of a file, or of its parts; None where none is told, or not of what it is."""
    found = _CRC32.fullmatch(headers.get(CRC32, ""))
    is_of_whole = headers.get("x-amz-checksum-type", "") == "FULL_OBJECT" or "-" not in etag_in(headers)
    if found is None or not (found[2] or is_of_whole):
        return None
    return Sum(Crc32, base64.b64decode(found[1]), int(found[2] or 0))


def md5_in(headers: Mapping[str, str]) -> bytes | None:
    """The MD5 of a file that its ETag is; None where it is something else."""
    known = _md5_in(headers)
    return known.digest if known is not None and not known.parts else None


def parts_in(headers: Mapping[str, str]) -> int:
    """Of how many parts' MD5s the ETag is the MD5; 0 where it is something else."""
    known = _md5_in(headers)
    return known.parts if known is not None else 0


def _md5_in(headers: Mapping[str, str]) -> Sum | None:
    found = _MD5.fullmatch(etag_in(headers))
    return Sum(new_md5, bytes.fromhex(found[1]), int(found[2] or 0)) if found and _are_md5s(headers) else None


def etag_of_parts(digests: Iterable[bytes]) -> str:
    """The ETag of a file that was made of parts with these MD5s."""
    known = list(digests)
    digest = new_md5()
    digest.update(b"".join(known))
    return f"{digest.hexdigest()}-{len(known)}"


def etag_in(headers: Mapping[str, str]) -> str:
    return bare(headers.get("etag", ""))


def bare(etag: str) -> str:
    """An ETag without its quotes."""
    return etag.strip().removeprefix("W/").strip('"')


def _are_md5s(headers: Mapping[str, str]) -> bool:
    """ETags of what is encrypted with a key of somebody's are no MD5s."""
    return headers.get(_ENCRYPTION, "AES256") == "AES256" and f"{_ENCRYPTION}-customer-algorithm" not in headers
