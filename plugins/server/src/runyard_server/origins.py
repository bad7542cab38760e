"""Which web pages may call a server: the check of `Origin`, and the CORS headers for those that may."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import attrs

from runyard.server.answers import Answer
from runyard.server.hosts import Place

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
DEFAULT_PORTS = {"http": "80", "https": "443"}
BLOCKED = Answer(403, b"Cross-origin request blocked")

_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#\s]+)")
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]*")


@attrs.frozen
class OriginCheck:
    """The origins that are configured; `*` allows all of them, but then without credentials."""

    exact: frozenset[str] = frozenset()
    patterns: tuple[re.Pattern[str], ...] = ()
    everyone: bool = False

    @classmethod
    def of(cls, allowed: Iterable[str]) -> OriginCheck:
        names = [name.lower().rstrip("/") for name in allowed]
        return cls(
            exact=frozenset(name for name in names if "*" not in name),
            patterns=tuple(_pattern(name) for name in names if "*" in name and name != "*"),
            everyone="*" in names,
        )

    def blocks(self, method: str, headers: Mapping[str, str], host: str) -> bool:
        """Whether a request that may change something comes from a page of another origin that is not configured.

        A browser says where a page is from with each such request, and says `null` where it may not tell; then the
        page is somebody else's. Other clients say nothing.
        """
        if method in SAFE:
            return False
        origin = headers.get("origin")
        if origin is not None:
            return not (self.allows(origin) or _is_same(origin, host))
        return headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"} and not self.everyone

    def allows(self, origin: str) -> bool:
        """Whether an origin is configured; `null` is only where everyone is."""
        lowered = origin.lower()
        if self.everyone:
            return True
        if lowered == "null":
            return False
        return lowered in self.exact or any(pattern.fullmatch(lowered) for pattern in self.patterns)

    def headers(self, origin: str) -> tuple[tuple[bytes, bytes], ...]:
        """What tells a browser that a page of an allowed origin may read the answer."""
        if self.everyone:
            return ((b"access-control-allow-origin", b"*"), (b"access-control-expose-headers", b"*"))
        return (
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", b"X-Request-Id, Retry-After, Content-Range, ETag"),
            (b"vary", b"Origin"),
        )

    def preflight(self, headers: Mapping[str, str]) -> Answer:
        """The answer to a browser that asks what a page may do."""
        if not self.allows(headers["origin"]):
            return BLOCKED
        wanted = headers.get("access-control-request-headers", "")
        names = wanted.encode("latin-1") if _HEADER_NAMES.fullmatch(wanted) else b""
        more = ((b"access-control-allow-headers", names), (b"vary", b"Access-Control-Request-Headers")) if names else ()
        return Answer(
            204, headers=((b"access-control-allow-methods", _METHODS), (b"access-control-max-age", b"600"), *more)
        )


def _is_same(origin: str, host: str) -> bool:
    """Whether an origin is the host that was called. Its scheme is not compared: a proxy may have taken TLS off."""
    match = _ORIGIN.fullmatch(origin.lower())
    page = Place.parse(match[2]) if match else None
    called = Place.parse(host)
    if match is None or page is None or called is None:
        return False
    default = DEFAULT_PORTS.get(match[1], "")
    return (page.host, page.port or default) == (called.host, called.port or default)


def _pattern(name: str) -> re.Pattern[str]:
    # A star stands for a part of a host name or a port, so that it cannot reach over into another host.
    return re.compile("[a-z0-9._-]*".join(re.escape(part) for part in name.split("*")))
