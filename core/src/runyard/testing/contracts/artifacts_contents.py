"""What an artifact store does that tells contents apart, or never replaces one: contracts beside the store's own."""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import BinaryIO, Protocol, cast

import pytest

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import (
    ArtifactStore,
    ChecksParts,
    CreatesFiles,
    TellsChecksums,
    TellsCrcs,
    TellsVersions,
    UploadsParts,
)
from runyard.testing.contracts.artifacts import CONTENT, LARGE, OUTSIDE, BrokenStream, everything, read
from runyard.transfers import checksums

PART = 5 << 20  # bytes; less than this no part but the last may have in some stores


class CreatingStore(ArtifactStore, CreatesFiles, Protocol):
    """Both at once."""


class VersionedStore(ArtifactStore, TellsVersions, Protocol):
    """Both at once."""


class SummingStore(ArtifactStore, TellsCrcs, Protocol):
    """Both at once."""


class CheckedStore(ArtifactStore, TellsChecksums, Protocol):
    """Both at once."""


class CreatesFilesContract:
    """For a store that can be told never to replace a file; `store` is empty for each test."""

    @pytest.fixture
    def store(self) -> CreatingStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_creates_files(self, store: CreatingStore) -> None:
        assert isinstance(store, CreatesFiles)

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["bytes", "empty", "large"])
    def test_what_was_created_reads_back(self, store: CreatingStore, content: bytes) -> None:
        assert store.create("a//b/./c.bin", BytesIO(content)) == FileInfo("a/b/c.bin", False, len(content))
        assert read(store, "a/b/c.bin") == content

    def test_a_file_that_is_there_is_not_replaced(self, store: CreatingStore) -> None:
        store.write("file.txt", BytesIO(b"first"))
        with pytest.raises(AlreadyExists, match=r"file\.txt"):
            store.create("file.txt", BytesIO(b"second"))
        assert read(store, "file.txt") == b"first"

    def test_of_many_at_once_one_succeeds(self, store: CreatingStore) -> None:
        def create(number: int) -> int | None:
            try:
                store.create("folder/file.txt", BytesIO(b"%d" % number))
            except AlreadyExists:
                return None
            return number

        with ThreadPoolExecutor(16) as threads:
            winners = [found for found in threads.map(create, range(32)) if found is not None]
        assert len(winners) == 1
        assert read(store, "folder/file.txt") == b"%d" % winners[0]

    def test_a_creation_that_fails_leaves_nothing(self, store: CreatingStore) -> None:
        with pytest.raises(OSError, match="broke off"):
            store.create("new.txt", cast("BinaryIO", BrokenStream()))
        assert everything(store) == []
        store.create("new.txt", BytesIO(b"again"))
        assert read(store, "new.txt") == b"again"

    @pytest.mark.parametrize("path", ["", *OUTSIDE])
    def test_a_path_that_names_no_file_is_refused(self, store: CreatingStore, path: str) -> None:
        with pytest.raises(InvalidInput):
            store.create(path, BytesIO(b"x"))


class TellsVersionsContract:
    """For a store that tells contents apart without sending them; `store` is empty for each test."""

    @pytest.fixture
    def store(self) -> VersionedStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_tells_versions(self, store: VersionedStore) -> None:
        assert isinstance(store, TellsVersions)

    def test_a_file_has_a_version_until_it_changes(self, store: VersionedStore) -> None:
        store.write("folder/file.txt", BytesIO(b"first"))
        first = store.version("folder/file.txt")
        assert first
        assert store.version("folder/file.txt") == first
        store.write("folder/file.txt", BytesIO(b"other"))
        second = store.version("folder/file.txt")
        assert second
        assert second != first

    @pytest.mark.parametrize("path", ["missing", "folder", "folder/missing", "", "folder/file.txt/below"])
    def test_what_is_no_file_has_no_version(self, store: VersionedStore, path: str) -> None:
        store.write("folder/file.txt", BytesIO(b"first"))
        assert store.version(path) is None

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["bytes", "empty", "large"])
    def test_a_content_is_told_from_another(self, store: VersionedStore, content: bytes) -> None:
        store.write("file.bin", BytesIO(content))
        assert store.holds("file.bin", BytesIO(content)) is True
        assert store.holds("file.bin", BytesIO(content + b"x")) is False
        if content:
            assert store.holds("file.bin", BytesIO(content[:-1] + bytes([content[-1] ^ 1]))) is False
            assert store.holds("file.bin", BytesIO(content[:-1])) is False

    def test_a_content_that_came_in_parts_is_told_from_another(self, store: VersionedStore) -> None:
        if not isinstance(store, UploadsParts):
            pytest.skip("the store takes no parts")
        contents = [bytes([number]) * PART for number in range(2)] + [b"the rest"]
        upload = store.create_upload("file.bin")
        etags = [
            store.write_part("file.bin", upload, number, BytesIO(content)) for number, content in enumerate(contents, 1)
        ]
        store.complete_upload("file.bin", upload, list(enumerate(etags, 1)))
        whole = b"".join(contents)
        assert store.holds("file.bin", BytesIO(whole)) in {True, None}
        assert store.holds("file.bin", BytesIO(whole[:-1] + b"X")) in {False, None}

    def test_a_stream_is_read_from_where_it_stands(self, store: VersionedStore) -> None:
        store.write("file.bin", BytesIO(b"content"))
        stream = BytesIO(b"before content")
        stream.seek(7)
        assert store.holds("file.bin", stream) is True

    @pytest.mark.parametrize("path", ["missing", "folder", "folder/missing"])
    def test_what_is_no_file_holds_nothing(self, store: VersionedStore, path: str) -> None:
        store.write("folder/file.txt", BytesIO(b"first"))
        with pytest.raises(NotFound):
            store.holds(path, BytesIO(b"first"))

    @pytest.mark.parametrize("path", OUTSIDE)
    @pytest.mark.parametrize("action", ["version", "holds"])
    def test_a_path_that_leads_out_is_refused(self, store: VersionedStore, action: str, path: str) -> None:
        with pytest.raises(InvalidInput):
            store.holds(path, BytesIO(b"x")) if action == "holds" else store.version(path)


class TellsCrcsContract:
    """For a store that keeps checksums of files; `store` is empty for each test."""

    @pytest.fixture
    def store(self) -> SummingStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_tells_crcs(self, store: SummingStore) -> None:
        assert isinstance(store, TellsCrcs)

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["bytes", "empty", "large"])
    def test_the_checksum_is_that_of_the_content(self, store: SummingStore, content: bytes) -> None:
        store.write("folder/file.bin", BytesIO(content))
        assert store.crc32("folder/file.bin") in {zlib.crc32(content), None}
        store.write("folder/file.bin", BytesIO(content + b"x"))
        assert store.crc32("folder/file.bin") in {zlib.crc32(content + b"x"), None}

    def test_what_came_in_parts_has_the_checksum_of_the_whole(self, store: SummingStore) -> None:
        if not isinstance(store, UploadsParts):
            pytest.skip("the store takes no parts")
        create = store.create_checked_upload if isinstance(store, ChecksParts) else store.create_upload
        contents = [bytes([number]) * PART for number in range(2)] + [b"the rest"]
        upload = create("file.bin")
        etags = [
            store.write_part("file.bin", upload, number, BytesIO(content)) for number, content in enumerate(contents, 1)
        ]
        store.complete_upload("file.bin", upload, list(enumerate(etags, 1)))
        assert store.crc32("file.bin") in {zlib.crc32(b"".join(contents)), None}

    @pytest.mark.parametrize("path", ["missing", "folder", "folder/missing", ""])
    def test_what_is_no_file_has_no_checksum(self, store: SummingStore, path: str) -> None:
        store.write("folder/file.txt", BytesIO(b"first"))
        assert store.crc32(path) is None

    @pytest.mark.parametrize("path", OUTSIDE)
    def test_a_path_that_leads_out_is_refused(self, store: SummingStore, path: str) -> None:
        with pytest.raises(InvalidInput):
            store.crc32(path)


class TellsChecksumsContract:
    """For a store that knows checksums of its files; `store` is empty for each test."""

    @pytest.fixture
    def store(self) -> CheckedStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_tells_checksums(self, store: CheckedStore) -> None:
        assert isinstance(store, TellsChecksums)

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["bytes", "empty", "large"])
    def test_a_checksum_is_that_of_the_content(self, store: CheckedStore, content: bytes) -> None:
        store.write("file.bin", BytesIO(content))
        checksum = store.checksum("file.bin")
        assert checksum is not None
        assert checksums.has(BytesIO(content), checksum)
        assert not checksums.has(BytesIO(content + b"x"), checksum)
        assert not checksums.has(BytesIO(bytes(len(content)) or b"x"), checksum)

    def test_a_content_that_came_in_parts_has_a_checksum_or_none(self, store: CheckedStore) -> None:
        if not isinstance(store, UploadsParts):
            pytest.skip("the store takes no parts")
        contents = [b"a" * PART, b"b" * PART, b"the rest"]
        upload = store.create_upload("file.bin")
        parts = [(n, store.write_part("file.bin", upload, n, BytesIO(one))) for n, one in enumerate(contents, 1)]
        store.complete_upload("file.bin", upload, parts)
        checksum = store.checksum("file.bin")
        assert checksum is None or checksums.has(BytesIO(b"".join(contents)), checksum)

    @pytest.mark.parametrize("path", ["missing", "folder", ""])
    def test_what_is_no_file_has_no_checksum(self, store: CheckedStore, path: str) -> None:
        store.write("folder/file.bin", BytesIO(CONTENT))
        with pytest.raises(NotFound):
            store.checksum(path)

    @pytest.mark.parametrize("path", OUTSIDE)
    def test_a_path_that_leads_out_is_refused(self, store: CheckedStore, path: str) -> None:
        with pytest.raises(InvalidInput):
            store.checksum(path)
