"""What every artifact store must do: inherit `ArtifactStoreContract` and give the fixture `store`.

A store that has `LocalFiles` inherits `LocalFilesContract` as well.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, LocalFiles

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONTENT = bytes(range(256)) * 40
LARGE = b"0123456789abcdef" * 300_000
OUTSIDE = ("../x", "/etc/passwd", "a/../../x", "%2e%2e/x", "..\\x", "a/%252e%252e/x", "C:\\x", "a\0b")


class BrokenStream(RawIOBase):
    """A source that fails after its first bytes."""

    def __init__(self) -> None:
        self._reads = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._reads += 1
        if self._reads > 1:
            raise OSError("the source broke off")
        view = memoryview(buffer).cast("B")[:100]
        view[:] = bytes(len(view))
        return len(view)


class ArtifactStoreContract:
    """The tests; `store` is empty for each."""

    @pytest.fixture
    def store(self) -> ArtifactStore:
        raise NotImplementedError("override the fixture store")

    @pytest.mark.parametrize("content", [CONTENT, b"", b"\r\n\n\0\xff", LARGE], ids=["bytes", "empty", "odd", "large"])
    def test_what_was_written_reads_back(self, store: ArtifactStore, content: bytes) -> None:
        store.write("folder/file.bin", BytesIO(content))
        assert read(store, "folder/file.bin") == content

    def test_a_write_tells_what_was_written(self, store: ArtifactStore) -> None:
        assert store.write("a//b/./c.bin", BytesIO(CONTENT)) == FileInfo("a/b/c.bin", False, len(CONTENT))

    def test_a_write_replaces_an_earlier_file(self, store: ArtifactStore) -> None:
        store.write("file.txt", BytesIO(b"a longer first version"))
        store.write("file.txt", BytesIO(b"second"))
        assert read(store, "file.txt") == b"second"
        assert store.list() == [FileInfo("file.txt", False, 6)]

    def test_a_write_that_fails_leaves_nothing(self, store: ArtifactStore) -> None:
        with pytest.raises(OSError, match="broke off"):
            store.write("new.txt", cast("BinaryIO", BrokenStream()))
        assert store.stat("new.txt") is None
        assert store.list() == []

    def test_a_write_that_fails_keeps_the_earlier_file(self, store: ArtifactStore) -> None:
        store.write("file.txt", BytesIO(b"earlier"))
        with pytest.raises(OSError, match="broke off"):
            store.write("file.txt", cast("BinaryIO", BrokenStream()))
        assert read(store, "file.txt") == b"earlier"

    def test_a_file_needs_a_name(self, store: ArtifactStore) -> None:
        with pytest.raises(InvalidInput):
            store.write("", BytesIO(b"nameless"))

    @pytest.mark.parametrize(
        ("start", "length"), [(0, 10), (5, None), (100, 1), (10_230, 100), (0, 0), (10_240, None), (99_999, 5)]
    )
    def test_a_range_of_a_file_can_be_read(self, store: ArtifactStore, start: int, length: int | None) -> None:
        store.write("file.bin", BytesIO(CONTENT))
        with store.open("file.bin", start=start, length=length) as stream:
            assert stream.read() == CONTENT[start : None if length is None else start + length]

    @pytest.mark.parametrize(("start", "length"), [(-1, None), (0, -1)])
    def test_a_range_before_the_file_is_refused(self, store: ArtifactStore, start: int, length: int | None) -> None:
        store.write("file.bin", BytesIO(CONTENT))
        with pytest.raises(InvalidInput):
            store.open("file.bin", start=start, length=length)

    def test_a_file_can_be_read_piece_by_piece(self, store: ArtifactStore) -> None:
        store.write("file.bin", BytesIO(CONTENT))
        with store.open("file.bin", start=1, length=5_000) as stream:
            pieces = list(iter(lambda: stream.read(700), b""))
        assert b"".join(pieces) == CONTENT[1:5_001]
        assert max(map(len, pieces)) <= 700

    @pytest.mark.parametrize("path", ["missing.txt", "folder/missing.txt", "file.txt/below", "folder", ""])
    def test_opening_what_is_no_file_is_not_found(self, store: ArtifactStore, path: str) -> None:
        store.write("file.txt", BytesIO(b"x"))
        store.write("folder/inner.txt", BytesIO(b"x"))
        with pytest.raises(NotFound):
            store.open(path)

    def test_a_folder_lists_what_lies_directly_in_it(self, store: ArtifactStore) -> None:
        for path in ("model/b.txt", "model/a.txt", "model/data/x/y.bin", "models/other.txt", "top.txt"):
            store.write(path, BytesIO(path.encode()))
        listed = {info.path: info for info in store.list("model")}
        assert listed == {
            "model/a.txt": FileInfo("model/a.txt", False, 11),
            "model/b.txt": FileInfo("model/b.txt", False, 11),
            "model/data": FileInfo("model/data", True),
        }
        assert {info.path for info in store.list()} == {"model", "models", "top.txt"}

    def test_a_listing_is_sorted_by_path(self, store: ArtifactStore) -> None:
        names = ["b", "a10", "a-b/x", "a/x", "B", "a2", "ä"]
        for name in names:
            store.write(name, BytesIO(b"x"))
        paths = [info.path for info in store.list()]
        assert paths == sorted(paths)

    @pytest.mark.parametrize("path", ["file.txt", "missing", "missing/deeper"])
    def test_listing_what_is_no_folder_is_empty(self, store: ArtifactStore, path: str) -> None:
        store.write("file.txt", BytesIO(b"x"))
        assert store.list(path) == []

    def test_an_empty_store_lists_nothing(self, store: ArtifactStore) -> None:
        assert store.list() == []

    def test_stat_tells_files_from_folders(self, store: ArtifactStore) -> None:
        store.write("folder/file.txt", BytesIO(b"12345"))
        assert store.stat("folder/file.txt") == FileInfo("folder/file.txt", False, 5)
        assert store.stat("folder") == FileInfo("folder", True)

    @pytest.mark.parametrize("path", ["missing", "folder/missing", "fold", "folder/file.txt/below"])
    def test_stat_of_nothing_is_none(self, store: ArtifactStore, path: str) -> None:
        store.write("folder/file.txt", BytesIO(b"x"))
        assert store.stat(path) is None

    def test_deleting_a_file_leaves_its_neighbours(self, store: ArtifactStore) -> None:
        for path in ("a/one.txt", "a/one.txt.bak", "b.txt"):
            store.write(path, BytesIO(b"x"))
        store.delete("a/one.txt")
        assert everything(store) == ["a/one.txt.bak", "b.txt"]

    def test_deleting_a_folder_deletes_all_it_holds(self, store: ArtifactStore) -> None:
        for path in ("a/one.txt", "a/deep/er/two.txt", "ab/three.txt", "c.txt"):
            store.write(path, BytesIO(b"x"))
        store.delete("a")
        assert everything(store) == ["ab/three.txt", "c.txt"]
        assert store.stat("a") is None

    def test_deleting_the_root_empties_the_store(self, store: ArtifactStore) -> None:
        store.write("a/one.txt", BytesIO(b"x"))
        store.delete("")
        assert store.list() == []
        store.delete("")
        store.write("again.txt", BytesIO(b"x"))
        assert everything(store) == ["again.txt"]

    @pytest.mark.parametrize("path", ["missing", "folder/missing", "folder/file.txt/below"])
    def test_deleting_nothing_is_not_found(self, store: ArtifactStore, path: str) -> None:
        store.write("folder/file.txt", BytesIO(b"x"))
        with pytest.raises(NotFound):
            store.delete(path)
        assert everything(store) == ["folder/file.txt"]

    @pytest.mark.parametrize("path", OUTSIDE)
    @pytest.mark.parametrize("action", ["list", "stat", "open", "write", "delete"])
    def test_a_path_that_leads_out_is_refused(self, store: ArtifactStore, action: str, path: str) -> None:
        arguments = (path, BytesIO(b"x")) if action == "write" else (path,)
        with pytest.raises(InvalidInput):
            getattr(store, action)(*arguments)

    def test_names_keep_their_characters(self, store: ArtifactStore) -> None:
        names = [
            "Größe in µm.txt",
            "a+b=c&d.txt",
            "50% (1).txt",
            "q?x#y.txt",
            "key+step+0.png",
            "...",
            ".hidden",
            "日本",
            " spaces around ",
            "quote'\"`.txt",
            "a" * 251 + ".txt",
            "ü" * 125 + ".bin",
        ]
        for name in names:
            store.write(f"f o/{name}", BytesIO(name.encode()))
        assert {info.path for info in store.list("f o")} == {f"f o/{name}" for name in names}
        assert [read(store, f"f o/{name}").decode() for name in names] == names

    def test_writers_at_the_same_time_do_not_disturb_each_other(self, store: ArtifactStore) -> None:
        contents = [bytes([number]) * 20_000 for number in range(16)]

        def write(number: int) -> None:
            store.write(f"own/{number}/deep/file.bin", BytesIO(contents[number]))
            store.write("shared/file.bin", BytesIO(contents[number]))

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(write, range(16)))
        assert [read(store, f"own/{number}/deep/file.bin") for number in range(16)] == contents
        assert read(store, "shared/file.bin") in contents
        assert [info.path for info in store.list("shared")] == ["shared/file.bin"]


class LocalFilesContract:
    """For a store whose files can be read in place; `store` is empty for each test."""

    @pytest.fixture
    def store(self) -> ArtifactStore:
        raise NotImplementedError("override the fixture store")

    def test_files_that_are_local_can_be_read_in_place(self, store: ArtifactStore) -> None:
        assert isinstance(store, LocalFiles)
        store.write("folder/file.bin", BytesIO(CONTENT))
        assert store.local_path("folder/file.bin").is_file()
        assert store.local_path("folder/file.bin").read_bytes() == CONTENT
        assert [entry.name for entry in store.local_path("folder").iterdir()] == ["file.bin"]
        with pytest.raises(InvalidInput):
            store.local_path("../outside")


def read(store: ArtifactStore, path: str) -> bytes:
    with store.open(path) as stream:
        return stream.read()


def everything(store: ArtifactStore, folder: str = "") -> list[str]:
    """The paths of all files below a folder, sorted."""
    found: list[str] = []
    for info in store.list(folder):
        found += everything(store, info.path) if info.is_dir else [info.path]
    return sorted(found)
