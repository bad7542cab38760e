"""One serving process: uvicorn before the door, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType

import uvicorn

from runyard.host import Host
from runyard.server.service import Service
from runyard_server.assembly import make_door, make_service
from runyard_server.protocol import HeaderLimits, LimitedProtocol
from runyard_server.settings import Options
from runyard_server.sockets import BACKLOG

FORCED = 1  # the exit code of a server that was told twice to stop


class Server(uvicorn.Server):
    """uvicorn's server. A signal makes it finish what it does; where `impatient`, a second one stops it at once."""

    def __init__(
        self,
        config: uvicorn.Config,
        service: Service,
        ready: Callable[[], None],
        parent: int | None,
        *,
        impatient: bool,
    ) -> None:
        super().__init__(config)
        self._service = service
        self._ready = ready
        self._parent = parent
        self._impatient = impatient

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._parent is not None:
            # Nothing is ever sent: the pipe becomes readable when the parent is gone.
            asyncio.get_running_loop().add_reader(self._parent, self._lose_parent)
        gc.freeze()  # what was imported and loaded stays; the collector need not look at it again and again
        gc.enable()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler
        if self.should_exit and self._impatient:
            os._exit(FORCED)
        self._service.closing.set()
        self.should_exit = True

    def _lose_parent(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent or 0)
        self.handle_exit(0, None)


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
        door = make_door(service, options)
        limits = HeaderLimits(options.max_header_size, options.max_headers, options.header_timeout)
        config = uvicorn.Config(
            door,
            http=type("Protocol", (LimitedProtocol,), {"limits": limits}),
            loop="uvloop" if _has_uvloop() else "asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=options.keep_alive,  # type: ignore[arg-type]  # handed to call_later as it is
            timeout_graceful_shutdown=options.shutdown_timeout,  # type: ignore[arg-type]  # handed to wait_for
        )
        Server(config, service, ready, parent, impatient=parent is None).run(list(sockets))


def set_up_logging(level: str) -> None:
    """Tell of the server's and uvicorn's doings on standard error, each line with its time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    for name in ("runyard", "uvicorn"):
        named = logging.getLogger(name)
        named.handlers[:] = [handler]
        named.setLevel(level.upper())
        named.propagate = False


def _has_uvloop() -> bool:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return False
    return uvloop is not None
