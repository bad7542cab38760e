"""By which names a server may be called: the check of `Host` that keeps rebound DNS names out."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address

import attrs

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_KNOWN = 100  # names that are remembered; nearly all requests call a server by the same few
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?")


@attrs.frozen
class Place:
    """A host name or address, in lower case, and a port, empty where none is given."""

    host: str
    port: str = ""

    @classmethod
    def parse(cls, text: str) -> Place | None:
        """What `Host` or the end of an origin names; None where it is no host."""
        match = _HOST.fullmatch(text)
        if match is None:
            return None
        return cls((match[1] or match[2]).lower().rstrip("."), match[3] or "")


@attrs.frozen(eq=False)
class HostCheck:
    """The names that `Host` may have."""

    names: frozenset[str]
    patterns: tuple[re.Pattern[str], ...] = ()
    any_address: bool = False
    any_name: bool = False
    _known: dict[str, bool] = attrs.field(factory=dict, init=False)

    @classmethod
    def of(cls, bound: str, allowed: Iterable[str]) -> HostCheck:
        """Loopback names, the host that is listened on and what is configured, such as `*.example.org` or `lab:5000`.

        A server that listens on every address takes every address and the machine's own name too: only a name can be
        bound to another address behind a browser's back.
        """
        everywhere = bound in {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, not listened on
        own = {socket.gethostname().lower(), socket.getfqdn().lower()} if everywhere else {bound.lower().strip("[]")}
        allowed = [name.lower() for name in allowed]
        return cls(
            names=LOOPBACK_NAMES | own,
            patterns=tuple(_pattern(name) for name in allowed if name != "*"),
            any_address=everywhere,
            any_name="*" in allowed,
        )

    def allows(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            known = self._decide(text)
            if len(self._known) < MOST_KNOWN:
                self._known[text] = known
        return known

    def _decide(self, text: str) -> bool:
        place = Place.parse(text)
        if place is None:
            return False
        if self.any_name or place.host in self.names or (self.any_address and _is_address(place.host)):
            return True
        return any(
            pattern.fullmatch(place.host) or pattern.fullmatch(f"{place.host}:{place.port}")
            for pattern in self.patterns
        )


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in name.replace("[", "").replace("]", "").split("*")))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
