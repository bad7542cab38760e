"""A progress bar on standard error, drawn on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Protocol, Self

from runyard.cli import text
from runyard.transfers.progress import Progress as Transferred


class Progress:
    """Counts towards a total that may be unknown; use it as a context manager and call `advance`."""

    def __init__(self, label: str, total: int | None = None, *, unit: str = "", in_bytes: bool = False) -> None:
        self._label = label
        self._total = total
        self._unit = unit
        self._in_bytes = in_bytes
        self._done = 0
        self._drawn = 0.0
        self._visible = sys.stderr.isatty()

    def advance(self, amount: int = 1) -> None:
        self._done += amount
        now = time.monotonic()
        if self._visible and now - self._drawn >= 0.1:
            self._drawn = now
            self._draw()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._visible and self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self) -> None:
        sys.stderr.write(f"\r\x1b[K{text.printable(self._label)} {self._state()}")
        sys.stderr.flush()

    def _state(self) -> str:
        done = self._amount(self._done)
        if not self._total:
            return f"{done} {self._unit}".rstrip()
        filled = min(20, 20 * self._done // self._total)
        percent = min(100, 100 * self._done // self._total)
        bar = "#" * filled + "." * (20 - filled)
        return f"[{bar}] {percent:3d} % {done} of {self._amount(self._total)} {self._unit}".rstrip()

    def _amount(self, count: int) -> str:
        return text.size(count) if self._in_bytes else str(count)


class Advance(Protocol):
    """Tells how far something is, of a total that may be unknown."""

    def __call__(self, done: int, total: int | None, *, in_bytes: bool = ...) -> None: ...


@contextmanager
def reported(label: str, *, in_bytes: bool = False) -> Iterator[Advance]:
    """A bar for what reports how far it is, from its first report on."""
    with ExitStack() as stack:
        bars: list[Progress] = []
        before = [0]

        def advance(done: int, total: int | None, *, in_bytes: bool = in_bytes) -> None:
            if not bars:
                bars.append(stack.enter_context(Progress(label, total, in_bytes=in_bytes)))
            bars[0].advance(done - before[0])
            before[0] = done

        yield advance


@contextmanager
def transfer_reported(label: str) -> Iterator[Callable[[Transferred], None]]:
    """A bar for a transfer."""
    with reported(label, in_bytes=True) as advance:
        yield lambda now: advance(now.size, now.total_size)
