"""Compares what a stream has with a checksum that a store tells."""

from __future__ import annotations

import hashlib
import sys
from typing import Any, BinaryIO

from runyard.protocols.artifacts import Checksum

_BLOCK = 1 << 20


def has(source: BinaryIO, checksum: Checksum) -> bool:
    """Whether a stream, from where it stands to its end, has a checksum."""
    if not checksum.parts:
        return bool(_md5(source).hexdigest() == checksum.md5)
    whole = hashlib.md5(usedforsecurity=False)
    for length in checksum.parts:
        whole.update(_md5(source, length).digest())
    return not source.read(1) and whole.hexdigest() == checksum.md5


def _md5(source: BinaryIO, length: int | None = None) -> Any:
    """The MD5 of the next bytes, at most so many."""
    digest = hashlib.md5(usedforsecurity=False)
    left = sys.maxsize if length is None else length
    while left and (data := source.read(min(_BLOCK, left))):
        digest.update(data)
        left -= len(data)
    return digest
