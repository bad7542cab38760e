"""Artifacts in Azure's storage: the contracts, and what is this storage's own."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from runyard.errors import Forbidden, InvalidInput, NotFound, Unavailable
from runyard.protocols.artifacts import CopiesFiles, PresignsReads, UploadsParts
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import (
    CheckedStore,
    CreatesFilesContract,
    TellsChecksumsContract,
    TellsVersionsContract,
    VersionedStore,
)
from runyard.testing.contracts.artifacts_copies import CopiesFilesContract
from runyard.testing.contracts.artifacts_listing import ListsPagesContract
from runyard.testing.contracts.artifacts_urls import PresignsReadsContract
from runyard.transfers import checksums
from runyard_store_fsspec import azure

LARGE = bytes(range(256)) * (9 << 12)  # more than one part

# The HTTP library of these clients finds large bodies slow; they are sent as they are.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")


@pytest.mark.azure
class TestStore(ArtifactStoreContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store


@pytest.mark.azure
class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store


@pytest.mark.azure
class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store


@pytest.mark.azure
class TestVersions(TellsVersionsContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store

    def test_a_content_that_came_in_parts_is_told_from_another(self, store: VersionedStore) -> None:
        assert not isinstance(store, UploadsParts)
        store.write("file.bin", BytesIO(LARGE))
        assert store.holds("file.bin", BytesIO(LARGE)) is True
        assert store.holds("file.bin", BytesIO(LARGE[:-1])) is False


@pytest.mark.azure
class TestChecksums(TellsChecksumsContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store

    def test_a_content_that_came_in_parts_has_a_checksum_or_none(self, store: CheckedStore) -> None:
        assert not isinstance(store, UploadsParts)
        store.write("file.bin", BytesIO(LARGE))
        checksum = store.checksum("file.bin")
        assert checksum is not None
        assert checksums.has(BytesIO(LARGE), checksum)


@pytest.mark.azure
class TestCopies(CopiesFilesContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store

    @pytest.fixture
    def beside(self, beside_azure_store: Any) -> Any:
        return beside_azure_store


@pytest.mark.azure
class TestUrls(PresignsReadsContract):
    @pytest.fixture
    def store(self, azure_store: Any) -> Any:
        return azure_store


@pytest.mark.parametrize(
    ("environ", "presigns"),
    [
        ({"AZURE_STORAGE_ACCESS_KEY": "aHVzaA=="}, True),
        ({"AZURE_STORAGE_ACCESS_KEY": "aHVzaA==", "RUNYARD_STORE_FSSPEC_PRESIGN": "false"}, False),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acc;AccountKey=aHVzaA==;"}, True),
        ({"AZURE_STORAGE_CONNECTION_STRING": "AccountName=acc;SharedAccessSignature=sv=1&sig=x;"}, False),
    ],
)
def test_urls_are_given_out_where_there_is_a_key_to_sign_with(
    open_at: Callable[..., Any], environ: dict[str, str], presigns: bool
) -> None:
    assert isinstance(open_at("wasbs://box@acc.blob.core.windows.net/a", **environ), PresignsReads) is presigns


@pytest.mark.azure
def test_a_very_large_file_is_copied_in_blocks(
    azure_store: Any, beside_azure_store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure, "LARGEST_COPY", 1 << 20)
    monkeypatch.setattr(azure, "COPY_BLOCK", 1 << 20)
    beside_azure_store.write("large ü.bin", BytesIO(LARGE))
    azure_store.write("copy.bin", BytesIO(b"earlier"))
    azure_store.copy("copy.bin", beside_azure_store, "large ü.bin")
    assert read(azure_store, "copy.bin") == LARGE
    assert azure_store.checksum("copy.bin") == beside_azure_store.checksum("large ü.bin")


def test_other_accounts_and_keys_are_others(open_at: Callable[..., Any]) -> None:
    def at(account: str, key: str = "aHVzaA==", **environ: str) -> Any:
        return open_at(f"wasbs://box@{account}.blob.core.windows.net/a", AZURE_STORAGE_ACCESS_KEY=key, **environ)

    assert at("one").copies_from(at("one", RUNYARD_STORE_FSSPEC_PRESIGN="false"))
    assert not at("one").copies_from(at("other"))
    assert not at("one").copies_from(at("one", "a2V5a2V5"))
    without_key = "AccountName=acc;SharedAccessSignature=sv=1&sig=x;"
    assert not isinstance(open_at("az://box/a", AZURE_STORAGE_CONNECTION_STRING=without_key), CopiesFiles)


@pytest.mark.azure
def test_a_large_file_that_breaks_off_leaves_nothing(azure_store: Any, broken_after: Callable[[bytes], Any]) -> None:
    with pytest.raises(OSError, match="broke off"):
        azure_store.write("large.bin", broken_after(LARGE * 2))
    assert azure_store.list() == []
    azure_store.write("large.bin", BytesIO(b"small"))
    with pytest.raises(OSError, match="broke off"):
        azure_store.write("large.bin", broken_after(LARGE * 2))
    assert read(azure_store, "large.bin") == b"small"


@pytest.mark.azure
def test_a_large_file_can_be_told_never_to_replace(azure_store: Any) -> None:
    azure_store.create("large.bin", BytesIO(LARGE))
    with pytest.raises(Exception, match="not replaced"):
        azure_store.create("large.bin", BytesIO(LARGE))
    assert read(azure_store, "large.bin") == LARGE


@pytest.mark.azure
@pytest.mark.parametrize("form", ["abfss://{container}@{account}.dfs.core.windows.net", "az://{container}"])
def test_all_forms_of_uris_mean_the_same(
    azure_store: Any, azure_container: dict[str, str], open_at: Callable[..., Any], form: str
) -> None:
    azure_store.write("file.txt", BytesIO(b"one"))
    folder = azure_store._root.place.partition("/")[2]
    connection = azure_container["connection"]
    other = open_at(f"{form.format(**azure_container)}/{folder}", AZURE_STORAGE_CONNECTION_STRING=connection)
    assert read(other, "file.txt") == b"one"


@pytest.mark.azure
def test_a_container_that_is_not_there_is_not_found(
    azure_container: dict[str, str], open_at: Callable[..., Any]
) -> None:
    store = open_at("az://nowhere/runs", AZURE_STORAGE_CONNECTION_STRING=azure_container["connection"])
    with pytest.raises(NotFound, match="az://nowhere/runs"):
        store.write("file.txt", BytesIO(b"x"))


@pytest.mark.azure
def test_a_wrong_key_is_forbidden_and_not_shown(azure_container: dict[str, str], open_at: Callable[..., Any]) -> None:
    wrong = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
    connection = azure_container["connection"].replace(azure_container["key"], wrong)
    store = open_at("az://runyard-test/runs", AZURE_STORAGE_CONNECTION_STRING=connection)
    with pytest.raises(Forbidden) as caught:
        store.list()
    assert wrong not in str(caught.value)


def test_an_account_that_is_away_is_told(open_at: Callable[..., Any], free_port: int) -> None:
    connection = (
        f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=aHVzaA==;BlobEndpoint=http://127.0.0.1:{free_port}/a;"
    )
    store = open_at("az://box/runs", AZURE_STORAGE_CONNECTION_STRING=connection, RUNYARD_STORE_FSSPEC_TIMEOUT="2")
    with pytest.raises(Unavailable, match="cannot list az://box/runs"):
        store.list()


@pytest.mark.parametrize("uri", ["abfss://box@elsewhere/x", "abfss:///x", "az://box/x"])
def test_a_uri_that_says_too_little_is_refused(open_at: Callable[..., Any], uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"abfss://container@account\.dfs\.core\.windows\.net"):
        open_at(uri)


def test_a_key_of_the_environment_is_for_the_account_of_the_uri(open_at: Callable[..., Any]) -> None:
    store = open_at("wasbs://box@acc.blob.core.windows.net/a/b", AZURE_STORAGE_ACCESS_KEY="aHVzaA==")
    system = store._system.connections.take()[0]
    assert (system.account_name, system.account_key) == ("acc", "aHVzaA==")
    assert store._root.place == "box/a/b"
