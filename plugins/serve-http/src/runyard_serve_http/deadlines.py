"""Requests that have waited long enough: one timer for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

import attrs


@attrs.define(eq=False)
class Deadlines:
    """Futures that get a `TimeoutError` after so many seconds, or up to a tenth more."""

    seconds: float
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    _open: deque[tuple[float, asyncio.Future[Any]]] = attrs.field(factory=deque, init=False)
    _timer: asyncio.TimerHandle | None = attrs.field(default=None, init=False)

    def watch(self, future: asyncio.Future[Any]) -> None:
        """Give up on a future when its time is over."""
        if not self.seconds or future.done():
            return
        waiting = self._open
        while waiting and waiting[0][1].done():
            waiting.popleft()
        waiting.append((self.loop.time() + self.seconds, future))
        if self._timer is None:
            self._timer = self.loop.call_later(self.seconds, self._look)

    def _look(self) -> None:
        now = self.loop.time()
        waiting = self._open
        while waiting and (waiting[0][1].done() or waiting[0][0] <= now):
            future = waiting.popleft()[1]
            if not future.done():
                future.set_exception(TimeoutError())
        wait = max(waiting[0][0] - now, self.seconds / 10) if waiting else 0
        self._timer = self.loop.call_later(wait, self._look) if waiting else None
