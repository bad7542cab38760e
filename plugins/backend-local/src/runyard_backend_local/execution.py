"""A command that runs on this machine, or ran, whoever started it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import attrs

from runyard.protocols.project import LOST
from runyard_backend_local.files import CODE, OUTPUT, PROCESS

_CHUNK = 1 << 20
_LOOK = 0.05  # seconds, where the system cannot wake us


@attrs.frozen(kw_only=True)
class LocalExecution:
    """A command and all that it has started. `child` is its process where it is one of this process."""

    state: Path
    grace: float
    child: subprocess.Popen[bytes] | None = None

    @property
    def tags(self) -> Mapping[str, str]:
        return {}

    def output(self, start: int) -> bytes:
        try:
            with (self.state / OUTPUT).open("rb") as file:
                file.seek(start)
                return file.read(_CHUNK)
        except FileNotFoundError:
            return b""

    def wait(self, timeout: float | None = None) -> int | None:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self._code()) is None:
            rest = None if end is None else end - time.monotonic()
            if rest is not None and rest <= 0:
                return None
            self._sleep(rest)
        return code

    def send_signal(self, number: int) -> None:
        process = self._process()
        if process is not None and self._code() is None:
            with suppress(ProcessLookupError):
                os.killpg(process, number)

    def cancel(self) -> None:
        self.send_signal(signal.SIGTERM)
        if self.wait(self.grace) is None:
            self.send_signal(signal.SIGKILL)
        # What has left the session, or ignores the signal, is still known by its launch.
        from runyard_backend_local import processes

        processes.end_all(str(self.state), self._process(), self.grace)
        if self.child is not None:
            self.child.wait()

    def forget(self) -> None:
        """Nothing is kept but the folder."""

    def was_started(self) -> bool:
        """Whether the command ever ran."""
        return self._process() is not None or (self.state / CODE).exists() or self._is_there()

    def _code(self) -> int | None:
        """The exit code, None while it runs."""
        if self.child is not None:
            ended = self.child.poll()
            return None if ended is None else _as_shell(ended)
        written = self._written()
        if written is not None:
            return written
        if self._is_there():
            return None
        # It may have ended between both looks.
        written = self._written()
        return LOST if written is None else written

    def _is_there(self) -> bool:
        """Whether the command runs, as the system sees it."""
        from runyard_backend_local import processes

        process, launch = self._process(), str(self.state)
        # A command that has just begun may not have said its number yet.
        return processes.any_of(launch) if process is None else processes.is_running(process, launch)

    def _written(self) -> int | None:
        try:
            return int((self.state / CODE).read_text())
        except (FileNotFoundError, ValueError):  # or there is the file, and the number is about to be written
            return None

    def _process(self) -> int | None:
        if self.child is not None:
            return self.child.pid
        try:
            return int((self.state / PROCESS).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _sleep(self, seconds: float | None) -> None:
        """Wait until the process ends, at most that long."""
        process = self._process()
        if process is None or not hasattr(os, "pidfd_open"):
            time.sleep(_LOOK if seconds is None else min(seconds, _LOOK))
            return
        try:
            descriptor = os.pidfd_open(process)
        except OSError:  # it has ended
            return
        try:
            select.select([descriptor], [], [], seconds)
        finally:
            os.close(descriptor)


def _as_shell(code: int) -> int:
    """A return code of Popen as a shell says it."""
    return code if code >= 0 else 128 - code
