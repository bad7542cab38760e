"""The connections of this process to a storage: shared by its stores, made anew after a fork and when they broke."""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from runyard_store_fsspec.faults import is_lost

T = TypeVar("T")
Connect = Callable[[dict[str, Any]], Any]

# A file system of fsspec's is never taken from its cache, where others could change it, and lists what is there now.
FRESH: Mapping[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}


class Connections:
    """File systems of one storage: one for all threads, or, where that cannot be, one for each that is at work."""

    def __init__(self, connect: Callable[[], Any], *, is_shared: bool) -> None:
        self._connect = connect
        self._is_shared = is_shared
        self._idle: list[Any] = []
        self._parents: list[Any] = []  # kept, for some libraries wait for ever where one of these is let go
        self._process = os.getpid()
        self._lock = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """A file system to use meanwhile; one that broke is not used again."""
        system, _ = self.take()
        with self._used(system):
            yield system

    def call(self, action: Callable[[Any], T]) -> T:
        """What an action that may be repeated gives; where an old connection had broken, it is done with a new one."""
        system, was_used = self.take()
        try:
            with self._used(system):
                return action(system)
        except Exception as error:
            if was_used and is_lost(error) and not isinstance(error, TimeoutError):
                with self.lent() as system:
                    return action(system)
            raise

    def take(self) -> tuple[Any, bool]:
        """A file system, and whether it was used before."""
        with self._lock:
            # A forked child must not talk through its parent's connections.
            if self._process != os.getpid():
                self._parents += self._idle
                self._idle, self._process = [], os.getpid()
            if self._is_shared:
                was_used = bool(self._idle)
                if not was_used:
                    self._idle.append(self._connect())
                return self._idle[0], was_used
            if self._idle:
                return self._idle.pop(), True
        return self._connect(), False

    def give_back(self, system: Any, *, is_broken: bool = False) -> None:
        with self._lock:
            if self._is_shared and is_broken and system in self._idle:
                self._idle.remove(system)
            elif not self._is_shared and not is_broken and self._process == os.getpid():
                self._idle.append(system)

    @contextmanager
    def _used(self, system: Any) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.give_back(system, is_broken=not self._is_shared or is_lost(error))
            raise
        self.give_back(system)


def connections_at(connect: Connect, options: Mapping[str, Any], *, is_shared: bool = True) -> Connections:
    """The one `Connections` of this process for a storage and what it is told."""
    return _connections(connect, json.dumps(options, sort_keys=True, default=str), is_shared)


@functools.lru_cache(maxsize=32)
def _connections(connect: Connect, options: str, is_shared: bool) -> Connections:
    return Connections(lambda: connect(json.loads(options)), is_shared=is_shared)
