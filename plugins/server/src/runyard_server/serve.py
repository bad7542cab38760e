"""One serving process: the stores and the door, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from runyard.host import Host
from runyard.server.process import Manners, answer_on, set_up_logging
from runyard.server.protocol import HeaderLimits
from runyard_server.assembly import make_door, make_service
from runyard_server.settings import Options


def serve(
    host: Host,
    options: Options,
    secret: bytes,
    sockets: Sequence[socket.socket],
    ready: Callable[[], None],
    *,
    parent: int | None = None,
) -> None:
    """Answer on the sockets until a signal comes; then finish what is in flight, deliver and close the host.

    `parent` is a pipe that ends when the process that started this one is gone.

    Raises:
        RunyardError: a store, plugin or setting cannot be used.
    """
    set_up_logging(options.log_level)
    with host:
        service = make_service(host, options, secret)
        manners = Manners(
            limits=HeaderLimits(options.max_header_size, options.max_headers, options.header_timeout),
            keep_alive=options.keep_alive,
            shutdown_timeout=options.shutdown_timeout,
        )
        door = make_door(service, options)
        answer_on(sockets, door, manners, ready=ready, closing=service.closing.set, parent=parent)
