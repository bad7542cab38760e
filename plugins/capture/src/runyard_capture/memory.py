"""What is worked out once per process, or again after some seconds where code may change meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from runyard_capture import entry

ValueT = TypeVar("ValueT")

INTERACTIVE_SECONDS = 5.0


class Remembered(Generic[ValueT]):
    """Values by key, kept for good in a script and for seconds in a notebook or console."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[float, ValueT]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable, work_out: Callable[[], ValueT]) -> ValueT:
        with self._lock:
            found = self._values.get(key)
            now = time.monotonic()
            if found is None or (now - found[0] > INTERACTIVE_SECONDS and entry.is_interactive()):
                found = self._values[key] = (now, work_out())
            return found[1]

    def forget(self) -> None:
        with self._lock:
            self._values.clear()
