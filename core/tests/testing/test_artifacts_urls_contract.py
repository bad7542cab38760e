"""The contract of reads by URL passes for a store that gives out good ones, and catches every way it can be wrong."""

from __future__ import annotations

import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import PresignedUrl
from runyard.testing.contracts.artifacts_urls import PresigningStore, PresignsReadsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.wrong import Method, wrong
from runyard.uris import artifact_path

_KEY = secrets.token_bytes()
_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class Presigning(MemoryArtifactStore):
    """The reference, whose files a server of the test gives to whoever has a URL."""

    server = ""
    sends_all = knows_ranges = looks_at_names = looks_at_methods = looks_at_clocks = True

    def __init__(self, location: str) -> None:
        super().__init__(location)
        _served[location] = self
        self._location = location

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        name = artifact_path(path)
        if not name or not 1 <= expires <= 604_800:
            raise InvalidInput(f"a URL of {path!r} for {expires} seconds")
        until = str(time.time() + expires)
        target = f"{quote(self._location, safe='')}/{quote(name)}?until={until}"
        return PresignedUrl(f"{self.server}/{target}&signature={signature(name, until)}")


_served: dict[str, Presigning] = {}


def signature(name: str, until: str) -> str:
    return hmac.new(_KEY, f"{name}\0{until}".encode(), "sha256").hexdigest()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        location, _, name = parts.path[1:].partition("/")
        store, query = _served[unquote(location)], parse_qs(parts.query)
        until = query["until"][0]
        is_right = not store.looks_at_names or query["signature"] == [signature(unquote(name), until)]
        is_right &= not store.looks_at_clocks or time.time() < float(until)
        is_right &= self.command == "GET" or not store.looks_at_methods
        if not is_right:
            self.send_error(403)
            return
        try:
            content = MemoryArtifactStore.open(store, unquote(name)).read()
        except NotFound:
            self.send_error(404)
            return
        if not store.sends_all:
            content = content[:100]
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        if found and store.knows_ranges:
            content = content[int(found[1]) : int(found[2]) + 1]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(content)

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module", autouse=True)
def _server() -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, pytest.MonkeyPatch.context() as patch:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        patch.setattr(Presigning, "server", f"http://127.0.0.1:{server.server_port}")
        yield
        server.shutdown()


class TestReference(PresignsReadsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> PresigningStore:
        return Presigning(f"memory:{tmp_path}")


def lax(**named: bool) -> type[Presigning]:
    """A store whose server does not look at something."""
    return type("Lax", (Presigning,), named)


def at_least_a_second(double: Any, original: Method, path: str, *, expires: int) -> Any:
    return original(path, expires=min(max(expires, 1), 604_800))


def cleaned(double: Any, original: Method, path: str, *, expires: int) -> Any:
    return original(path.strip("./\\\0").replace("..", "").replace("%", "") or "x", expires=expires)


DOUBLES: dict[str, Callable[[str], Any]] = {
    "test_the_store_says_that_it_presigns_reads": MemoryArtifactStore,
    "test_whoever_has_a_url_reads_the_file": lax(sends_all=False),
    "test_whoever_has_a_url_reads_any_range": lax(knows_ranges=False),
    "test_a_url_is_good_for_one_file": lax(looks_at_names=False),
    "test_a_url_only_reads": lax(looks_at_methods=False),
    "test_a_url_runs_out": lax(looks_at_clocks=False),
    "test_a_url_is_good_for_a_while": wrong(Presigning, presign_download=at_least_a_second),
    "test_no_url_leads_out": wrong(Presigning, presign_download=cleaned),
}


def test_each_test_has_a_double() -> None:
    assert_each_has_a_double(PresignsReadsContract, DOUBLES)


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_store_is_caught(test: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert_caught(PresignsReadsContract, test, lambda: DOUBLES[test](f"memory:{tmp_path_factory.mktemp('store')}"))
