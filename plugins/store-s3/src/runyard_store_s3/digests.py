"""MD5s, as S3 has them: of what is sent, of what is read, and of files that came in parts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

BLOCK = 1 << 20
_MD5 = re.compile(r"[0-9a-f]{32}")
_MD5_OF_PARTS = re.compile(r"[0-9a-f]{32}-(\d{1,5})")
_ENCRYPTION = "x-amz-server-side-encryption"


def new_md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def md5_of(source: BinaryIO, length: int | None = None) -> tuple[bytes, int]:
    """The MD5 of the next bytes of a stream, at most so many, and how many there were."""
    digest, size = new_md5(), 0
    while length is None or size < length:
        data = source.read(BLOCK if length is None else min(BLOCK, length - size))
        if not data:
            break
        digest.update(data)
        size += len(data)
    return digest.digest(), size


def content_md5(digest: bytes) -> dict[str, str]:
    """The header by which a service checks what it gets."""
    return {"content-md5": base64.b64encode(digest).decode("ascii")}


def md5_in(headers: Mapping[str, str]) -> bytes | None:
    """The MD5 of a file that its ETag is; None where it is something else."""
    tag = etag_in(headers)
    return bytes.fromhex(tag) if _MD5.fullmatch(tag) and _are_md5s(headers) else None


def parts_in(headers: Mapping[str, str]) -> int:
    """Of how many parts' MD5s the ETag is the MD5; 0 where it is something else."""
    found = _MD5_OF_PARTS.fullmatch(etag_in(headers))
    return int(found[1]) if found and _are_md5s(headers) else 0


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
