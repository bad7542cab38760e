"""How long a model takes, which decides whether it is asked on the event loop or in a thread."""

from __future__ import annotations

import attrs

FAST = 0.002  # seconds: handing over to a thread and back costs other requests as much under load
WEIGHT = 0.2  # of what was measured last


@attrs.define
class Pace:
    """The seconds of a prediction, by the number of rows in powers of two."""

    _seconds: dict[int, float] = attrs.field(factory=dict)

    def note(self, rows: int, seconds: float) -> None:
        """Count a prediction that was made."""
        size = rows.bit_length()
        known = self._seconds.get(size)
        if known is None or seconds < known:
            # The first one is slower than those that follow, and a busy machine makes any one slower than it need be.
            self._seconds[size] = seconds
        else:
            self._seconds[size] = known + WEIGHT * (seconds - known)

    def is_fast(self, rows: int) -> bool:
        """Whether so many rows are known to be predicted in next to no time."""
        seconds = self.expected(rows)
        return seconds is not None and seconds < FAST

    def expected(self, rows: int) -> float | None:
        """The seconds that so many rows should take; None where too little is known."""
        size = rows.bit_length()
        known = self._seconds.get(size)
        if known is not None:
            return known
        smaller = [have for have in self._seconds if have < size]
        if smaller:
            # At worst the time grows as the rows do.
            return self._seconds[max(smaller)] * float(2 ** (size - max(smaller)))
        larger = [have for have in self._seconds if have > size]
        return self._seconds[min(larger)] if larger else None
