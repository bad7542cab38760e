"""What an artifact store does whose files can be read directly: inherit `PresignsReadsContract` beside its contract."""

from __future__ import annotations

import time
from io import BytesIO
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore, PresignedUrl, PresignsReads
from runyard.testing.contracts.artifacts import CONTENT, OUTSIDE, read

NAME = "folder/50% (1) ü+&#?.txt"
OTHER = "folder/other.txt"


class PresigningStore(ArtifactStore, PresignsReads, Protocol):
    """Both at once."""


class PresignsReadsContract:
    """The tests; `store` is empty for each."""

    @pytest.fixture
    def store(self) -> PresigningStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_presigns_reads(self, store: PresigningStore) -> None:
        assert isinstance(store, PresignsReads)

    def test_whoever_has_a_url_reads_the_file(self, store: PresigningStore) -> None:
        store.write(NAME, BytesIO(CONTENT))
        assert asked(store.presign_download(NAME, expires=60)) == CONTENT

    def test_whoever_has_a_url_reads_any_range(self, store: PresigningStore) -> None:
        store.write(NAME, BytesIO(CONTENT))
        given = store.presign_download(NAME, expires=60)
        for start, end in ((0, 9), (1_000, 1_999), (10_239, 10_239)):
            assert asked(given, Range=f"bytes={start}-{end}") == CONTENT[start : end + 1]

    def test_a_url_is_good_for_one_file(self, store: PresigningStore) -> None:
        store.write(OTHER, BytesIO(CONTENT))
        store.write("folder/another", BytesIO(CONTENT))
        given = store.presign_download(OTHER, expires=60)
        with pytest.raises(HTTPError):
            asked(PresignedUrl(given.url.replace("other.txt", "another"), given.headers))

    def test_a_url_only_reads(self, store: PresigningStore) -> None:
        store.write(OTHER, BytesIO(CONTENT))
        with pytest.raises(HTTPError):
            asked(store.presign_download(OTHER, expires=60), method="DELETE")
        assert read(store, OTHER) == CONTENT

    def test_a_url_runs_out(self, store: PresigningStore) -> None:
        store.write(OTHER, BytesIO(CONTENT))
        given = store.presign_download(OTHER, expires=1)
        time.sleep(2.1)  # seconds: some services look at whole ones
        with pytest.raises(HTTPError):
            asked(given)

    @pytest.mark.parametrize("expires", [0, -1, 700_000])
    def test_a_url_is_good_for_a_while(self, store: PresigningStore, expires: int) -> None:
        store.write(OTHER, BytesIO(CONTENT))
        with pytest.raises(InvalidInput, match="seconds"):
            store.presign_download(OTHER, expires=expires)

    @pytest.mark.parametrize("path", ["", *OUTSIDE])
    def test_no_url_leads_out(self, store: PresigningStore, path: str) -> None:
        with pytest.raises(InvalidInput):
            store.presign_download(path, expires=60)


def asked(given: PresignedUrl, method: str = "GET", **headers: str) -> bytes:
    """What the storage answers to whoever has a URL."""
    with urlopen(Request(given.url, headers={**given.headers, **headers}, method=method)) as answer:
        content: bytes = answer.read()
    return content
