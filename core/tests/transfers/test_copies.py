"""Files go from store to store, and a folder is made like another by copying only what differs."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, CorruptData, NotFound, NotSupported
from runyard.protocols.artifacts import ArtifactStore
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.plain import HidesCapabilities
from runyard.transfers.copies import Differences, Place, copy, differences, synchronise
from runyard.transfers.folders import files_below
from runyard.transfers.progress import Progress

CONTENT = random.Random(3).randbytes(5_300)


@attrs.frozen
class Plain(HidesCapabilities):
    """A store that knows nothing of its contents."""

    store: MemoryArtifactStore


class Counting(MemoryArtifactStore):
    """Counts the files that are read, and may not know what they hold."""

    def __init__(self, location: str, *, knows: bool = True) -> None:
        super().__init__(location)
        self.read: list[str] = []
        self.knows = knows

    def copies_from(self, other: ArtifactStore) -> bool:
        return False

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        self.read.append(path)
        return super().open(path, start=start, length=length)

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        if not self.knows:
            return None
        with MemoryArtifactStore.open(self, path) as stream:
            return stream.read() == source.read()


class Copying(Counting):
    """Copies by itself, but not what is called large, and perhaps only half."""

    half = False

    def copies_from(self, other: ArtifactStore) -> bool:
        return isinstance(other, Copying)

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        if "large" in source:
            raise NotSupported("too large")
        with MemoryArtifactStore.open(other, source) as stream:  # type: ignore[arg-type]  # it is one
            return self.write(path, BytesIO(stream.read(3 if self.half else -1)))


@attrs.frozen
class Local(HidesCapabilities):
    """A folder of this machine."""

    root: Path
    store: MemoryArtifactStore = attrs.field(factory=lambda: MemoryArtifactStore("memory:unused"))

    def local_path(self, path: str = "") -> Path:
        return self.root / path

    def stat(self, path: str) -> FileInfo | None:
        place = self.root / path
        if place.is_dir():
            return FileInfo(path, is_dir=True)
        return FileInfo(path, False, place.stat().st_size) if place.exists() else None

    def list(self, path: str = "") -> list[FileInfo]:
        names = sorted(entry.name for entry in (self.root / path).iterdir()) if (self.root / path).is_dir() else []
        return [info for name in names if (info := self.stat(f"{path}/{name}".lstrip("/"))) is not None]

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        return (self.root / path).open("rb")

    def delete(self, path: str) -> None:
        (self.root / path).unlink()


@pytest.fixture
def here(tmp_path: Path) -> Counting:
    store = Counting(f"memory:{tmp_path}/here")
    store.write("model/MLmodel", BytesIO(b"flavors: {}"))
    store.write("model/data/large.bin", BytesIO(CONTENT))
    store.write("models.txt", BytesIO(b"beside"))
    return store


@pytest.fixture
def there(tmp_path: Path) -> Counting:
    return Counting(f"memory:{tmp_path}/there")


def content(store: MemoryArtifactStore | Local, path: str) -> bytes:
    with store.open(path) as stream:
        return stream.read()


def paths(store: MemoryArtifactStore | Local) -> list[str]:
    return sorted(info.path for info in files_below(store))


def test_a_file_gets_the_path_of_the_target(here: Counting, there: Counting) -> None:
    assert copy(Place(here, "models.txt"), Place(there, "deep/other.txt")) == [FileInfo("deep/other.txt", False, 6)]
    assert content(there, "deep/other.txt") == b"beside"


@pytest.mark.usefixtures("small_stretches")
@pytest.mark.parametrize("target", ["", "copy", "deep/copy"])
def test_a_folder_is_copied_with_its_structure(here: Counting, there: Counting, target: str) -> None:
    told: list[Progress] = []
    stored = copy(Place(here, "model"), Place(there, target), report=told.append)
    names = [f"{target}/{name}".lstrip("/") for name in ("MLmodel", "data/large.bin")]
    assert sorted(info.path for info in stored) == paths(there) == names
    assert content(there, names[1]) == CONTENT
    assert (told[-1].size, told[-1].files) == (5_311, 2)


@pytest.mark.usefixtures("small_stretches")
def test_what_goes_to_this_machine_appears_whole(here: Counting, tmp_path: Path) -> None:
    local = Local(tmp_path / "out")
    stored = copy(Place(here, "model"), Place(local, "copy"))
    assert sorted(info.path for info in stored) == paths(local) == ["copy/MLmodel", "copy/data/large.bin"]
    assert content(local, "copy/data/large.bin") == CONTENT


@pytest.mark.usefixtures("small_stretches")
def test_what_comes_from_this_machine_is_sent_in_parts(there: Counting, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/large.bin").write_bytes(CONTENT)
    copy(Place(Local(tmp_path / "out"), "large.bin"), Place(there, "there.bin"))
    assert content(there, "there.bin") == CONTENT


def test_what_is_missing_is_told(here: Counting, there: Counting) -> None:
    with pytest.raises(NotFound, match="missing"):
        copy(Place(here, "missing"), Place(there, "x"))
    with pytest.raises(NotFound, match=r"models\.txt"):
        differences(Place(here, "models.txt"), Place(there, ""))


def test_a_storage_copies_what_it_can_by_itself(tmp_path: Path, here: Counting) -> None:
    one, other = Copying(f"memory:{tmp_path}/here"), Copying(f"memory:{tmp_path}/other")
    told: list[Progress] = []
    stored = copy(Place(one, ""), Place(other, "copy"), report=told.append)
    assert [info.path for info in stored] == ["copy/model/MLmodel", "copy/model/data/large.bin", "copy/models.txt"]
    assert set(one.read) == {"model/data/large.bin"}
    assert content(other, "copy/model/data/large.bin") == CONTENT
    assert content(other, "copy/models.txt") == b"beside"
    assert differences(Place(one, ""), Place(other, "copy")).unchanged == 3


def test_a_storage_that_copies_half_is_told(tmp_path: Path, here: Counting) -> None:
    one, other = Copying(f"memory:{tmp_path}/here"), Copying(f"memory:{tmp_path}/other")
    other.half = True
    with pytest.raises(CorruptData, match="has 3 bytes where 6 were to be copied"):
        copy(Place(one, "models.txt"), Place(other, "models.txt"))


def test_what_must_not_be_replaced_is_not_left_to_the_storage(tmp_path: Path, here: Counting) -> None:
    one, other = Copying(f"memory:{tmp_path}/here"), Copying(f"memory:{tmp_path}/other")
    other.write("models.txt", BytesIO(b"earlier"))
    with pytest.raises(AlreadyExists):
        copy(Place(one, "models.txt"), Place(other, "models.txt"), replace=False)


def test_nothing_is_replaced_unless_it_may(here: Counting, there: Counting) -> None:
    there.write("models.txt", BytesIO(b"earlier"))
    with pytest.raises(AlreadyExists):
        copy(Place(here, "models.txt"), Place(there, "models.txt"), replace=False)
    assert content(there, "models.txt") == b"earlier"


class TestSync:
    @pytest.fixture
    def filled(self, here: Counting, there: Counting) -> Counting:
        copy(Place(here, "model"), Place(there, "copy"))
        there.write("copy/old.txt", BytesIO(b"old"))
        there.write("copy/MLmodel", BytesIO(b"flavors: []"))
        here.write("model/new.txt", BytesIO(b"new"))
        here.read.clear()
        there.read.clear()
        return there

    def test_only_what_differs_is_copied(self, here: Counting, filled: Counting) -> None:
        one, other = Place(here, "model"), Place(filled, "copy")
        found = differences(one, other)
        assert found == Differences(
            [FileInfo("MLmodel", False, 11), FileInfo("new.txt", False, 3)], ["old.txt"], unchanged=1
        )
        here.read.clear()
        synchronise(one, other, found)
        assert sorted(here.read) == ["model/MLmodel", "model/new.txt"]
        assert content(filled, "copy/MLmodel") == b"flavors: {}"
        assert "copy/old.txt" in paths(filled)
        assert differences(one, other) == Differences([], ["old.txt"], unchanged=3)

    def test_what_only_the_target_has_is_deleted_on_demand(self, here: Counting, filled: Counting) -> None:
        one, other = Place(here, "model"), Place(filled, "copy")
        synchronise(one, other, differences(one, other), delete=True)
        assert differences(one, other) == Differences([], [], unchanged=3)

    def test_a_store_that_knows_its_contents_is_not_read(
        self, here: Counting, filled: Counting, tmp_path: Path
    ) -> None:
        local = Local(tmp_path / "out")
        copy(Place(here, "model"), Place(local, ""))
        here.read.clear()
        assert differences(Place(here, "model"), Place(local, "")).unchanged == 3
        assert differences(Place(local, ""), Place(here, "model")).unchanged == 3
        assert here.read == []

    def test_stores_that_know_nothing_are_read(self, tmp_path: Path, here: Counting, filled: Counting) -> None:
        here.knows = filled.knows = False
        found = differences(Place(here, "model"), Place(filled, "copy"))
        assert [info.path for info in found.copied] == ["MLmodel", "new.txt"]
        plain = differences(Place(Plain(here), "model"), Place(Plain(filled), "copy"))
        assert plain == found

    def test_by_size_nothing_is_looked_at(self, here: Counting, filled: Counting) -> None:
        found = differences(Place(here, "model"), Place(filled, "copy"), by_size=True)
        assert [info.path for info in found.copied] == ["new.txt"]
        assert here.read == filled.read == []

    def test_how_many_are_compared_is_told(self, here: Counting, filled: Counting) -> None:
        told: list[tuple[int, int]] = []
        differences(Place(here, "model"), Place(filled, "copy"), compared=lambda *now: told.append(now))
        assert sorted(told) == [(1, 2), (2, 2)]
