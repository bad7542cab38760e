"""Checksums of what is sent and kept: `Content-Digest`, `Repr-Digest` and how they are asked for (RFC 9530)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from io import RawIOBase
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

from runyard.errors import InvalidInput

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ALGORITHMS: Mapping[str, str] = MappingProxyType({"sha-256": "sha256", "sha-512": "sha512"})  # ours: hashlib's name
STANDARD = "sha-256"

_PIECE = 1 << 18
_ITEM = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)\s*=\s*(?::([A-Za-z0-9+/=]*):|(\d+))\s*(?:;[^,]*)?", re.IGNORECASE)


class WrongDigest(InvalidInput):
    """What was sent is not what its checksum says."""


class Digested(RawIOBase):
    """A stream that takes digests of what is read, and fails where one is not as promised.

    It reads one piece ahead, so that it fails before it has given out everything: a store that keeps only what it
    could read to the end keeps nothing that was damaged on the way.
    """

    def __init__(self, source: BinaryIO, promised: Mapping[str, bytes], wanted: str | None = None) -> None:
        self._source = source
        self._promised = promised
        self._ahead: bytes | None = None
        names = {*promised, *([wanted] if wanted else [])}
        self._hashes: dict[str, Any] = {name: hashlib.new(ALGORITHMS[name]) for name in names}

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self.read(_PIECE), b""))
        piece = self._pull(size) if self._ahead is None else self._ahead
        if len(piece) > size:
            self._ahead = piece[size:]
            return piece[:size]
        self._ahead = self._pull(size or _PIECE) if piece else piece
        return piece

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def digest(self, name: str) -> bytes:
        value: bytes = self._hashes[name].digest()
        return value

    def _pull(self, size: int) -> bytes:
        piece = self._source.read(size or _PIECE)
        for taken in self._hashes.values():
            taken.update(piece)
        if not piece:
            self._check()
        return piece

    def _check(self) -> None:
        for name, value in self._promised.items():
            if not hmac.compare_digest(value, self.digest(name)):
                found, asked = field(name, self.digest(name)), field(name, value)
                raise WrongDigest(
                    f"the body was damaged on its way: it has the digest {found}, not {asked}; send it again"
                )


def promised(headers: Mapping[str, str]) -> dict[str, bytes]:
    """The digests that a request says its body has; algorithms that nobody here knows are left out.

    Raises:
        InvalidInput: a header cannot be read.
    """
    found: dict[str, bytes] = {}
    for header in ("content-digest", "repr-digest"):
        for name, value, _ in _items(header, headers):
            if name in ALGORITHMS:
                found[name] = _decoded(header, value)
    return found


def wanted(headers: Mapping[str, str], *names: str) -> str | None:
    """The algorithm that a request asks a digest of, by any header or these; None where it asks for none known here."""
    best: tuple[int, str] | None = None
    for header in names or ("want-content-digest", "want-repr-digest"):
        for name, _, number in _items(header, headers):
            weight = int(number or 1)
            if name in ALGORITHMS and weight and (best is None or weight > best[0]):
                best = weight, name
    return best[1] if best else None


def field(name: str, value: bytes) -> str:
    """A digest as a header has it."""
    return f"{name}=:{base64.b64encode(value).decode('ascii')}:"


def _items(header: str, headers: Mapping[str, str]) -> list[tuple[str, str | None, str | None]]:
    text = headers.get(header, "")
    items = []
    for part in text.split(",") if text.strip() else ():
        match = _ITEM.fullmatch(part)
        if match is None:
            raise InvalidInput(f"cannot read the header {header}: {text[:200]!r}; it reads {STANDARD}=:BASE64:")
        items.append((match[1].lower(), match[2], match[3]))
    return items


def _decoded(header: str, text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "!", validate=True)
    except ValueError as error:
        raise InvalidInput(f"cannot read the header {header}: {text!r} is not base64") from error
