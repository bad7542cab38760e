"""The contract of uploads in parts passes for the reference and catches every way a store can be wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import UploadedPart
from runyard.settings import Settings
from runyard.testing.contracts.artifacts_parts import GiveUp, PartsStore, UploadsPartsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.artifacts import MemoryArtifactStore, give_up_uploads, open_store
from runyard.testing.wrong import Method, ignore, wrong
from runyard.uris import Uri


class TestReference(UploadsPartsContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> PartsStore:
        return open_store(Uri.parse(f"memory:{tmp_path}"), Settings())

    @pytest.fixture
    def give_up(self) -> GiveUp:
        return give_up_uploads


class TakesNoParts:
    """A store without the capability."""

    def __init__(self, location: str) -> None:
        self.location = location


class JoinsAsTheyCame(MemoryArtifactStore):
    """Puts parts behind one another in the order in which they were sent."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.came: list[bytes] = []

    def write_part(self, path: str, upload_id: str, number: int, source: Any) -> str:
        content = source.read()
        self.came.append(content)
        return super().write_part(path, upload_id, number, BytesIO(content))

    def complete_upload(self, path: str, upload_id: str, parts: Any) -> Any:
        done = super().complete_upload(path, upload_id, parts)
        self.write(path, BytesIO(b"".join(self.came)))
        return done


class WritesAtOnce(MemoryArtifactStore):
    """Makes the file when the upload begins."""

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        self.write(path or "unnamed", BytesIO(b""))
        return super().create_upload(path)


class OneUploadForAll(MemoryArtifactStore):
    """Knows no uploads, only paths."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.known: dict[str, str] = {}

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        return self.known.setdefault(path, super().create_upload(path))


class MixesThreads(MemoryArtifactStore):
    """Keeps one buffer for whatever is being sent."""

    buffer = b""

    def write_part(self, path: str, upload_id: str, number: int, source: Any) -> str:
        self.buffer = source.read()
        time.sleep(0.01)
        return super().write_part(path, upload_id, number, BytesIO(self.buffer))


class TearsParts(MemoryArtifactStore):
    """Writes over an earlier part half by half, and takes any ETag."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.part = bytearray(200_000)
        self.lock = threading.Barrier(8)

    def write_part(self, path: str, upload_id: str, number: int, source: Any) -> str:
        content = source.read()
        self.part[:100_000] = content[:100_000]
        self.lock.wait()
        self.part[100_000:] = content[100_000:]
        return super().write_part(path, upload_id, number, BytesIO(content))

    def complete_upload(self, path: str, upload_id: str, parts: Any) -> Any:
        done = super().complete_upload(path, upload_id, parts)
        self.write(path, BytesIO(bytes(self.part[:150_000])))
        return done


def skip_empty(double: Any, original: Method, path: str, upload_id: str, number: int, source: Any) -> str:
    content = source.read()
    etag: str = original(path, upload_id, number, BytesIO(content or b"\0"))
    return etag


def keep_the_first(double: Any, original: Method, path: str, upload_id: str, number: int, source: Any) -> str:
    parts = double._upload(path, upload_id).parts
    return str(parts[number][0] if number in parts else original(path, upload_id, number, source))


def without_etags(double: Any, original: Method, path: str, upload_id: str, parts: Any) -> Any:
    known = double._upload(path, upload_id).parts
    return original(
        path, upload_id, [(number, known[number][0]) if number in known else (0, "") for number, _ in parts]
    )


def put_right(double: Any, original: Method, path: str, upload_id: str, parts: Any) -> Any:
    """Takes what it has."""
    known = double._upload(path, upload_id).parts
    return original(path, upload_id, sorted((number, part[0]) for number, part in known.items()))


def any_number(double: Any, original: Method, path: str, upload_id: str, number: int, source: Any) -> str:
    etag: str = original(path, upload_id, min(max(number, 1), 10_000), source)
    return etag


def empty_at_once(double: Any, original: Method, path: str) -> str:
    upload: str = original(path)
    double.delete("")
    return upload


def torn(double: Any, original: Method, path: str, upload_id: str, number: int, source: Any) -> str:
    try:
        etag: str = original(path, upload_id, number, source)
    except OSError:
        original(path, upload_id, number, BytesIO(b"torn"))
        raise
    return etag


def begin_it(double: Any, original: Method, path: str, upload_id: str, *rest: Any) -> Any:
    """Takes an upload it does not know for one that nothing was sent of."""
    with suppress(NotFound, InvalidInput):
        return original(path, upload_id, *rest)
    return None


def for_any_path(double: Any, original: Method, path: str, upload_id: str, *rest: Any) -> Any:
    return original("folder/file.bin" if path == "folder/other.bin" else path, upload_id, *rest)


def taken_after_all(double: Any, original: Method, path: str, upload_id: str, number: int, source: Any) -> str:
    with suppress(NotFound):
        return str(original(path, upload_id, number, source))
    return "etag"


def clean(double: Any, original: Method, path: str, *rest: Any) -> Any:
    """Makes the best of a path that leads out instead of refusing it."""
    return original(path.strip("./\\\0").replace("..", "").replace("%", "") or "x", *rest)


def named(double: Any, original: Method, path: str) -> Any:
    return original(path or "unnamed")


def as_sent(double: Any, original: Method, path: str, upload_id: str) -> Any:
    """In the order in which they came."""
    original(path, upload_id)
    return [
        UploadedPart(number, etag, len(content))
        for number, (etag, content) in double._upload(path, upload_id).parts.items()
    ]


def by_the_letter(double: Any, original: Method, path: str = "") -> Any:
    """Whose paths begin so."""
    return [upload for upload in original() if upload.path.startswith(path)]


def in_seconds(double: Any, original: Method, path: str = "") -> Any:
    return [attrs.evolve(upload, started=upload.started // 1000) for upload in original(path)]


class KeepsAll(MemoryArtifactStore):
    """Remembers uploads by itself, for good."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.sent: dict[str, bytes] = {}

    def write_part(self, path: str, upload_id: str, number: int, source: Any) -> str:
        self.sent[upload_id] = source.read()
        return "etag"

    def complete_upload(self, path: str, upload_id: str, parts: Any) -> Any:
        return self.write(path, BytesIO(self.sent[upload_id]))


R = MemoryArtifactStore
DOUBLES: dict[str, Callable[[str], Any]] = {
    "test_the_store_says_that_it_takes_parts": TakesNoParts,
    "test_parts_become_a_file_in_the_order_of_their_numbers": JoinsAsTheyCame,
    "test_parts_may_differ_in_size_and_be_empty": wrong(R, write_part=skip_empty),
    "test_a_part_that_is_sent_again_replaces_the_earlier_one": wrong(R, write_part=keep_the_first),
    "test_the_etag_of_a_part_that_was_replaced_is_refused": wrong(R, complete_upload=without_etags),
    "test_parts_that_are_not_right_are_refused_and_can_be_put_right": wrong(R, complete_upload=put_right),
    "test_the_parts_that_are_stored_can_be_asked_for": wrong(R, list_parts=as_sent),
    "test_uploads_that_are_not_over_can_be_found": wrong(R, list_uploads=by_the_letter),
    "test_an_upload_tells_when_it_was_begun": wrong(R, list_uploads=in_seconds),
    "test_a_number_out_of_range_is_refused": wrong(R, write_part=any_number),
    "test_nothing_is_visible_before_completion": WritesAtOnce,
    "test_an_earlier_file_stays_until_completion": wrong(R, create_upload=empty_at_once),
    "test_a_part_whose_source_breaks_off_is_not_stored": wrong(R, write_part=torn),
    "test_an_upload_that_was_never_begun_is_not_found": wrong(R, abort_upload=begin_it),
    "test_an_upload_is_for_one_path_only": wrong(R, abort_upload=for_any_path),
    "test_uploads_of_one_path_are_apart": OneUploadForAll,
    "test_an_upload_that_was_aborted_is_gone": wrong(R, abort_upload=ignore),
    "test_no_part_is_taken_after_completion": wrong(R, write_part=taken_after_all),
    "test_an_upload_that_was_given_up_is_cleaned_away_by_the_next": KeepsAll,
    "test_parts_may_be_sent_at_the_same_time": MixesThreads,
    "test_one_part_sent_twice_at_the_same_time_is_one_of_them_whole": TearsParts,
    "test_a_file_needs_a_name": wrong(R, create_upload=named),
    "test_a_path_that_leads_out_is_refused": wrong(R, create_upload=clean),
}


def test_each_test_has_a_double() -> None:
    assert_each_has_a_double(UploadsPartsContract, DOUBLES)


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_store_is_caught(test: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    def fresh() -> Any:
        return DOUBLES[test](f"memory:{tmp_path_factory.mktemp('store')}")

    assert_caught(UploadsPartsContract, test, store=fresh, give_up=lambda: give_up_uploads)


def test_a_store_that_leaves_cleaning_to_others_is_not_asked_for_it(tmp_path: Path) -> None:
    test = UploadsPartsContract().test_an_upload_that_was_given_up_is_cleaned_away_by_the_next
    with pytest.raises(pytest.skip.Exception):
        test(MemoryArtifactStore(f"memory:{tmp_path}"), None)
