"""The steps by which a tool makes an environment, and the last lines of the one that failed."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from runyard.protocols.environment import Report

LAST_LINES = 25

_LEAKING = ("PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_TARGET", "PIP_USER", "UV_PYTHON", "VIRTUAL_ENV")


class Failed(Exception):
    """A step of an installer that failed, with the last lines of what it said."""

    def __init__(self, command: str, code: int, lines: Sequence[str]) -> None:
        self.command = command
        self.code = code
        self.lines = lines
        super().__init__(command, code, lines)


@attrs.frozen
class Steps:
    """Runs the steps of an installation; each inherits `lock`, so that the lock lasts as long as the last of them."""

    lock: int
    report: Report

    def run(self, name: str, command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> None:
        """Run a program and pass its output on, line by line.

        Raises:
            Failed: its exit code is not 0.
        """
        last: deque[str] = deque(maxlen=LAST_LINES)
        with subprocess.Popen(  # noqa: S603
            [str(word) for word in command],
            cwd=folder,
            env={**without_leaks(os.environ), "NO_COLOR": "1", **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=(self.lock,) if os.name == "posix" else (),
        ) as process:
            assert process.stdout is not None
            try:
                for line in process.stdout:
                    last.append(line.rstrip())
                    self.report(line.rstrip())
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            raise Failed(name, process.returncode, list(last))


def without_leaks(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without what leads a tool to the packages of this process."""
    return {key: value for key, value in environ.items() if key not in _LEAKING}
