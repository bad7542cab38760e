"""What an artifact store does that lists in pages: inherit `ListsPagesContract` beside the store's contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Protocol

import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore, ListsPages
from runyard.testing.contracts.artifacts import OUTSIDE

MANY = 1_050  # more than a page of any store


class PagedStore(ArtifactStore, ListsPages, Protocol):
    """Both at once."""


class ListsPagesContract:
    """The tests; `store` is empty for each."""

    @pytest.fixture
    def store(self) -> PagedStore:
        raise NotImplementedError("override the fixture store")

    def test_the_store_says_that_it_lists_pages(self, store: PagedStore) -> None:
        assert isinstance(store, ListsPages)

    def test_pages_hold_what_lies_directly_in_a_folder(self, store: PagedStore) -> None:
        for path in ("model/b.txt", "model/a.txt", "model/data/x/y.bin", "models/other.txt", "top.txt"):
            store.write(path, BytesIO(path.encode()))
        assert listed(store, "model") == store.list("model")
        assert listed(store) == store.list()

    def test_pages_hold_every_file_below_a_folder(self, store: PagedStore) -> None:
        for path in ("model/b.txt", "model/data/x/y.bin", "model/data/z", "models/other.txt", "top.txt"):
            store.write(path, BytesIO(path.encode()))
        assert listed(store, "model", recursive=True) == [
            FileInfo("model/b.txt", False, 11),
            FileInfo("model/data/x/y.bin", False, 18),
            FileInfo("model/data/z", False, 12),
        ]
        assert [info.path for info in listed(store, recursive=True)][-2:] == ["models/other.txt", "top.txt"]

    @pytest.mark.parametrize("recursive", [False, True])
    @pytest.mark.parametrize("path", ["file.txt", "missing", "missing/deeper", "fil"])
    def test_pages_of_what_is_no_folder_are_empty(self, store: PagedStore, path: str, recursive: bool) -> None:
        store.write("file.txt", BytesIO(b"x"))
        assert listed(store, path, recursive=recursive) == []

    def test_many_files_are_all_listed_once(self, store: PagedStore) -> None:
        names = [f"many/{number:04d}.txt" for number in range(MANY)]
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda name: store.write(name, BytesIO(b"")), names))
        assert [info.path for info in listed(store, "many")] == names
        assert [info.path for info in listed(store, recursive=True)] == names
        assert [info.path for info in store.list("many")] == names
        store.delete("many")
        assert store.list() == []

    @pytest.mark.parametrize("path", OUTSIDE)
    def test_a_path_that_leads_out_is_refused(self, store: PagedStore, path: str) -> None:
        with pytest.raises(InvalidInput):
            list(store.list_pages(path))


def listed(store: ListsPages, path: str = "", *, recursive: bool = False) -> list[FileInfo]:
    """What all pages hold, sorted by path."""
    pages = store.list_pages(path, recursive=recursive)
    return sorted((info for page in pages for info in page), key=lambda info: info.path)
