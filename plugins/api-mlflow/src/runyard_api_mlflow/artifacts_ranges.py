"""Conditions and ranges of a download: what `If-None-Match`, `If-Modified-Since`, `If-Range` and `Range` ask for."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

import attrs

_RANGE = re.compile(r"bytes\s*=\s*([0-9]{0,20})\s*-\s*([0-9]{0,20})\s*", re.IGNORECASE)


@attrs.frozen
class Version:
    """What tells one version of a file from another; empty and None where a store cannot tell."""

    etag: str = ""
    modified: float | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        found = [(b"etag", self.etag.encode("ascii"))] if self.etag else []
        modified = self.last_modified
        return [*found, (b"last-modified", modified.encode("ascii"))] if modified else found

    @property
    def last_modified(self) -> str:
        return "" if self.modified is None else _date(int(self.modified))

    def is_unchanged(self, headers: Mapping[str, str]) -> bool:
        """Whether the client has this version already."""
        etags = headers.get("if-none-match")
        if etags is not None:
            known = {etag.strip().removeprefix("W/") for etag in etags.split(",")}
            return "*" in known or (bool(self.etag) and self.etag in known)
        since = _seconds(headers.get("if-modified-since", ""))
        return since is not None and self.modified is not None and int(self.modified) <= since

    def is_meant(self, headers: Mapping[str, str]) -> bool:
        """Whether the part asked for is one of this version: without `If-Range` it is."""
        condition = headers.get("if-range")
        return condition is None or condition.strip() in {text for text in (self.etag, self.last_modified) if text}


@attrs.frozen
class Part:
    """So many bytes of a file from a byte on; a `size` of 0 at `start` None means that no such part exists."""

    start: int | None
    size: int


def asked_part(headers: Mapping[str, str], version: Version, total: int) -> Part | None:
    """The part of a file that a request asks for; None means all of it.

    Of several parts in one request none is given, and what cannot be read is not obeyed, as RFC 9110 lets servers do.
    """
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or not version.is_meant(headers):
        return None
    first, last = match.groups()
    if not first:
        if not last:
            return None
        size = min(int(last), total)
        return Part(total - size, size) if size else Part(None, 0)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= total:
        return Part(None, 0)
    return Part(start, (min(int(last), total - 1) if last else total - 1) - start + 1)


@functools.lru_cache(1024)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _seconds(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None
