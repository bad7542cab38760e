"""The contract of copies by the storage passes for the reference and catches every way a store can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from runyard.entities import FileInfo
from runyard.errors import NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.testing.contracts.artifacts import read
from runyard.testing.contracts.artifacts_copies import CopiesFilesContract, CopyingStore
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.wrong import Method, wrong


class TestReference(CopiesFilesContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> CopyingStore:
        return MemoryArtifactStore(f"memory:{tmp_path}/store")

    @pytest.fixture
    def beside(self, tmp_path: Path) -> ArtifactStore:
        return MemoryArtifactStore(f"memory:{tmp_path}/beside")


class Links(MemoryArtifactStore):
    """Makes a link instead of a copy."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.links: dict[str, tuple[ArtifactStore, str]] = {}

    def copy(self, path: str, other: ArtifactStore, source: str) -> FileInfo:
        self.links[path] = other, source
        return super().copy(path, other, source)

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        if path in self.links:
            other, source = self.links[path]
            return other.open(source, start=start, length=length)
        return super().open(path, start=start, length=length)


def half(double: Any, original: Method, path: str, other: ArtifactStore, source: str) -> FileInfo:
    info: FileInfo = original(path, other, source)
    double.write(path, BytesIO(read(other, source)[:100]))
    return info


def keeping(double: Any, original: Method, path: str, other: ArtifactStore, source: str) -> FileInfo:
    """Leaves a file that is there."""
    found: FileInfo | None = double.stat(path)
    return found or original(path, other, source)


def moving(double: Any, original: Method, path: str, other: ArtifactStore, source: str) -> FileInfo:
    info: FileInfo = original(path, other, source)
    other.delete(source)
    return info


def emptying(double: Any, original: Method, path: str, other: ArtifactStore, source: str) -> FileInfo:
    """Makes a file of nothing where nothing is."""
    try:
        info: FileInfo = original(path, other, source)
    except NotFound:
        double.write(path, BytesIO(b""))
        raise
    return info


def cleaned(path: str) -> str:
    return path.strip("./\\\0").replace("..", "").replace("%", "") or "x"


def clean(double: Any, original: Method, path: str, other: ArtifactStore, source: str) -> Any:
    return original(cleaned(path), other, source)


R = MemoryArtifactStore
DOUBLES: dict[str, Callable[[str], Any]] = {
    "test_the_store_says_from_which_others_it_copies": wrong(R, copies_from=lambda double, original, other: True),
    "test_a_copy_holds_what_the_file_holds": wrong(R, copy=half),
    "test_a_copy_replaces_an_earlier_file": wrong(R, copy=keeping),
    "test_a_file_is_copied_within_a_store": wrong(R, copy=moving),
    "test_a_copy_stays_what_it_was": Links,
    "test_what_is_no_file_is_not_copied": wrong(R, copy=emptying),
    "test_a_path_that_names_no_file_is_refused": wrong(R, copy=clean),
}


def test_each_test_has_a_double() -> None:
    assert_each_has_a_double(CopiesFilesContract, DOUBLES)


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_store_is_caught(test: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    def made(kind: Callable[[str], Any]) -> Callable[[], Any]:
        return lambda: kind(f"memory:{tmp_path_factory.mktemp('store')}")

    assert_caught(CopiesFilesContract, test, store=made(DOUBLES[test]), beside=made(R))
