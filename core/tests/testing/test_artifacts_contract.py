"""The artifact contract passes for the reference and catches every way a store can be wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.settings import Settings
from runyard.testing.contracts.artifacts import ArtifactStoreContract, LocalFilesContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.artifacts import MemoryArtifactStore, open_store
from runyard.uris import Uri, artifact_path


@pytest.fixture
def location(tmp_path: Path) -> str:
    """A place in memory that no other test uses."""
    return f"memory:{tmp_path}"


class TestReference(ArtifactStoreContract):
    @pytest.fixture
    def store(self, location: str) -> ArtifactStore:
        return open_store(Uri.parse(location), Settings())


def test_a_store_opened_twice_shows_the_same_files(location: str) -> None:
    open_store(Uri.parse(location), Settings()).write("folder/a.txt", BytesIO(b"x"))
    assert open_store(Uri.parse(location + "/folder"), Settings()).list() == [FileInfo("a.txt", False, 1)]


class Garbles(MemoryArtifactStore):
    """Takes files for text."""

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return super().write(path, BytesIO(source.read().replace(b"\r\n", b"\n")))


class SaysTheWrongPath(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return attrs.evolve(super().write(path, source), path=path)


class Appends(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        with suppress(NotFound), self.open(path) as earlier:
            return super().write(path, BytesIO(earlier.read() + source.read()))
        return super().write(path, source)


class LeavesTornNewFiles(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        if self.stat(path) is None:
            super().write(path, BytesIO(b""))
        return super().write(path, source)


class DeletesBeforeItWrites(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        with suppress(NotFound):
            self.delete(path or "x")
        return super().write(path, source)


class TakesNamelessFiles(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return super().write(path or "unnamed", source)


class ForgetsTheLength(MemoryArtifactStore):
    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        return super().open(path, start=start, length=None if start and length else length)


class CountsFromTheEnd(MemoryArtifactStore):
    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        return super().open(path, start=abs(start), length=None if length is None else abs(length))


class GivesAllAtOnce(MemoryArtifactStore):
    class Greedy(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read()

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        return self.Greedy(super().open(path, start=start, length=length).read())


class OpensWhatIsMissing(MemoryArtifactStore):
    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        try:
            return super().open(path, start=start, length=length)
        except NotFound:
            return BytesIO(b"")


class ListsEverything(MemoryArtifactStore):
    """Lists what lies deeper as well."""

    def list(self, path: str = "") -> list[FileInfo]:
        direct = super().list(path)
        deeper = [info for folder in direct if folder.is_dir for info in super(ListsEverything, self).list(folder.path)]
        return sorted([*direct, *deeper], key=lambda info: info.path)


class ListsInAnyOrder(MemoryArtifactStore):
    def list(self, path: str = "") -> list[FileInfo]:
        return sorted(super().list(path), key=lambda info: info.path.lower())


class ListsTheFileItself(MemoryArtifactStore):
    def list(self, path: str = "") -> list[FileInfo]:
        found = super().list(path)
        info = None if found or not path else self.stat(path)
        return found if info is None else [info]


class ListsItsRoot(MemoryArtifactStore):
    def list(self, path: str = "") -> list[FileInfo]:
        return super().list(path) or ([FileInfo("", True)] if not path else [])


class ForgetsSizes(MemoryArtifactStore):
    def stat(self, path: str) -> FileInfo | None:
        info = super().stat(path)
        return None if info is None else attrs.evolve(info, file_size=None)


class FindsByPrefix(MemoryArtifactStore):
    """As an object store does that is asked for keys that begin with the path."""

    def stat(self, path: str) -> FileInfo | None:
        info = super().stat(path)
        begins = any(entry.path.startswith(path) for entry in self.list())
        return FileInfo(path, True) if info is None and path and begins else info


class DeletesByPrefix(MemoryArtifactStore):
    def delete(self, path: str) -> None:
        found = self.stat(path)
        super().delete(path)
        if found is not None and found.is_dir and path:
            for entry in self.list():
                if entry.path.startswith(path):
                    super().delete(entry.path)


class DeletesFilesByPrefix(MemoryArtifactStore):
    def delete(self, path: str) -> None:
        found = self.stat(path)
        super().delete(path)
        if found is not None and not found.is_dir:
            for entry in self.list(path.rpartition("/")[0]):
                if entry.path.startswith(path):
                    super().delete(entry.path)


class KeepsItsRoot(MemoryArtifactStore):
    def delete(self, path: str) -> None:
        if path:
            super().delete(path)


class DeletesNothingQuietly(MemoryArtifactStore):
    def delete(self, path: str) -> None:
        with suppress(NotFound):
            super().delete(path)


class Cleans(MemoryArtifactStore):
    """Makes the best of a path that leads out instead of refusing it."""

    @staticmethod
    def _clean(path: str) -> str:
        try:
            return artifact_path(path)
        except InvalidInput:
            return path.strip("./\\\0").replace("..", "").replace("%", "")

    def list(self, path: str = "") -> list[FileInfo]:
        return super().list(self._clean(path))

    def stat(self, path: str) -> FileInfo | None:
        return super().stat(self._clean(path))

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return super().write(self._clean(path), source)


class EncodesNames(MemoryArtifactStore):
    def write(self, path: str, source: BinaryIO) -> FileInfo:
        return super().write(path.replace("+", " "), source)


class SharesAPartialFile(MemoryArtifactStore):
    """Writes through one partial file under a fixed name."""

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        folder = path.rpartition("/")[0]
        if folder != "shared":
            return super().write(path, source)
        super().write("shared/partial", source)
        time.sleep(0.01)
        with self.open("shared/partial") as content:
            return super().write(path, content)


class LiesElsewhere(MemoryArtifactStore):
    def local_path(self, path: str = "") -> Path:
        return Path(__file__).parent / "nowhere" / artifact_path(path)


DOUBLES: dict[str, Callable[[str], ArtifactStore]] = {
    "test_what_was_written_reads_back": Garbles,
    "test_a_write_tells_what_was_written": SaysTheWrongPath,
    "test_a_write_replaces_an_earlier_file": Appends,
    "test_a_write_that_fails_leaves_nothing": LeavesTornNewFiles,
    "test_a_write_that_fails_keeps_the_earlier_file": DeletesBeforeItWrites,
    "test_a_file_needs_a_name": TakesNamelessFiles,
    "test_a_range_of_a_file_can_be_read": ForgetsTheLength,
    "test_a_range_before_the_file_is_refused": CountsFromTheEnd,
    "test_a_file_can_be_read_piece_by_piece": GivesAllAtOnce,
    "test_opening_what_is_no_file_is_not_found": OpensWhatIsMissing,
    "test_a_folder_lists_what_lies_directly_in_it": ListsEverything,
    "test_a_listing_is_sorted_by_path": ListsInAnyOrder,
    "test_listing_what_is_no_folder_is_empty": ListsTheFileItself,
    "test_an_empty_store_lists_nothing": ListsItsRoot,
    "test_stat_tells_files_from_folders": ForgetsSizes,
    "test_stat_of_nothing_is_none": FindsByPrefix,
    "test_deleting_a_file_leaves_its_neighbours": DeletesFilesByPrefix,
    "test_deleting_a_folder_deletes_all_it_holds": DeletesByPrefix,
    "test_deleting_the_root_empties_the_store": KeepsItsRoot,
    "test_deleting_nothing_is_not_found": DeletesNothingQuietly,
    "test_a_path_that_leads_out_is_refused": Cleans,
    "test_names_keep_their_characters": EncodesNames,
    "test_writers_at_the_same_time_do_not_disturb_each_other": SharesAPartialFile,
}
LOCAL_FILES: dict[str, Callable[[str], ArtifactStore]] = {
    "test_files_that_are_local_can_be_read_in_place": LiesElsewhere,
}


CONTRACTS = [(ArtifactStoreContract, DOUBLES), (LocalFilesContract, LOCAL_FILES)]


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_each_test_has_a_double(contract: type, doubles: dict[str, Callable[[str], ArtifactStore]]) -> None:
    assert_each_has_a_double(contract, doubles)


@pytest.mark.parametrize(
    ("contract", "test", "double"),
    [(contract, test, double) for contract, doubles in CONTRACTS for test, double in doubles.items()],
)
def test_a_wrong_store_is_caught(
    contract: type, test: str, double: Callable[[str], ArtifactStore], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def fresh() -> ArtifactStore:
        return double(f"memory:{tmp_path_factory.mktemp('store')}")

    assert_caught(contract, test, fresh)
