"""Who a request comes from and which host it asked for, where proxies stand before the server."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

import attrs

from runyard.errors import SettingsError

FORWARDED = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-forwarded-proto", "x-forwarded-port"}
)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")


@attrs.frozen
class Proxies:
    """The proxies whose `X-Forwarded` headers are believed; from others they count for nothing."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Proxies:
        try:
            return cls(tuple(ip_network(name, strict=False) for name in names))
        except ValueError as error:
            raise SettingsError(
                f"server.trusted_proxies takes addresses and networks such as 10.0.0.0/8: {error}"
            ) from error

    def client(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """The address that the first proxy that is believed was called from."""
        address = direct_client(scope)
        if not self.networks or "x-forwarded-for" not in headers or not self.trusts(address):
            return address
        lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for hop in reversed([part.strip() for part in ",".join(lines).split(",")]):
            if not _is_address(hop):
                return address
            address = hop
            if not self.trusts(hop):
                return address
        return address

    def host(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        """The host that the client called."""
        forwarded = headers.get("x-forwarded-host") if self.networks else None
        if forwarded and self.trusts(direct_client(scope)):
            return forwarded.rpartition(",")[2].strip()
        return headers.get("host", "")

    def scheme(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
        forwarded = headers.get("x-forwarded-proto") if self.networks else None
        if forwarded in {"http", "https"} and self.trusts(direct_client(scope)):
            return forwarded
        return str(scope["scheme"])

    def base_url(self, scope: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
        """The URL by which the client calls the server; None where a proxy that is not believed stands between."""
        host, scheme, prefix = headers.get("host", ""), str(scope["scheme"]), ""
        if not FORWARDED.isdisjoint(headers):
            if not self.trusts(direct_client(scope)):
                return None
            host, scheme = self.host(scope, headers), self.scheme(scope, headers)
            prefix = headers.get("x-forwarded-prefix", "").rpartition(",")[2].strip()
        if not _PREFIX.fullmatch(prefix) or "/.." in prefix:
            return None
        return f"{scheme}://{host}{prefix.rstrip('/')}"

    def trusts(self, address: str) -> bool:
        if not _is_address(address):
            return False
        parsed = ip_address(address)
        return any(parsed in network for network in self.networks)


def direct_client(scope: Mapping[str, Any]) -> str:
    """The address of whoever holds the connection; an IPv4 address looks like one on an IPv6 socket too."""
    client = scope.get("client")
    return str(client[0]).removeprefix("::ffff:") if client else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
