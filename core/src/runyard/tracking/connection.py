"""A host and the stores a client talks to, decided once."""

from __future__ import annotations

import getpass
import os
import time

from runyard.host import Host, default_host
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.tracking.recorder import Recorder, recorder_for
from runyard.uris import Uri


class Connection:
    """What the parts of a `Client` share. Without a host it uses the default one."""

    def __init__(
        self,
        tracking_uri: str | os.PathLike[str] | Uri | None = None,
        registry_uri: str | os.PathLike[str] | Uri | None = None,
        *,
        host: Host | None = None,
    ) -> None:
        self.host = default_host() if host is None else host
        self._tracking = self.host.tracking_uri(_text(tracking_uri))
        registry = _text(registry_uri) or self.host.settings.registry_uri
        self._registry = self.host.tracking_uri(registry) if registry else self._tracking
        # Where the runs lie that were found to be writable, by id.
        self._places: dict[str, str] = {}
        # The logged models, by run and id, that runs were noted to use, and the data sets that they were measured on.
        self._used: set[tuple[str, ...]] = set()

    @property
    def tracking_uri(self) -> str:
        return self._tracking.text

    @property
    def registry_uri(self) -> str:
        return self._registry.text

    @property
    def store(self) -> TrackingStore:
        return self.host.tracking_store(self._tracking)

    @property
    def registry(self) -> RegistryStore:
        return self.host.registry_store(self._registry)

    @property
    def recorder(self) -> Recorder:
        return recorder_for(self.host, self._tracking)

    @property
    def user(self) -> str:
        """Who changes are attributed to."""
        return self.host.settings.user or login_name()


def login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no name for the user id, as in some containers
        return ""


def now() -> int:
    """The time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def _text(uri: str | os.PathLike[str] | Uri | None) -> str | Uri | None:
    return uri if isinstance(uri, Uri) or uri is None else os.fspath(uri)
