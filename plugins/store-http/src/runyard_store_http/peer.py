"""Whether a server is a Runyard server, found out when it matters first."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Mapping
from typing import Any

from runyard.errors import Forbidden, NotSupported, RunyardError, Unavailable
from runyard_store_http.connection import Server

API = "/api/v1"
VERSION = 1
REMEMBERED = 300.0  # seconds; a server of MLflow's may be replaced by one of ours


class Peer:
    """What a server can do beyond MLflow's protocol."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._can: frozenset[str] = frozenset()
        self._ask_again = 0.0

    @property
    def is_runyard(self) -> bool:
        """Whether it speaks our own protocol.

        Raises:
            Unavailable: it cannot be asked now.
        """
        return bool(self._capabilities())

    def can(self, capability: str) -> bool:
        return capability in self._capabilities()

    def require(self, capability: str, what: str) -> None:
        """Make sure that the server can do something.

        Raises:
            NotSupported: it cannot.
        """
        if not self.is_runyard:
            raise NotSupported(f"{self._server} is not a Runyard server, so {what} is not possible there")
        if not self.can(capability):
            raise NotSupported(f"the store behind {self._server} does not support {what}")

    def _capabilities(self) -> frozenset[str]:
        with self._lock:
            if not self._can and time.monotonic() >= self._ask_again:
                try:
                    self._can = self._server.get(f"{API}/server", reader=_capabilities)
                except (Unavailable, Forbidden):
                    raise
                except RunyardError:  # another server: it answers in its own way that there is no such thing
                    self._can = frozenset()
                self._ask_again = time.monotonic() + REMEMBERED
            return self._can


@functools.lru_cache(maxsize=32)
def peer_at(server: Server) -> Peer:
    """What is known of a server, once for all of its stores."""
    return Peer(server)


def _capabilities(answer: Mapping[str, Any]) -> frozenset[str]:
    if answer.get("name") != "runyard" or answer.get("api") != VERSION:
        return frozenset()
    return frozenset({"Runyard", *answer["capabilities"]})
