"""Artifacts in Google's storage: the contracts, and what is this storage's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from runyard.errors import NotFound, Unavailable
from runyard.protocols.artifacts import CreatesFiles, PresignsReads, UploadsParts
from runyard.testing.contracts import artifacts_listing
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import (
    CheckedStore,
    TellsChecksumsContract,
    TellsVersionsContract,
    VersionedStore,
)
from runyard.testing.contracts.artifacts_copies import CopiesFilesContract
from runyard.testing.contracts.artifacts_listing import ListsPagesContract
from runyard.testing.contracts.artifacts_urls import PresigningStore, PresignsReadsContract
from runyard.transfers import checksums

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
class TestChecksums(TellsChecksumsContract):
    @pytest.fixture
    def store(self, google_store: Any) -> Any:
        return google_store

    def test_a_content_that_came_in_parts_has_a_checksum_or_none(self, store: CheckedStore) -> None:
        assert not isinstance(store, UploadsParts)
        store.write("file.bin", BytesIO(LARGE))
        checksum = store.checksum("file.bin")
        assert checksum is not None
        assert checksums.has(BytesIO(LARGE), checksum)


@pytest.mark.gcs
class TestCopies(CopiesFilesContract):
    @pytest.fixture
    def store(self, google_store: Any) -> Any:
        return google_store

    @pytest.fixture
    def beside(self, beside_google_store: Any) -> Any:
        return beside_google_store


@pytest.mark.gcs
class TestUrls(PresignsReadsContract):
    """The emulator does not look at signatures; what Google would look at is."""

    @pytest.fixture
    def store(self, signing_google_store: Any) -> Any:
        return signing_google_store

    def test_a_url_is_good_for_one_file(self, store: PresigningStore) -> None:
        one, other = (store.presign_download(name, expires=60).url for name in ("one", "other"))
        assert signed(one)["X-Goog-Signature"] != signed(other)["X-Goog-Signature"]

    def test_a_url_only_reads(self, store: PresigningStore) -> None:
        found = signed(store.presign_download("one", expires=60).url)
        assert found["X-Goog-Algorithm"] == "GOOG4-RSA-SHA256"
        assert found["X-Goog-Credential"].startswith("robot@example.org/")

    def test_a_url_runs_out(self, store: PresigningStore) -> None:
        assert signed(store.presign_download("one", expires=77).url)["X-Goog-Expires"] == "77"


def signed(url: str) -> dict[str, str]:
    """What the query of a URL says."""
    return dict(parse_qsl(urlsplit(url).query))


def test_urls_are_given_out_where_there_is_a_key_to_sign_with(
    open_at: Callable[..., Any], service_account: dict[str, str], tmp_path: Path
) -> None:
    key = tmp_path / "robot.json"
    key.write_text(json.dumps(service_account))

    def presigns(token: object = None, **environ: str) -> bool:
        return isinstance(open_at("gs://box/runs", {"gs": {"token": token}} if token else {}, **environ), PresignsReads)

    assert presigns(service_account)
    assert presigns(str(key))
    assert presigns(GOOGLE_APPLICATION_CREDENTIALS=str(key))
    assert not presigns(str(key), RUNYARD_STORE_FSSPEC_PRESIGN="false")
    assert not presigns("anon", GOOGLE_APPLICATION_CREDENTIALS=str(key))
    assert not presigns({"type": "authorized_user", "refresh_token": "x"})
    assert not presigns()


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
