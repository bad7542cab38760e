"""The contracts of listing in pages, of creating and of versions pass for the reference and catch what is wrong."""

from __future__ import annotations

import hashlib
import itertools
import time
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from runyard.entities import FileInfo
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.artifacts import Checksum
from runyard.settings import Settings
from runyard.testing.contracts.artifacts_contents import (
    PART,
    CheckedStore,
    CreatesFilesContract,
    CreatingStore,
    SummingStore,
    TellsChecksumsContract,
    TellsCrcsContract,
    TellsVersionsContract,
    VersionedStore,
)
from runyard.testing.contracts.artifacts_listing import ListsPagesContract, PagedStore
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.artifacts import MemoryArtifactStore, open_store
from runyard.testing.wrong import Method, swallow, wrong
from runyard.uris import Uri


@pytest.fixture
def reference(tmp_path: Path) -> MemoryArtifactStore:
    return open_store(Uri.parse(f"memory:{tmp_path}"), Settings())


class TestPages(ListsPagesContract):
    @pytest.fixture
    def store(self, reference: MemoryArtifactStore) -> PagedStore:
        return reference


class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, reference: MemoryArtifactStore) -> CreatingStore:
        return reference


class TestVersions(TellsVersionsContract):
    @pytest.fixture
    def store(self, reference: MemoryArtifactStore) -> VersionedStore:
        return reference


class TestCrcs(TellsCrcsContract):
    @pytest.fixture
    def store(self, reference: MemoryArtifactStore) -> SummingStore:
        return reference


class TestChecksums(TellsChecksumsContract):
    @pytest.fixture
    def store(self, reference: MemoryArtifactStore) -> CheckedStore:
        return reference


class Plain:
    """A store without the capability."""

    def __init__(self, location: str) -> None:
        self._store = MemoryArtifactStore(location)

    def list(self, path: str = "") -> Any:
        return self._store.list(path)


def by_the_letter(double: Any, original: Method, path: str = "", *, recursive: bool = False) -> Iterator[Any]:
    """Whose paths begin so."""
    yield [info for page in original("", recursive=recursive) for info in page if info.path.startswith(path)]


def not_deep(double: Any, original: Method, path: str = "", *, recursive: bool = False) -> Any:
    return original(path)


def deep(double: Any, original: Method, path: str = "", *, recursive: bool = False) -> Any:
    return original(path, recursive=True)


def first_page(double: Any, original: Method, path: str = "", *, recursive: bool = False) -> Any:
    return itertools.islice(original(path, recursive=recursive), 1)


def cleaned(path: str) -> str:
    return path.strip("./\\\0").replace("..", "").replace("%", "") or "x"


def clean(double: Any, original: Method, path: str = "", *rest: Any, **named: Any) -> Any:
    """Makes the best of a path that leads out instead of refusing it."""
    return original(cleaned(path), *rest, **named)


def replacing(double: Any, original: Method, path: str, source: Any) -> FileInfo:
    """Says that a file is there, and replaces it all the same."""
    content = source.read()
    try:
        info: FileInfo = original(path, BytesIO(content))
    except AlreadyExists:
        double.write(path, BytesIO(content))
        raise
    return info


def looking_first(double: Any, original: Method, path: str, source: Any) -> FileInfo:
    """Leaves time between the look and the write."""
    if double.stat(path) is not None:
        raise AlreadyExists(path)
    time.sleep(0.02)
    info: FileInfo = double.write(path, source)
    return info


def reserving(double: Any, original: Method, path: str, source: Any) -> FileInfo:
    """Makes an empty file of the name before it reads anything."""
    original(path, BytesIO(b""))
    info: FileInfo = double.write(path, source)
    return info


def half(double: Any, original: Method, path: str, source: Any) -> FileInfo:
    info: FileInfo = original(path, BytesIO(source.read()[:100]))
    return info


def by_size(double: Any, original: Method, path: str) -> str | None:
    info = double.stat(path)
    return None if info is None or info.is_dir else str(info.file_size)


def always_some(double: Any, original: Method, path: str) -> str:
    return original(path) or "0"


def same_size(double: Any, original: Method, path: str, source: Any) -> bool:
    return bool(double.stat(path).file_size == len(source.read()))


def same_beginning(double: Any, original: Method, path: str, source: Any) -> bool:
    with double.open(path) as stream:
        return bool(stream.read(100) == source.read(100))


def from_the_start(double: Any, original: Method, path: str, source: Any) -> Any:
    source.seek(0)
    return original(path, source)


def of_the_size(double: Any, original: Method, path: str) -> Checksum:
    """Takes files of one length for the same."""
    original(path)
    return Checksum(hashlib.md5(bytes(double.stat(path).file_size), usedforsecurity=False).hexdigest())


def of_the_first_part(double: Any, original: Method, path: str) -> Checksum:
    """Knows only of what came whole."""
    with double.open(path) as stream:
        return Checksum(hashlib.md5(stream.read(5 << 20), usedforsecurity=False).hexdigest())


def unchecked(double: Any, original: Method, path: str, *rest: Any) -> Any:
    try:
        return original(path, *rest)
    except InvalidInput:
        return None


def of_first_part(double: Any, original: Method, path: str) -> int | None:
    with double.open(path, length=PART) as stream:
        return zlib.crc32(stream.read())


def of_nothing(double: Any, original: Method, path: str) -> int | None:
    return original(path) or 0


R = MemoryArtifactStore
Doubles = dict[str, Callable[[str], Any]]
PAGES: Doubles = {
    "test_the_store_says_that_it_lists_pages": Plain,
    "test_pages_hold_what_lies_directly_in_a_folder": wrong(R, list_pages=deep),
    "test_pages_hold_every_file_below_a_folder": wrong(R, list_pages=not_deep),
    "test_pages_of_what_is_no_folder_are_empty": wrong(R, list_pages=by_the_letter),
    "test_many_files_are_all_listed_once": wrong(R, list_pages=first_page),
    "test_a_path_that_leads_out_is_refused": wrong(R, list_pages=clean),
}
CREATION: Doubles = {
    "test_the_store_says_that_it_creates_files": Plain,
    "test_what_was_created_reads_back": wrong(R, create=half),
    "test_a_file_that_is_there_is_not_replaced": wrong(R, create=replacing),
    "test_of_many_at_once_one_succeeds": wrong(R, create=looking_first),
    "test_a_creation_that_fails_leaves_nothing": wrong(R, create=reserving),
    "test_a_path_that_names_no_file_is_refused": wrong(R, create=clean),
}
VERSIONS: Doubles = {
    "test_the_store_says_that_it_tells_versions": Plain,
    "test_a_file_has_a_version_until_it_changes": wrong(R, version=by_size),
    "test_what_is_no_file_has_no_version": wrong(R, version=always_some),
    "test_a_content_is_told_from_another": wrong(R, holds=same_beginning),
    "test_a_content_that_came_in_parts_is_told_from_another": wrong(R, holds=same_size),
    "test_a_stream_is_read_from_where_it_stands": wrong(R, holds=from_the_start),
    "test_what_is_no_file_holds_nothing": wrong(R, holds=swallow(NotFound, instead=False)),
    "test_a_path_that_leads_out_is_refused": wrong(R, version=unchecked, holds=unchecked),
}
CRCS: Doubles = {
    "test_the_store_says_that_it_tells_crcs": Plain,
    "test_the_checksum_is_that_of_the_content": wrong(R, crc32=by_size),
    "test_what_came_in_parts_has_the_checksum_of_the_whole": wrong(R, crc32=of_first_part),
    "test_what_is_no_file_has_no_checksum": wrong(R, crc32=of_nothing),
    "test_a_path_that_leads_out_is_refused": wrong(R, crc32=unchecked),
}
CHECKSUMS: Doubles = {
    "test_the_store_says_that_it_tells_checksums": Plain,
    "test_a_checksum_is_that_of_the_content": wrong(R, checksum=of_the_size),
    "test_a_content_that_came_in_parts_has_a_checksum_or_none": wrong(R, checksum=of_the_first_part),
    "test_what_is_no_file_has_no_checksum": wrong(R, checksum=swallow(NotFound)),
    "test_a_path_that_leads_out_is_refused": wrong(R, checksum=unchecked),
}
CONTRACTS = [(ListsPagesContract, PAGES), (CreatesFilesContract, CREATION), (TellsVersionsContract, VERSIONS)]
CONTRACTS += [(TellsChecksumsContract, CHECKSUMS), (TellsCrcsContract, CRCS)]


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_each_test_has_a_double(contract: type, doubles: Doubles) -> None:
    assert_each_has_a_double(contract, doubles)


@pytest.mark.parametrize(
    ("contract", "test", "double"),
    [(contract, test, double) for contract, doubles in CONTRACTS for test, double in doubles.items()],
)
def test_a_wrong_store_is_caught(
    contract: type, test: str, double: Callable[[str], Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert_caught(contract, test, store=lambda: double(f"memory:{tmp_path_factory.mktemp('store')}"))


def test_a_store_that_takes_no_parts_is_not_asked_for_them(tmp_path: Path) -> None:
    plain: Any = Plain(f"memory:{tmp_path}")
    for test in (
        TellsVersionsContract().test_a_content_that_came_in_parts_is_told_from_another,
        TellsChecksumsContract().test_a_content_that_came_in_parts_has_a_checksum_or_none,
        TellsCrcsContract().test_what_came_in_parts_has_the_checksum_of_the_whole,
    ):
        with pytest.raises(pytest.skip.Exception):
            test(plain)
