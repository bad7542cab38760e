"""Follows a container from a thread: what it writes, and how it ends."""

from __future__ import annotations

import os
import tempfile
import threading
import time
import weakref
from pathlib import Path
from typing import Any

from docker.errors import NotFound
from docker.models.containers import Container

from runyard.errors import Unavailable
from runyard.protocols.project import LOST
from runyard_backend_docker.engine import UNREACHABLE

_CHUNK = 1 << 20
_PAUSE = 0.5  # seconds between attempts to reach an engine that went away
_PATIENCE = 60.0  # seconds until it is given up
_RUNNING = ("running", "paused", "restarting", "removing")


class Follower:
    """Reads the output of a container into a file without a name, from its beginning, until the container is over.

    The engine keeps the output as long as the container, so that each process can read all of it anew.
    """

    def __init__(self, container: Container, folder: Path) -> None:
        self.over = threading.Event()
        self.code: int | None = None
        self._container = container
        self._file, name = tempfile.mkstemp(dir=folder)
        Path(name).unlink()
        self.close = weakref.finalize(self, os.close, self._file)
        """Give up what was read; it is over, or nobody asks."""
        self._size = 0
        self._error: Unavailable | None = None
        self._thread = threading.Thread(target=self._run, name=f"container {container.short_id}", daemon=True)
        self._thread.start()

    def output(self, start: int) -> bytes:
        """What has been read so far, from a byte on."""
        return os.pread(self._file, _CHUNK, start)

    def wait(self, timeout: float | None) -> int | None:
        """The exit code, None where it is not over in time.

        Raises:
            Unavailable: the engine went away.
        """
        if not self.over.wait(timeout):
            return None
        if self._error is not None:
            raise self._error
        return self.code

    def _run(self) -> None:
        last = time.monotonic()
        try:
            while self.code is None:
                try:
                    self._read()
                    self.code = self._ended()
                    last = time.monotonic()
                except NotFound:
                    self.code = LOST  # somebody removed it
                except UNREACHABLE as error:
                    if time.monotonic() - last > _PATIENCE:
                        self._error = Unavailable(f"the Docker engine went away while the command ran: {error}")
                        self._error.__cause__ = error
                        return
                    time.sleep(_PAUSE)
        finally:
            self.over.set()

    def _read(self) -> None:
        """Read until it writes nothing more; what an earlier connection has brought is passed over."""
        at = 0
        for chunk in self._container.logs(stream=True, follow=True, stdout=True, stderr=True):
            if at + len(chunk) > self._size:
                os.pwrite(self._file, chunk[max(0, self._size - at) :], max(at, self._size))
                self._size = at + len(chunk)
            at += len(chunk)

    def _ended(self) -> int | None:
        """The exit code; the engine may know a moment later that it is over than that it writes nothing more."""
        self._container.reload()
        if exit_code(self._container.attrs) is None:
            time.sleep(_PAUSE / 10)
            self._container.reload()
        return exit_code(self._container.attrs)


def exit_code(facts: dict[str, Any]) -> int | None:
    """The exit code that the engine knows of a container, None while it runs."""
    state = facts["State"]
    return None if state["Status"] in _RUNNING else int(state["ExitCode"])
