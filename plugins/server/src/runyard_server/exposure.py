"""Whether a server may be reached from other machines."""

from __future__ import annotations

from runyard.errors import Forbidden
from runyard.server.sockets import is_loopback


def check_exposure(host: str, authenticator: str) -> None:
    """Refuse to be reached from other machines where nobody is asked who they are.

    Raises:
        Forbidden: the host is not loopback and there is no authenticator.
    """
    if not authenticator and not is_loopback(host):
        raise Forbidden(
            f"not listening on {host} without an authenticator: whoever reaches it could read and erase everything; "
            "add --authenticator token (and make a token: runyard tokens create NAME --role admin), or listen on "
            "127.0.0.1 behind a proxy that asks"
        )
