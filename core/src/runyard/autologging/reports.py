"""What went wrong in an autologger: said once, with the traceback at the level debug, and kept from the training."""

from __future__ import annotations

import logging
from types import TracebackType

import attrs

logger = logging.getLogger("runyard.autologging")
_told: set[tuple[str, str, str]] = set()


@attrs.frozen
class Attempt:
    """A block that may fail without anybody but the log noticing: the boundary between a training and what logs it."""

    autologger: str
    what: str
    silent: bool = False

    def __enter__(self) -> None:
        """Nothing is prepared."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):  # what stops the process goes on
            return False
        report(self.autologger, self.what, error, silent=self.silent)
        return True


def report(autologger: str, what: str, error: Exception, *, silent: bool = False) -> None:
    """Say that something was not logged; the same thing is said once in a process."""
    said = f"{type(error).__name__}: {error}"
    logger.debug("%s: %s was not logged", autologger, what, exc_info=error)
    if not silent and (autologger, what, said) not in _told:
        _told.add((autologger, what, said))
        logger.warning("runyard: autolog of %s: %s was not logged, all else goes on: %s", autologger, what, said)
