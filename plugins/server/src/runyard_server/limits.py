"""Token buckets: how often somebody may do something."""

from __future__ import annotations

import time
from collections.abc import Callable

import attrs

MOST_KEYS = 10_000  # of buckets that are kept; beyond, those that are full again are let go


@attrs.define
class Buckets:
    """One bucket per key: `size` things at once, `rate` a second in the long run."""

    rate: float
    size: float
    clock: Callable[[], float] = time.monotonic
    _levels: dict[str, tuple[float, float]] = attrs.field(factory=dict, init=False)

    def wait(self, key: str) -> float:
        """The seconds until something more may be done; 0 where it may be done now."""
        return max(0.0, (1.0 - self._level(key, self.clock())) / self.rate)

    def take(self, key: str) -> None:
        """Count one thing that is done."""
        now = self.clock()
        if key not in self._levels and len(self._levels) >= MOST_KEYS:
            self._forget(now)
        self._levels[key] = (self._level(key, now) - 1.0, now)

    def _level(self, key: str, now: float) -> float:
        level, since = self._levels.get(key, (self.size, now))
        return min(self.size, level + (now - since) * self.rate)

    def _forget(self, now: float) -> None:
        kept = {key: value for key, value in self._levels.items() if self._level(key, now) < self.size}
        # An attacker with very many addresses makes everybody start anew, which is better than to run out of memory.
        self._levels = kept if len(kept) < MOST_KEYS else {}
