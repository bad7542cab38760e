"""Files of a server that are read past it, by URLs of the storage behind it that it gives out."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from io import BufferedReader
from urllib.parse import quote

import attrs
import requests

from runyard.errors import NotSupported, RunyardError
from runyard.protocols.artifacts import Checksum
from runyard_store_http.answers import PastTheEnd
from runyard_store_http.connection import BLOCK, Request, Server
from runyard_store_http.downloads import Download
from runyard_store_http.peer import REMEMBERED, peer_at
from runyard_store_http.reading import Json
from runyard_store_http.storages import NO_RANGE, OutOfReach, Refused, storages_at

PRESIGNED = "/api/2.0/mlflow-artifacts/presigned"
FORGOTTEN = 3600.0  # seconds after its end in which a URL may still be asked for by a download that paused


@attrs.frozen
class Given:
    """A URL that reads a file until a time, with headers to send along, and what the file is then."""

    url: str = attrs.field(repr=False)
    headers: Mapping[str, str]
    size: int
    checksum: Checksum | None
    until: float


class Direct:
    """The files of one server that are read past it. Safe to use from several threads.

    A file is read so only where its storage tells a checksum: through the server every range has one of its own.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self._storages = storages_at(server)
        self._lock = threading.Lock()
        self._renewing = threading.Lock()
        self._given: dict[str, Given] = {}
        self._ask_again = 0.0

    def begin(self, place: str) -> bool:
        """Whether a file can be read past the server from now on; whoever reads it so compares it by itself."""
        if not self._storages.are_reached or not peer_at(self.server).is_runyard or time.monotonic() < self._ask_again:
            return False
        try:
            given = self._asked(place)
        except NotSupported:
            self._ask_again = time.monotonic() + REMEMBERED
            return False
        except RunyardError:  # which whoever asks the server for the file will be told
            return False
        return given.checksum is not None

    def checksum(self, place: str) -> Checksum | None:
        """What a file that is read past the server holds now; None for another."""
        with self._lock:
            known = self._given.get(place)
        return None if known is None else self._renewed(place, known).checksum

    def open(self, place: str, shown: str, start: int, length: int) -> BufferedReader | None:
        """A range of a file that `begin` found; None where it has to come through the server."""
        with self._lock:
            given = self._given.get(place)
        if given is None or given.checksum is None or not self._storages.are_reached:
            return None
        try:
            return BufferedReader(_DirectDownload(self, place, shown, start, length), BLOCK)
        except RunyardError:  # where the file itself is the trouble, the server says so
            return None

    def ask(self, place: str, headers: Mapping[str, str]) -> requests.Response:
        """What the storage answers, by another URL where the one before has run out.

        Raises:
            OutOfReach: it cannot be reached, or does not have the file that the server says.
            PastTheEnd: the file ends before the range begins.
        """
        with self._lock:
            given = self._given.get(place)
        if given is None:
            given = self._asked(place)
        elif time.monotonic() > given.until:
            given = self._renewed(place, given)
        response = self._answered(given, headers)
        if response is None:
            response = self._answered(self._renewed(place, given), headers)
        if response is None:
            self._storages.leave()
            raise OutOfReach(f"the storage behind {self.server} does not take the URLs that it gives out")
        return response

    def _answered(self, given: Given, headers: Mapping[str, str]) -> requests.Response | None:
        """None where the URL is not good, or leads to another file than it should."""
        sent = {**given.headers, **{name: value for name, value in headers.items() if name == "Range"}}
        try:
            response = self._storages.ask(Request(method="GET", url=given.url, headers=sent, stream=True))
        except Refused:
            return None
        if response.status_code == NO_RANGE:
            response.close()
            raise PastTheEnd("the range begins after the end of the file")
        size = response.headers.get("Content-Range", "").rpartition("/")[2]
        if (size or response.headers.get("Content-Length", "")) == str(given.size):
            return response
        response.close()
        return None

    def _renewed(self, place: str, known: Given) -> Given:
        """Another URL; the one that somebody else has asked for meanwhile."""
        with self._renewing:
            with self._lock:
                found = self._given.get(place, known)
            return self._asked(place) if found is known else found

    def _asked(self, place: str) -> Given:
        asked = time.monotonic()
        given = self.server.get(
            f"{PRESIGNED}/{quote(place)}", [("checksum", "true")], reader=lambda answer: _given(answer, asked)
        )
        with self._lock:
            self._given = {name: one for name, one in self._given.items() if one.until + FORGOTTEN > asked}
            self._given[place] = given
        return given


class _DirectDownload(Download):
    """The bytes of a file as its storage sends them."""

    def __init__(self, direct: Direct, place: str, shown: str, start: int, length: int) -> None:
        self._direct = direct
        self._place = place
        super().__init__(direct.server, "", shown, start, length)

    def _ask(self, headers: Mapping[str, str]) -> requests.Response:
        return self._direct.ask(self._place, headers)


def _given(answer: Json, asked: float) -> Given:
    told = answer.get("checksum")
    checksum = None if told is None else Checksum(str(told["md5"]), [int(size) for size in told["parts"]])
    headers = {str(name): str(value) for name, value in (answer.get("headers") or {}).items()}
    # Before its very end, which clocks see at different times.
    until = asked + 0.8 * float(answer.get("expires", 0))
    return Given(str(answer["url"]), headers, int(answer["file_size"]), checksum, until)
