"""Artifacts in Google's storage: the contracts, and what is this storage's own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from runyard.errors import NotFound, Unavailable
from runyard.protocols.artifacts import CreatesFiles, UploadsParts
from runyard.testing.contracts import artifacts_listing
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import TellsVersionsContract, VersionedStore
from runyard.testing.contracts.artifacts_listing import ListsPagesContract

LARGE = bytes(range(256)) * (9 << 12)  # more than one part

# The HTTP library of these clients finds large bodies slow; they are sent as they are.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")


@pytest.mark.gcs
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, google_store: Any) -> Any:
        return google_store


@pytest.mark.gcs
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, google_store: Any) -> Any:
        return google_store

    @pytest.fixture(autouse=True)
    def _fewer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The emulator lists in one page, and writes all it holds to the disk at each change."""
        monkeypatch.setattr(artifacts_listing, "MANY", 60)


@pytest.mark.gcs
class TestVersions(TellsVersionsContract):
    @pytest.fixture
    def store(self, google_store: Any) -> Any:
        return google_store

    def test_a_content_that_came_in_parts_is_told_from_another(self, store: VersionedStore) -> None:
        assert not isinstance(store, UploadsParts)
        store.write("file.bin", BytesIO(LARGE))
        assert store.holds("file.bin", BytesIO(LARGE)) is True
        assert store.holds("file.bin", BytesIO(LARGE[:-1])) is False


@pytest.mark.gcs
@pytest.mark.parametrize("content", [b"a\r", b"\n--==0==\nx", b"\r\n--==0==--\r\n"])
def test_no_content_is_taken_for_a_mark(google_store: Any, content: bytes) -> None:
    google_store.write("file.bin", BytesIO(content))
    assert read(google_store, "file.bin") == content


@pytest.mark.gcs
def test_a_large_file_that_breaks_off_leaves_what_was_there(
    google_store: Any, broken_after: Callable[[bytes], Any]
) -> None:
    google_store.write("large.bin", BytesIO(b"small"))
    with pytest.raises(OSError, match="broke off"):
        google_store.write("large.bin", broken_after(LARGE))
    assert read(google_store, "large.bin") == b"small"


@pytest.mark.gcs
def test_a_file_replaced_while_it_is_read_is_noticed(google_store: Any) -> None:
    google_store.write("large.bin", BytesIO(LARGE))
    with google_store.open("large.bin") as stream:
        assert stream.read(10) == LARGE[:10]
        google_store.write("large.bin", BytesIO(LARGE[::-1]))
        with pytest.raises(Exception, match="replaced while it was read"):
            stream.read()


@pytest.mark.gcs
def test_a_bucket_that_is_not_there_is_not_found(gcs_bucket: dict[str, str], open_at: Callable[..., Any]) -> None:
    options = {"gs": {"token": "anon", "endpoint_url": gcs_bucket["endpoint"]}}
    with pytest.raises(NotFound, match="gs://no-such-bucket/runs"):
        open_at("gs://no-such-bucket/runs", options).write("file.txt", BytesIO(b"x"))


@pytest.mark.gcs
def test_it_does_not_say_that_it_creates_files(google_store: Any) -> None:
    assert not isinstance(google_store, CreatesFiles)  # which cannot be proved against the emulator


def test_a_host_that_is_away_is_told(open_at: Callable[..., Any], free_port: int) -> None:
    options = {"gs": {"token": "anon", "endpoint_url": f"http://127.0.0.1:{free_port}"}}
    store = open_at("gcs://box/runs", options, RUNYARD_STORE_FSSPEC_TIMEOUT="1")
    with pytest.raises(Unavailable, match="cannot list gcs://box/runs"):
        store.list()
