"""The sockets that a server listens on, and whether others than this machine reach them."""

from __future__ import annotations

import errno
import os
import socket
from ipaddress import ip_address

from runyard.errors import InvalidInput, RunyardError

BACKLOG = 2048


def addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """The addresses of a host name.

    Raises:
        InvalidInput: the name has none.
    """
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
        )
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"--host {host!r} is no address of this machine: {error}") from error
    return [(family, (str(address[0]), port)) for family, _, _, _, address in dict.fromkeys(found)]


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on a host."""
    return all(ip_address(address[0].partition("%")[0]).is_loopback for _, address in addresses(host, 0))


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of a host, at one port.

    Raises:
        RunyardError: the port is in use or may not be taken.
    """
    sockets: list[socket.socket] = []
    problem: OSError | None = None
    for family, (address, _) in addresses(host, port):
        # A free port is chosen once; the other addresses of the host get the same one.
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_listen(family, address, chosen))
        except OSError as error:
            # A machine without IPv6 has a localhost with an address it cannot listen on.
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                for opened in sockets:
                    opened.close()
                raise RunyardError(_explained(host, port, error)) from error
            problem = error
    if not sockets:
        raise RunyardError(_explained(host, port, problem or OSError("no address")))
    return sockets


def _listen(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            # Listening on every address means those of both kinds.
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        opened.bind((address, port))
        opened.listen(BACKLOG)
        opened.setblocking(False)
        opened.set_inheritable(True)
    except OSError:
        opened.close()
        raise
    return opened


def _explained(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use; stop what listens there, or choose another with --port (0 takes any)"
    if error.errno == errno.EACCES:
        return f"port {port} of {host} may not be taken; choose one above 1023 with --port"
    return f"cannot listen on port {port} of {host}: {error.strerror or error}"
