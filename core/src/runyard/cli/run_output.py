"""What `runyard run` shows: what programs write, how they ended; and how a signal reaches them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from runyard.cli import output, text

if TYPE_CHECKING:
    from runyard.projects.submitted import SubmittedRun


def report(line: str) -> None:
    """Show a line of what is done before a program starts."""
    output.note(text.printable(line))


def echo_to(*, as_json: bool) -> Callable[[bytes], None]:
    """Passes on what a program writes: to standard output, unless that is to hold JSON alone."""
    stream = sys.stderr.buffer if as_json else sys.stdout.buffer

    def echo(content: bytes) -> None:
        stream.write(content)
        stream.flush()

    return echo


def tell_end(submitted: SubmittedRun, *, as_json: bool) -> None:
    """Say how a run ended, and end with the exit code of its program."""
    reason = "" if submitted.succeeded else submitted.reason
    said = {"run_id": submitted.run_id, "status": str(submitted.status), "exit_code": submitted.exit_code}
    if as_json:
        output.show_json({**said, **({"reason": reason} if reason else {})})
    else:
        output.note(f"run {submitted.run_id} is {submitted.status}{': ' + reason if reason else ''}")
    if not submitted.succeeded:
        sys.exit(submitted.exit_code or 1)


@contextmanager
def terminating() -> Iterator[list[Callable[[int], None]]]:
    """SIGTERM goes to what runs meanwhile, which then ends this process as well."""
    running: list[Callable[[int], None]] = []

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if not running:
            sys.exit(128 + number)
        for interrupt in running:
            interrupt(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield running
    finally:
        signal.signal(signal.SIGTERM, before)
