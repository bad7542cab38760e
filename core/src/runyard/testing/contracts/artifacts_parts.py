"""What an artifact store does that takes uploads in parts: inherit `UploadsPartsContract` beside the store's contract.

Fixtures: `store`, empty; `give_up`, which makes every upload so old that it counts as given up, or None where that is
not the store's business, as with an object store that has a rule for it; and `least`, how many bytes every part but the
last must have.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import BinaryIO, Protocol, cast

import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore, UploadedPart, UploadsParts
from runyard.testing.contracts.artifacts import OUTSIDE, BrokenStream, everything, read

FIRST, SECOND, THIRD = (bytes([number]) * 70_000 for number in range(3))
UNKNOWN = ("", "unknown", "0" * 48, "../../etc", ".", "a/b")

CLOCKS = 60.0  # seconds by which a store's clock may differ

GiveUp = Callable[[], None] | None


class PartsStore(ArtifactStore, UploadsParts, Protocol):
    """Both at once."""


class UploadsPartsContract:
    """The tests; `store` is empty for each."""

    @pytest.fixture
    def store(self) -> PartsStore:
        raise NotImplementedError("override the fixture store")

    @pytest.fixture
    def give_up(self) -> GiveUp:
        return None

    @pytest.fixture
    def least(self) -> int:
        return 1

    def test_the_store_says_that_it_takes_parts(self, store: PartsStore) -> None:
        assert isinstance(store, UploadsParts)

    def test_parts_become_a_file_in_the_order_of_their_numbers(self, store: PartsStore, least: int) -> None:
        first, second = grown(FIRST, least), grown(SECOND, least)
        upload = store.create_upload("folder/file.bin")
        etags = {
            number: part(store, upload, number, content) for number, content in ((2, second), (3, THIRD), (1, first))
        }
        done = store.complete_upload("folder/file.bin", upload, sorted(etags.items()))
        whole = first + second + THIRD
        assert done == FileInfo("folder/file.bin", is_dir=False, file_size=len(whole))
        assert read(store, "folder/file.bin") == whole

    def test_parts_may_differ_in_size_and_be_empty(self, store: PartsStore, least: int) -> None:
        contents = [b"x", b"", FIRST] if least == 1 else [bytes(least + 1), bytes(least), b""]
        whole = b"".join(contents)
        assert uploaded(store, contents) == FileInfo("folder/file.bin", is_dir=False, file_size=len(whole))
        assert read(store, "folder/file.bin") == whole

    def test_a_part_that_is_sent_again_replaces_the_earlier_one(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        part(store, upload, 1, b"a longer first version")
        etag = part(store, upload, 1, b"second")
        store.complete_upload("folder/file.bin", upload, [(1, etag)])
        assert read(store, "folder/file.bin") == b"second"

    def test_the_etag_of_a_part_that_was_replaced_is_refused(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        earlier = part(store, upload, 1, FIRST)
        later = part(store, upload, 1, SECOND)
        with pytest.raises(InvalidInput):
            store.complete_upload("folder/file.bin", upload, [(1, earlier)])
        assert everything(store) == []
        store.complete_upload("folder/file.bin", upload, [(1, later)])
        assert read(store, "folder/file.bin") == SECOND

    @pytest.mark.parametrize("case", ["missing", "wrong", "none", "descending", "twice"])
    def test_parts_that_are_not_right_are_refused_and_can_be_put_right(
        self, store: PartsStore, case: str, least: int
    ) -> None:
        first = grown(FIRST, least)
        upload = store.create_upload("folder/file.bin")
        one, two = part(store, upload, 1, first), part(store, upload, 2, SECOND)
        asked = {
            "missing": [(1, one), (2, two), (3, two)],
            "wrong": [(1, one), (2, one)],
            "none": [],
            "descending": [(2, two), (1, one)],
            "twice": [(1, one), (1, one)],
        }
        with pytest.raises(InvalidInput):
            store.complete_upload("folder/file.bin", upload, asked[case])
        assert everything(store) == []
        store.complete_upload("folder/file.bin", upload, [(1, one), (2, two)])
        assert read(store, "folder/file.bin") == first + SECOND

    def test_the_parts_that_are_stored_can_be_asked_for(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        assert store.list_parts("folder/file.bin", upload) == []
        part(store, upload, 2, THIRD)
        etags = {
            number: part(store, upload, number, content) for number, content in ((3, b"x"), (1, FIRST), (2, SECOND))
        }
        found = store.list_parts("folder/file.bin", upload)
        sizes = {1: len(FIRST), 2: len(SECOND), 3: 1}
        assert found == [UploadedPart(number, etags[number], sizes[number]) for number in (1, 2, 3)]

    def test_uploads_that_are_not_over_can_be_found(self, store: PartsStore) -> None:
        paths = ["folder/file.bin", "folder/deep/er.bin", "folder.bin", "folder/file.bin"]
        uploads = [store.create_upload(path) for path in paths]
        for path, upload in zip(paths, uploads, strict=True):
            store.write_part(path, upload, 1, BytesIO(FIRST))
        assert sorted(started(store)) == sorted(zip(paths, uploads, strict=True))
        assert sorted(started(store, "folder")) == sorted((paths[n], uploads[n]) for n in (0, 1, 3))
        assert sorted(started(store, "folder/file.bin")) == sorted((paths[n], uploads[n]) for n in (0, 3))
        assert started(store, "missing") == started(store, "folder/fil") == []
        store.complete_upload(paths[0], uploads[0], [(1, store.list_parts(paths[0], uploads[0])[0].etag)])
        store.abort_upload(paths[1], uploads[1])
        assert sorted(started(store, "folder")) == [(paths[3], uploads[3])]

    def test_an_upload_tells_when_it_was_begun(self, store: PartsStore) -> None:
        before = time.time()
        store.create_upload("folder/file.bin")
        (found,) = store.list_uploads()
        assert before - CLOCKS <= found.started / 1000 <= time.time() + CLOCKS

    @pytest.mark.parametrize("number", [0, -1, 10_001])
    def test_a_number_out_of_range_is_refused(self, store: PartsStore, number: int) -> None:
        upload = store.create_upload("folder/file.bin")
        with pytest.raises(InvalidInput):
            part(store, upload, number, FIRST)

    def test_nothing_is_visible_before_completion(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        assert store.list() == []
        assert store.list("folder") == []
        assert store.stat("folder") is None
        assert store.stat("folder/file.bin") is None
        store.complete_upload("folder/file.bin", upload, [(1, etag)])
        assert everything(store) == ["folder/file.bin"]

    def test_an_earlier_file_stays_until_completion(self, store: PartsStore) -> None:
        store.write("folder/file.bin", BytesIO(b"earlier"))
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        assert read(store, "folder/file.bin") == b"earlier"
        store.complete_upload("folder/file.bin", upload, [(1, etag)])
        assert read(store, "folder/file.bin") == FIRST

    def test_a_part_whose_source_breaks_off_is_not_stored(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        with pytest.raises(OSError, match="broke off"):
            store.write_part("folder/file.bin", upload, 1, cast("BinaryIO", BrokenStream()))
        store.complete_upload("folder/file.bin", upload, [(1, etag)])
        assert read(store, "folder/file.bin") == FIRST

    @pytest.mark.parametrize("upload", UNKNOWN)
    @pytest.mark.parametrize("action", ["write", "list", "complete", "abort"])
    def test_an_upload_that_was_never_begun_is_not_found(self, store: PartsStore, action: str, upload: str) -> None:
        store.create_upload("folder/file.bin")
        with pytest.raises(NotFound):
            act(store, action, "folder/file.bin", upload)

    @pytest.mark.parametrize("action", ["write", "list", "complete", "abort"])
    def test_an_upload_is_for_one_path_only(self, store: PartsStore, action: str) -> None:
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        with pytest.raises(NotFound):
            act(store, action, "folder/other.bin", upload, etag)
        store.complete_upload("folder/file.bin", upload, [(1, etag)])
        assert everything(store) == ["folder/file.bin"]

    def test_uploads_of_one_path_are_apart(self, store: PartsStore) -> None:
        uploads = [store.create_upload("folder/file.bin") for _ in range(2)]
        assert len(set(uploads)) == 2
        etags = [part(store, upload, 1, content) for upload, content in zip(uploads, (FIRST, SECOND), strict=True)]
        store.complete_upload("folder/file.bin", uploads[1], [(1, etags[1])])
        assert read(store, "folder/file.bin") == SECOND
        store.complete_upload("folder/file.bin", uploads[0], [(1, etags[0])])
        assert read(store, "folder/file.bin") == FIRST

    @pytest.mark.parametrize("action", ["write", "list", "complete", "abort"])
    def test_an_upload_that_was_aborted_is_gone(self, store: PartsStore, action: str) -> None:
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        store.abort_upload("folder/file.bin", upload)
        with pytest.raises(NotFound):
            act(store, action, "folder/file.bin", upload, etag)
        assert everything(store) == []

    def test_no_part_is_taken_after_completion(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        store.complete_upload("folder/file.bin", upload, [(1, part(store, upload, 1, FIRST))])
        with pytest.raises(NotFound):
            part(store, upload, 2, SECOND)
        assert read(store, "folder/file.bin") == FIRST

    def test_an_upload_that_was_given_up_is_cleaned_away_by_the_next(self, store: PartsStore, give_up: GiveUp) -> None:
        if give_up is None:
            pytest.skip("the store leaves that to somebody else")
        upload = store.create_upload("folder/file.bin")
        etag = part(store, upload, 1, FIRST)
        give_up()
        fresh = store.create_upload("folder/other.bin")
        with pytest.raises(NotFound):
            store.complete_upload("folder/file.bin", upload, [(1, etag)])
        kept = store.write_part("folder/other.bin", fresh, 1, BytesIO(SECOND))
        store.create_upload("folder/third.bin")
        store.complete_upload("folder/other.bin", fresh, [(1, kept)])
        assert everything(store) == ["folder/other.bin"]

    def test_parts_may_be_sent_at_the_same_time(self, store: PartsStore, least: int) -> None:
        contents = [grown(bytes([number]) * 20_000, least) for number in range(16)]
        upload = store.create_upload("folder/file.bin")

        def send(number: int) -> tuple[int, str]:
            return number + 1, part(store, upload, number + 1, contents[number])

        with ThreadPoolExecutor(8) as threads:
            etags = list(threads.map(send, range(16)))
        store.complete_upload("folder/file.bin", upload, etags)
        assert read(store, "folder/file.bin") == b"".join(contents)

    def test_one_part_sent_twice_at_the_same_time_is_one_of_them_whole(self, store: PartsStore) -> None:
        upload = store.create_upload("folder/file.bin")
        contents = [bytes([number]) * 200_000 for number in range(8)]

        def send(content: bytes) -> str:
            return part(store, upload, 1, content)

        with ThreadPoolExecutor(8) as threads:
            etags = list(threads.map(send, contents))
        taken = []
        for etag in etags:
            try:
                store.complete_upload("folder/file.bin", upload, [(1, etag)])
            except (InvalidInput, NotFound):
                continue
            taken.append(etag)
            break
        assert taken
        assert read(store, "folder/file.bin") == contents[etags.index(taken[0])]

    def test_a_file_needs_a_name(self, store: PartsStore) -> None:
        with pytest.raises(InvalidInput):
            store.create_upload("")

    @pytest.mark.parametrize("path", OUTSIDE)
    @pytest.mark.parametrize("action", ["create", "write", "complete", "abort"])
    def test_a_path_that_leads_out_is_refused(self, store: PartsStore, action: str, path: str) -> None:
        upload = store.create_upload("folder/file.bin")
        with pytest.raises(InvalidInput):
            act(store, action, path, upload)


def grown(content: bytes, least: int) -> bytes:
    """The same again and again, until it has so many bytes."""
    return content * -(-least // len(content))


def started(store: UploadsParts, path: str = "") -> list[tuple[str, str]]:
    """The path and the id of each upload that is not over."""
    return [(upload.path, upload.upload_id) for upload in store.list_uploads(path)]


def part(store: UploadsParts, upload: str, number: int, content: bytes) -> str:
    """Send a part of `folder/file.bin`; its ETag."""
    return store.write_part("folder/file.bin", upload, number, BytesIO(content))


def uploaded(store: UploadsParts, contents: list[bytes]) -> FileInfo:
    upload = store.create_upload("folder/file.bin")
    etags = [(number, part(store, upload, number, content)) for number, content in enumerate(contents, 1)]
    return store.complete_upload("folder/file.bin", upload, etags)


def act(store: UploadsParts, action: str, path: str, upload: str, etag: str = "x") -> None:
    """Call the store's method for an action."""
    if action == "create":
        store.create_upload(path)
    elif action == "write":
        store.write_part(path, upload, 1, BytesIO(FIRST))
    elif action == "list":
        store.list_parts(path, upload)
    elif action == "complete":
        store.complete_upload(path, upload, [(1, etag)])
    else:
        store.abort_upload(path, upload)
