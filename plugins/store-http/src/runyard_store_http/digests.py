"""The checksums of what is sent: `Content-Digest` as RFC 9530 has it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from typing import Any

_SHA256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):", re.IGNORECASE)

WANTED = {"Want-Content-Digest": "sha-256=1"}


def content_digest(read: Callable[[int], bytes], length: int, block: int) -> str:
    """The header for what the next so many bytes of a source are."""
    digest = hashlib.sha256()
    while length > 0:
        data = read(min(block, length))
        if not data:
            break
        digest.update(data)
        length -= len(data)
    return f"sha-256=:{base64.b64encode(digest.digest()).decode('ascii')}:"


def sha256_of(header: str) -> bytes | None:
    """The SHA-256 in a header; None where it has none that can be read."""
    found = _SHA256.search(header)
    if found is None:
        return None
    try:
        digest = base64.b64decode(found.group(1), validate=True)
    except binascii.Error:
        return None
    return digest if len(digest) == hashlib.sha256().digest_size else None


def new_sha256() -> Any:
    return hashlib.sha256()
