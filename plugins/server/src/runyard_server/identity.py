"""Who asks: the authenticator, asked in a thread, its answers remembered for a while, guessing slowed down."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Hashable, Mapping

import attrs

from runyard.protocols.access import Authenticator, Credentials, IdentifiesByHeaders, Principal
from runyard.server.answers import Answer
from runyard.server.service import ANONYMOUS
from runyard.wire import MAX_USER, USER_HEADER, is_user_name
from runyard_server.limits import Buckets

REMEMBERED = 5.0  # seconds for which an answer is given again, while the revision of the authenticator is the same
KNOWN = 900.0  # seconds for which credentials that were right are asked about even while their address is slowed down
MOST_REMEMBERED = 10_000
GUESSES = 20.0  # wrong credentials that an address may give at once
GUESSES_A_SECOND = 0.5
_USER = USER_HEADER.lower()

Key = tuple[str | None, ...]


@attrs.frozen
class Known:
    """Who had some credentials when the authenticator was last asked, and its revision then."""

    since: float
    revision: Hashable
    principal: Principal


@attrs.define(eq=False)
class Identity:
    """Finds out who asks; a refusal is an answer to give instead."""

    authenticator: Authenticator
    clock: Callable[[], float] = time.monotonic
    _by_headers: IdentifiesByHeaders | None = attrs.field(init=False)
    _headers: tuple[str, ...] = attrs.field(init=False)
    _remembered: dict[Key, Known] = attrs.field(factory=dict, init=False)
    _failures: Buckets = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._by_headers = self.authenticator if isinstance(self.authenticator, IdentifiesByHeaders) else None
        self._headers = tuple(sorted(self._by_headers.identifying_headers)) if self._by_headers else ()
        self._failures = Buckets(GUESSES_A_SECOND, GUESSES, self.clock)

    async def find(self, headers: Mapping[str, str], method: str, path: str, client: str) -> Principal | Answer:
        """The principal of a request, or why there is none."""
        now = self.clock()
        key, known, revision = None, None, None
        if self._by_headers is not None:
            key, revision = tuple(map(headers.get, self._headers)), self._by_headers.revision
            known = self._remembered.get(key)
        age = math.inf if known is None else now - known.since
        if known is not None and age < REMEMBERED and known.revision == revision:
            return known.principal
        wait = self._failures.wait(client)
        if wait and age > KNOWN:
            return too_many("too many wrong credentials from this address", wait)
        credentials = Credentials(headers, method, path, client)
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, self.authenticator.authenticate, credentials)
        if found is None:
            if key is not None:
                self._remembered.pop(key, None)
            return self._refused(headers, client)
        if key is not None:
            self._remember(key, Known(self.clock(), revision, found))
        return found

    def _refused(self, headers: Mapping[str, str], client: str) -> Answer:
        given = any(name in headers for name in self._headers or ("authorization", "cookie"))
        if given:
            self._failures.take(client)
        problem = "the credentials are wrong or have expired" if given else "this server asks who you are"
        advice = "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
        challenge = (b"www-authenticate", self.authenticator.challenge.encode("latin-1"))
        return Answer.error(401, "UNAUTHENTICATED", f"{problem}; {advice}", challenge)

    def _remember(self, key: Key, known: Known) -> None:
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = known


def self_named(headers: Mapping[str, str]) -> Principal | Answer:
    """Who says to ask, for a server that lets everybody do everything: a name for the history, no right to anything."""
    given = headers.get(_USER)
    if given is None:
        return ANONYMOUS
    try:
        name = given.encode("latin-1").decode()
    except UnicodeDecodeError:
        name = ""
    if not is_user_name(name):
        problem = f"{USER_HEADER} must hold a name of 1 to {MAX_USER} printable characters, in UTF-8"
        return Answer.error(400, "INVALID_PARAMETER_VALUE", problem)
    return Principal(name)


def too_many(problem: str, wait: float) -> Answer:
    """429 with the seconds to wait."""
    seconds = str(max(1, math.ceil(wait))).encode()
    message = f"{problem}; try again in {seconds.decode()} s"
    return Answer.error(429, "REQUEST_LIMIT_EXCEEDED", message, (b"retry-after", seconds))
