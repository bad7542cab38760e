"""Whether a server is a Runyard server, found out when it matters first."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from typing import Any

from runyard.errors import Forbidden, NotSupported, RunyardError, Unavailable
from runyard_store_http.connection import Server

API = "/api/v1"
VERSION = 1


class Peer:
    """What a server can do beyond MLflow's protocol."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._can: frozenset[str] | None = None

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
            if self._can is None:
                try:
                    self._can = self._server.get(f"{API}/server", reader=_capabilities)
                except (Unavailable, Forbidden):
                    raise
                except RunyardError:  # another server: it answers in its own way that there is no such thing
                    self._can = frozenset()
            return self._can


@functools.lru_cache(maxsize=32)
def peer_at(server: Server) -> Peer:
    """What is known of a server, once for all of its stores."""
    return Peer(server)


def _capabilities(answer: Mapping[str, Any]) -> frozenset[str]:
    if answer.get("name") != "runyard" or answer.get("api") != VERSION:
        return frozenset()
    return frozenset({"Runyard", *answer["capabilities"]})
