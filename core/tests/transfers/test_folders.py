"""Files and folders go to an artifact store and come back as they were; nothing leaves the destination."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import CorruptData, InvalidInput, NotFound
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.plain import HidesCapabilities
from runyard.transfers.folders import download, files_below, upload, upload_folder
from runyard.transfers.progress import Progress


@pytest.fixture
def store(tmp_path: Path) -> MemoryArtifactStore:
    return MemoryArtifactStore(f"memory:{tmp_path}")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "data/deep").mkdir(parents=True)
    (folder / "MLmodel").write_text("flavors: {}")
    (folder / "data/model.pkl").write_bytes(bytes(100_000))
    (folder / "data/deep/ünï.txt").write_text("x")
    (folder / "empty").mkdir()
    return folder


def paths(store: MemoryArtifactStore) -> list[str]:
    return [info.path for info in files_below(store)]


def tree(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@attrs.frozen
class Lists(HidesCapabilities):
    """A store that says what it likes."""

    said: Mapping[str, list[FileInfo]]
    store: MemoryArtifactStore = attrs.field(factory=lambda: MemoryArtifactStore("memory:said"))

    def stat(self, path: str) -> FileInfo | None:
        return FileInfo(path, is_dir=True)

    def list(self, path: str = "") -> Any:
        return self.said[path]


class ListsPages(Lists):
    """The same in pages."""

    def list_pages(self, path: str = "", *, recursive: bool = False) -> Iterator[Sequence[FileInfo]]:
        return iter([self.said[path]])


class TestUpload:
    def test_a_file_is_stored_under_its_own_name(self, store: MemoryArtifactStore, model: Path) -> None:
        assert upload(store, model / "MLmodel") == [FileInfo("MLmodel", False, 11)]
        assert upload(store, str(model / "MLmodel"), "some/folder") == [FileInfo("some/folder/MLmodel", False, 11)]

    def test_a_folder_is_stored_under_its_own_name(self, store: MemoryArtifactStore, model: Path) -> None:
        upload(store, model, "best")
        assert paths(store) == ["best/model/MLmodel", "best/model/data/deep/ünï.txt", "best/model/data/model.pkl"]

    def test_the_working_folder_has_a_name_too(
        self, store: MemoryArtifactStore, model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(model / "data/deep")
        upload(store, ".")
        assert paths(store) == ["deep/ünï.txt"]

    def test_what_a_folder_holds_is_stored_with_its_structure(self, store: MemoryArtifactStore, model: Path) -> None:
        upload_folder(store, model)
        assert paths(store) == ["MLmodel", "data/deep/ünï.txt", "data/model.pkl"]

    def test_links_are_followed_but_not_in_circles(self, store: MemoryArtifactStore, model: Path) -> None:
        (model / "again").symlink_to(model)
        (model / "link.txt").symlink_to(model / "MLmodel")
        (model / "gone.txt").symlink_to(model / "nowhere")
        upload_folder(store, model)
        assert "link.txt" in paths(store)
        assert len(paths(store)) == 4

    @pytest.mark.parametrize("action", [upload, upload_folder])
    def test_what_is_missing_is_told(self, store: MemoryArtifactStore, tmp_path: Path, action: object) -> None:
        with pytest.raises(NotFound, match="missing"):
            action(store, tmp_path / "missing")  # type: ignore[operator]

    def test_nothing_is_stored_if_one_name_is_refused(self, store: MemoryArtifactStore, model: Path) -> None:
        (model / "z%2f..").write_text("x")
        (model / "line\nbreak").write_text("x")
        with pytest.raises(InvalidInput, match="invalid artifact path"):
            upload_folder(store, model)
        assert paths(store) == []

    @pytest.mark.parametrize("target", ["../elsewhere", "/etc"])
    def test_a_target_outside_of_the_run_is_refused(self, store: MemoryArtifactStore, model: Path, target: str) -> None:
        for action in (upload, upload_folder):
            with pytest.raises(InvalidInput):
                action(store, model, target)

    def test_progress_is_told_up_to_the_total(self, store: MemoryArtifactStore, model: Path) -> None:
        told: list[Progress] = []
        upload(store, model, report=told.append)
        last = told[-1]
        assert (last.files, last.total_files) == (3, 3)
        assert last.size == last.total_size == 100_012
        assert [progress.size for progress in told] == sorted(progress.size for progress in told)


class TestDownload:
    @pytest.fixture
    def filled(self, store: MemoryArtifactStore, model: Path) -> MemoryArtifactStore:
        upload(store, model, "best")
        store.write("notes.txt", BytesIO(b"hello"))
        return store

    def test_a_file_keeps_its_folders(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        there = download(filled, "best/model/MLmodel", tmp_path / "out")
        assert there == tmp_path / "out/best/model/MLmodel"
        assert there.read_text() == "flavors: {}"

    def test_a_file_can_be_fetched_by_its_name_alone(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        assert download(filled, "best/model/MLmodel", tmp_path / "out", keep_folders=False) == tmp_path / "out/MLmodel"

    def test_a_folder_comes_back_as_it_went(self, filled: MemoryArtifactStore, model: Path, tmp_path: Path) -> None:
        assert tree(download(filled, "best/model", tmp_path / "out")) == tree(model)
        assert tree(download(filled, "best/model", tmp_path / "flat", keep_folders=False)) == tree(model)
        assert (tmp_path / "flat/model/MLmodel").exists()

    def test_everything_can_be_fetched_at_once(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        assert download(filled, "", tmp_path / "out") == tmp_path / "out"
        assert len(tree(tmp_path / "out")) == 4

    def test_without_a_destination_a_new_folder_is_used(self, filled: MemoryArtifactStore) -> None:
        first, second = download(filled, "notes.txt"), download(filled, "notes.txt")
        assert first != second
        assert first.read_text() == second.read_text() == "hello"

    def test_what_is_local_is_not_copied_without_a_destination(self, tmp_path: Path) -> None:
        class Local(MemoryArtifactStore):
            def local_path(self, path: str = "") -> Path:
                return tmp_path / "in place" / path

        store = Local(f"memory:{tmp_path}")
        store.write("a.txt", BytesIO(b"x"))
        assert download(store, "a.txt") == tmp_path / "in place/a.txt"
        assert download(store, "a.txt", tmp_path / "out").read_text() == "x"

    def test_what_is_missing_is_told_with_what_there_is(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match=r"'note\.txt'; there is: best, notes\.txt"):
            download(filled, "note.txt", tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_an_empty_run_gives_an_empty_folder(self, store: MemoryArtifactStore, tmp_path: Path) -> None:
        assert tree(download(store, "", tmp_path / "out")) == {}

    def test_a_transfer_that_breaks_off_leaves_the_destination_as_it_was(self, tmp_path: Path) -> None:
        class BreaksOff(MemoryArtifactStore):
            def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
                if path.endswith("last.txt"):
                    raise OSError("the connection broke")
                return super().open(path, start=start, length=length)

        store = BreaksOff(f"memory:{tmp_path}")
        for name in ("first.txt", "last.txt"):
            store.write(f"folder/{name}", BytesIO(b"new"))
        (tmp_path / "out/folder").mkdir(parents=True)
        (tmp_path / "out/folder/first.txt").write_text("earlier")
        with pytest.raises(OSError, match="broke"):
            download(store, "folder", tmp_path / "out")
        assert tree(tmp_path / "out") == {"folder/first.txt": b"earlier"}
        assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["folder"]

    @pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil.txt", "folder/../../evil", "other/evil.txt", ".."])
    def test_a_store_that_lists_names_that_lead_out_is_refused(self, tmp_path: Path, name: str) -> None:
        evil = Lists({"": [FileInfo(name, False, 4)]})
        with pytest.raises(CorruptData, match="not safe"):
            download(evil, "", tmp_path / "out")
        assert tree(tmp_path) == {}

    @pytest.mark.parametrize(
        "name", ["../evil.txt", "/etc/evil.txt", "best/../../evil", "other/evil.txt", "best", ".."]
    )
    def test_pages_with_names_that_lead_out_are_refused(self, tmp_path: Path, name: str) -> None:
        evil = ListsPages({"": [FileInfo("best", True)], "best": [FileInfo(name, False, 4)]})
        with pytest.raises(CorruptData, match="not safe"):
            download(evil, "best", tmp_path / "out")
        assert tree(tmp_path) == {}

    def test_a_store_that_lists_in_a_circle_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CorruptData):
            download(Lists({"": [FileInfo("f", True)], "f": [FileInfo("f", True)]}), "", tmp_path / "out")

    def test_a_link_in_the_destination_does_not_lead_out(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "out").mkdir()
        (tmp_path / "out/best").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(InvalidInput, match="leads out"):
            download(filled, "best", tmp_path / "out")
        assert tree(tmp_path / "elsewhere") == {}

    def test_progress_is_told_up_to_the_total(self, filled: MemoryArtifactStore, tmp_path: Path) -> None:
        told: list[Progress] = []
        download(filled, "", tmp_path / "out", report=told.append)
        assert (told[-1].files, told[-1].size) == (4, told[-1].total_size)

    def test_waiting_for_many_small_files_is_done_at_the_same_time(self, tmp_path: Path) -> None:
        @attrs.define
        class Slow:
            store: MemoryArtifactStore

            def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
                time.sleep(0.05)
                return self.store.open(path, start=start, length=length)

            def __getattr__(self, name: str) -> object:
                return getattr(self.store, name)

        slow = Slow(MemoryArtifactStore(f"memory:{tmp_path}"))
        for number in range(40):
            slow.store.write(f"{number}.txt", BytesIO(b"x"))
        started = time.monotonic()
        download(slow, "", tmp_path / "out")  # type: ignore[arg-type]
        assert time.monotonic() - started < 1.5
        assert len(list((tmp_path / "out").iterdir())) == 40
