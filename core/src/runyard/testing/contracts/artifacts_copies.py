"""What an artifact store does whose storage copies files: inherit `CopiesFilesContract` beside the store's contract.

Fixtures: `store` and `beside`, both empty and in one storage.
"""

from __future__ import annotations

from io import BytesIO
from typing import Protocol

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, CopiesFiles
from runyard.testing.contracts.artifacts import CONTENT, LARGE, OUTSIDE, everything, read
from runyard.testing.plain import HidesCapabilities

NAMES = ("file.bin", "folder/50% (1) ü+&#?.bin", "a b/c+d=e.bin")


class CopyingStore(ArtifactStore, CopiesFiles, Protocol):
    """Both at once."""


@attrs.frozen
class _Elsewhere(HidesCapabilities):
    """A store of which nobody knows where it lies."""

    store: ArtifactStore


class CopiesFilesContract:
    """The tests; both stores are empty for each."""

    @pytest.fixture
    def store(self) -> CopyingStore:
        raise NotImplementedError("override the fixture store")

    @pytest.fixture
    def beside(self) -> ArtifactStore:
        raise NotImplementedError("override the fixture beside")

    def test_the_store_says_from_which_others_it_copies(self, store: CopyingStore, beside: ArtifactStore) -> None:
        assert isinstance(store, CopiesFiles)
        assert store.copies_from(beside)
        assert store.copies_from(store)
        assert not store.copies_from(_Elsewhere(beside))

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["bytes", "empty", "large"])
    def test_a_copy_holds_what_the_file_holds(self, store: CopyingStore, beside: ArtifactStore, content: bytes) -> None:
        for name in NAMES:
            beside.write(name, BytesIO(content))
            assert store.copy(f"copy/{name}", beside, name) == FileInfo(f"copy/{name}", False, len(content))
            assert read(store, f"copy/{name}") == content

    def test_a_copy_replaces_an_earlier_file(self, store: CopyingStore, beside: ArtifactStore) -> None:
        beside.write("file.bin", BytesIO(b"second"))
        store.write("file.bin", BytesIO(b"a longer first version"))
        store.copy("file.bin", beside, "file.bin")
        assert read(store, "file.bin") == b"second"
        assert store.list() == [FileInfo("file.bin", False, 6)]

    def test_a_file_is_copied_within_a_store(self, store: CopyingStore) -> None:
        store.write("one.bin", BytesIO(CONTENT))
        store.copy("other.bin", store, "one.bin")
        assert everything(store) == ["one.bin", "other.bin"]
        assert read(store, "one.bin") == read(store, "other.bin") == CONTENT

    def test_a_copy_stays_what_it_was(self, store: CopyingStore, beside: ArtifactStore) -> None:
        beside.write("file.bin", BytesIO(CONTENT))
        store.copy("file.bin", beside, "file.bin")
        beside.write("file.bin", BytesIO(b"later"))
        assert read(store, "file.bin") == CONTENT
        beside.delete("file.bin")
        assert read(store, "file.bin") == CONTENT

    @pytest.mark.parametrize("path", ["missing", "folder", ""])
    def test_what_is_no_file_is_not_copied(self, store: CopyingStore, beside: ArtifactStore, path: str) -> None:
        beside.write("folder/inner.bin", BytesIO(CONTENT))
        store.write("file.bin", BytesIO(b"earlier"))
        with pytest.raises(NotFound):
            store.copy("file.bin", beside, path)
        assert read(store, "file.bin") == b"earlier"

    @pytest.mark.parametrize("path", ["", *OUTSIDE])
    def test_a_path_that_names_no_file_is_refused(self, store: CopyingStore, beside: ArtifactStore, path: str) -> None:
        beside.write("file.bin", BytesIO(CONTENT))
        with pytest.raises(InvalidInput):
            store.copy(path, beside, "file.bin")
        if path:
            with pytest.raises(InvalidInput):
                store.copy("copy.bin", beside, path)
