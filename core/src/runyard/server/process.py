"""One serving process: uvicorn before an application, until it is told to stop. For plugins that require uvicorn."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType

import attrs
import uvicorn

from runyard.server.answers import Application
from runyard.server.protocol import HeaderLimits, LimitedProtocol
from runyard.server.sockets import BACKLOG

FORCED = 1  # the exit code of a server that was told twice to stop


@attrs.frozen(kw_only=True)
class Manners:
    """How a process deals with its connections."""

    limits: HeaderLimits
    keep_alive: float
    shutdown_timeout: float


class Server(uvicorn.Server):
    """uvicorn's server. A signal makes it finish what it does; where `impatient`, a second one stops it at once."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        closing: Callable[[], None],
        parent: int | None,
        *,
        impatient: bool,
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._closing = closing
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
        self._closing()
        self.should_exit = True

    def _lose_parent(self) -> None:
        asyncio.get_running_loop().remove_reader(self._parent or 0)
        self.handle_exit(0, None)


def answer_on(
    sockets: Sequence[socket.socket],
    application: Application,
    manners: Manners,
    *,
    ready: Callable[[], None],
    closing: Callable[[], None],
    parent: int | None = None,
) -> None:
    """Answer on sockets until a signal comes, then finish what is in flight; `closing` is called at the signal.

    `parent` is a pipe that ends when the process that started this one is gone.
    """
    config = uvicorn.Config(
        application,
        http=type("Protocol", (LimitedProtocol,), {"limits": manners.limits}),
        loop="uvloop" if _has_uvloop() else "asyncio",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=manners.keep_alive,  # type: ignore[arg-type]  # handed to call_later as it is
        timeout_graceful_shutdown=manners.shutdown_timeout,  # type: ignore[arg-type]  # handed to wait_for
    )
    Server(config, ready, closing, parent, impatient=parent is None).run(list(sockets))


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
