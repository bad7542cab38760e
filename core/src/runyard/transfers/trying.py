"""Tries again what a network or a busy service did not do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import attrs

from runyard.errors import Unavailable

ResultT = TypeVar("ResultT")

ATTEMPTS = 5
FIRST_PAUSE = 0.5  # seconds; each is twice the one before


@attrs.define
class Persistence:
    """Tries again once something of a transfer has succeeded.

    Where nothing has, the store may be away altogether, and whoever asked wants to know that at once.
    """

    pause: Callable[[float], None] = time.sleep
    _has_succeeded: bool = attrs.field(default=False, init=False)

    def do(self, call: Callable[[], ResultT]) -> ResultT:
        """What a call gives, which can be repeated as a whole.

        Raises:
            Unavailable: it was so for as long as this tries.
        """
        for attempt in range(ATTEMPTS):
            try:
                result = call()
            except Unavailable:
                if attempt == ATTEMPTS - 1 or not self._has_succeeded:
                    raise
                # So that those who failed together do not come back together.
                self.pause(FIRST_PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            else:
                self._has_succeeded = True
                return result
        raise AssertionError("unreachable")
