"""The storages behind a server: asked past it, without its credentials, and left alone once they are out of reach."""

from __future__ import annotations

import functools
import logging
import random
import re
import time

import requests

from runyard.errors import RunyardError, Unavailable
from runyard_store_http.answers import RETRIED
from runyard_store_http.connection import FIRST_PAUSE, Request, Server, bare, cause_of, was_never_sent

NO_RANGE = 416  # the status where a file ends before the range begins
_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
# As S3, Google, Azure and Runyard's own servers call them.
_NAMES = "X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|sig|runyard-signature"
_SECRET = re.compile(rf"([?&](?:{_NAMES})=)[^&\s]+", re.IGNORECASE)


class OutOfReach(Unavailable):
    """A storage cannot be reached from here."""


class Refused(RunyardError):
    """A storage does not do what a URL says, which may have run out."""


class Storages:
    """What is asked past one server, in one process. What goes wrong is told without the URLs, which are secrets."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.are_reached = True  # as far as is known
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(_hides_signatures)

    def leave(self) -> None:
        """Never ask again in this process."""
        self.are_reached = False

    def ask(self, request: Request) -> requests.Response:
        """The answer to a request to a signed URL, one that there is no such range included.

        Raises:
            OutOfReach: nobody answers, or only that it is busy, for as long as the patience lasts.
            Refused: the storage does not do it.
        """
        where = bare(request.url)
        until = time.monotonic() + self._server.access.patience
        pause = FIRST_PAUSE
        while True:
            try:
                response = self._server.once(request)
            except OSError as error:  # all of the HTTP library's errors are
                why = cause_of(error)
                if was_never_sent(error) or isinstance(error, requests.Timeout | requests.exceptions.SSLError):
                    until = 0.0
            else:
                if response.status_code < 400 or response.status_code == NO_RANGE:
                    return response
                response.close()
                why = f"{response.status_code} {response.reason}".strip()
                if response.status_code not in RETRIED:
                    raise Refused(f"{where} answers {why}")
            if time.monotonic() + pause > until:
                self.leave()
                raise OutOfReach(f"{where} cannot be reached from here ({why})")
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 - only jitter
            pause *= 2


@functools.lru_cache(maxsize=32)
def storages_at(server: Server) -> Storages:
    """What is known of the storages behind a server, once for all of its stores."""
    return Storages(server)


def _hides_signatures(record: logging.LogRecord) -> bool:
    """Keeps what lets others use a URL out of what the HTTP library logs."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            _SECRET.sub(r"\1***", argument) if isinstance(argument, str) else argument for argument in record.args
        )
    return True
