"""The S3 store keeps every contract of artifact stores on a real service."""

from __future__ import annotations

import pytest

from runyard.protocols.artifacts import UploadedPart
from runyard.testing.contracts.artifacts import ArtifactStoreContract, read
from runyard.testing.contracts.artifacts_contents import (
    CreatesFilesContract,
    TellsChecksumsContract,
    TellsCrcsContract,
    TellsVersionsContract,
)
from runyard.testing.contracts.artifacts_listing import ListsPagesContract
from runyard.testing.contracts.artifacts_parts import (
    FIRST,
    SECOND,
    THIRD,
    GiveUp,
    PartsStore,
    UploadsPartsContract,
    part,
)
from runyard.testing.contracts.artifacts_urls import PresignsReadsContract
from runyard_store_s3.store import S3ArtifactStore

pytestmark = pytest.mark.s3

LEAST = 5 << 20  # bytes, as of every part but the last on S3


class Opened:
    @pytest.fixture
    def store(self, s3_store: S3ArtifactStore) -> S3ArtifactStore:
        return s3_store


class TestStore(Opened, ArtifactStoreContract):
    pass


class TestPages(Opened, ListsPagesContract):
    pass


class TestCreation(Opened, CreatesFilesContract):
    pass


class TestVersions(Opened, TellsVersionsContract):
    pass


class TestCrcs(Opened, TellsCrcsContract):
    pass


class TestChecksums(Opened, TellsChecksumsContract):
    pass


class TestUrls(Opened, PresignsReadsContract):
    pass


class TestParts(Opened, UploadsPartsContract):
    """What SeaweedFS does otherwise is said by the tests that are replaced."""

    @pytest.fixture
    def least(self) -> int:
        return LEAST

    def test_the_etag_of_a_part_that_was_replaced_is_refused(self, store: PartsStore) -> None:
        """SeaweedFS keeps what was sent before, and makes the file of what the ETag names."""
        upload = store.create_upload("folder/file.bin")
        earlier, later = part(store, upload, 1, FIRST), part(store, upload, 1, SECOND)
        assert earlier != later
        store.complete_upload("folder/file.bin", upload, [(1, earlier)])
        assert read(store, "folder/file.bin") == FIRST

    def test_the_parts_that_are_stored_can_be_asked_for(self, store: PartsStore) -> None:
        """SeaweedFS lists what was sent before as well; one of both is shown."""
        upload = store.create_upload("folder/file.bin")
        assert store.list_parts("folder/file.bin", upload) == []
        both = {part(store, upload, 2, content) for content in (THIRD, SECOND)}
        etags = {number: part(store, upload, number, content) for number, content in ((3, b"x"), (1, FIRST))}
        first, second, third = store.list_parts("folder/file.bin", upload)
        assert first == UploadedPart(1, etags[1], len(FIRST))
        assert second.etag in both
        assert third == UploadedPart(3, etags[3], 1)

    def test_an_upload_that_was_given_up_is_cleaned_away_by_the_next(self, store: PartsStore, give_up: GiveUp) -> None:
        """A rule of the bucket does that, after the days that it says."""
        upload = store.create_upload("folder/file.bin")
        store.create_upload("folder/other.bin")
        assert [one.upload_id for one in store.list_uploads("folder/file.bin")] == [upload]
