"""Large files go up in parts, again where something failed, and on where a process was killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import (
    AlreadyExists,
    CorruptData,
    Forbidden,
    InvalidState,
    NotFound,
    NotSupported,
    Unavailable,
)
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.plain import HidesCapabilities
from runyard.transfers import stretches
from runyard.transfers.folders import upload
from runyard.transfers.progress import Progress
from runyard.transfers.sources import LocalFile, StoredFile
from runyard.transfers.unfinished import Unfinished
from runyard.transfers.uploads import send

CONTENT = random.Random(1).randbytes(10_500)


class Recording(MemoryArtifactStore):
    """Counts what it is asked, and fails when it is told to."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.calls: list[str] = []
        self.fail: Callable[[str, int], BaseException | None] = lambda what, count: None
        self.lock = threading.Lock()

    def _called(self, what: str) -> None:
        with self.lock:
            self.calls.append(what)
            error = self.fail(what, self.calls.count(what))
        if error is not None:
            raise error

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        self._called("write")
        return super().write(path, source)

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        self._called("create")
        return super().create_upload(path)

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        content = source.read()
        self._called("part")
        return super().write_part(path, upload_id, number, BytesIO(content))

    def complete_upload(self, path: str, upload_id: str, parts: Any) -> FileInfo:
        self._called("complete")
        return super().complete_upload(path, upload_id, parts)


@pytest.fixture
def store(tmp_path: Path) -> Recording:
    return Recording(f"memory:{tmp_path}")


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def unfinished(tmp_path: Path) -> Unfinished:
    return Unfinished(tmp_path / "unfinished")


def content(store: Any, path: str = "large.bin") -> bytes:
    with store.open(path) as stream:
        return bytes(stream.read())


@pytest.mark.usefixtures("small_stretches")
class TestParts:
    def test_a_large_file_goes_up_in_parts(self, store: Recording, large: Path) -> None:
        assert upload(store, large) == [FileInfo("large.bin", False, 10_500)]
        assert content(store) == CONTENT
        assert store.calls.count("part") == 11
        assert "write" not in store.calls
        assert store.list_uploads() == []

    def test_a_store_that_keeps_checksums_of_what_it_sends_itself_is_told_so(self, tmp_path: Path, large: Path) -> None:
        class Checking(Recording):
            def create_checked_upload(self, path: str, *, parts: int | None = None) -> str:
                self._called("create checked")
                return MemoryArtifactStore.create_upload(self, path, parts=parts)

        store = Checking(f"memory:{tmp_path}")
        upload(store, large, "folder")
        assert store.calls == ["create checked", *["part"] * 11, "complete"]

    def test_a_small_file_goes_up_whole(self, store: Recording, tmp_path: Path) -> None:
        (tmp_path / "small.bin").write_bytes(bytes(1_999))
        upload(store, tmp_path / "small.bin")
        assert store.calls == ["write"]

    def test_a_store_that_takes_no_parts_gets_it_whole(self, large: Path, tmp_path: Path) -> None:
        @attrs.frozen
        class Plain(HidesCapabilities):
            store: MemoryArtifactStore

        plain = Plain(MemoryArtifactStore(f"memory:{tmp_path}"))
        upload(plain, large)
        assert content(plain) == CONTENT

    def test_a_local_store_gets_it_whole(self, large: Path, tmp_path: Path) -> None:
        class Local(Recording):
            def local_path(self, path: str = "") -> Path:
                return tmp_path / path

        store = Local(f"memory:{tmp_path}")
        upload(store, large)
        assert store.calls == ["write"]

    def test_parts_are_sent_at_the_same_time(self, tmp_path: Path, large: Path) -> None:
        meeting = threading.Barrier(4, timeout=10)

        class Meets(MemoryArtifactStore):
            def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
                if number <= 4:
                    meeting.wait()
                return super().write_part(path, upload_id, number, source)

        store = Meets(f"memory:{tmp_path}")
        upload(store, large)
        assert content(store) == CONTENT

    def test_progress_counts_each_byte_once(self, store: Recording, large: Path) -> None:
        store.fail = lambda what, count: Unavailable("busy") if what == "part" and count in {3, 4, 7} else None
        told: list[Progress] = []
        upload(store, large, report=told.append)
        assert (told[-1].size, told[-1].total_size, told[-1].files) == (10_500, 10_500, 1)

    def test_a_part_that_failed_is_sent_again_by_itself(self, store: Recording, large: Path) -> None:
        store.fail = lambda what, count: Unavailable("busy") if what == "part" and count in {2, 5, 6} else None
        upload(store, large)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 14
        assert store.calls.count("create") == 1

    def test_a_store_that_is_away_is_told_at_once(self, store: Recording, large: Path) -> None:
        store.fail = lambda what, count: Unavailable("away")
        with pytest.raises(Unavailable, match="away"):
            upload(store, large)
        assert store.calls == ["create"]

    def test_a_store_that_stays_away_is_told_after_some_tries(self, store: Recording, large: Path) -> None:
        store.fail = lambda what, count: Unavailable("away") if what == "part" and count > 3 else None
        with pytest.raises(Unavailable, match="away"):
            upload(store, large)
        assert store.stat("large.bin") is None
        assert store.list_uploads() == []  # nothing is remembered, so nothing is left

    def test_what_cannot_go_on_leaves_nothing(self, store: Recording, large: Path, unfinished: Unfinished) -> None:
        store.fail = lambda what, count: Forbidden("not yours") if what == "part" and count == 4 else None
        with pytest.raises(Forbidden):
            upload(store, large, unfinished=unfinished)
        assert store.list_uploads() == []
        assert list(unfinished.folder.iterdir()) == []

    def test_a_completion_whose_answer_was_lost_counts(self, tmp_path: Path, large: Path) -> None:
        class LosesAnswers(Recording):
            def complete_upload(self, path: str, upload_id: str, parts: Any) -> FileInfo:
                info = super().complete_upload(path, upload_id, parts)
                if self.calls.count("complete") == 1:
                    raise Unavailable("the connection broke")
                return info

        store = LosesAnswers(f"memory:{tmp_path}")
        assert upload(store, large) == [FileInfo("large.bin", False, 10_500)]
        assert content(store) == CONTENT

    def test_an_upload_that_was_cleaned_away_is_told(self, tmp_path: Path, large: Path) -> None:
        class Forgets(MemoryArtifactStore):
            def complete_upload(self, path: str, upload_id: str, parts: Any) -> FileInfo:
                raise NotFound("no such upload")

        with pytest.raises(NotFound, match="cleaned away"):
            upload(Forgets(f"memory:{tmp_path}"), large)

    def test_a_store_that_lost_bytes_is_told(self, tmp_path: Path, large: Path) -> None:
        class Loses(MemoryArtifactStore):
            def complete_upload(self, path: str, upload_id: str, parts: Any) -> FileInfo:
                return attrs.evolve(super().complete_upload(path, upload_id, parts), file_size=10_000)

        with pytest.raises(CorruptData, match="10000 bytes where 10500"):
            upload(Loses(f"memory:{tmp_path}"), large)

    def test_a_file_that_grows_meanwhile_is_sent_as_it_was(self, store: Recording, large: Path) -> None:
        def grow(what: str, count: int) -> None:
            with large.open("ab") as file:
                file.write(b"more")

        store.fail = grow
        upload(store, large)
        assert content(store) == CONTENT

    def test_a_file_that_is_replaced_meanwhile_is_told(self, store: Recording, large: Path, tmp_path: Path) -> None:
        def replace(what: str, count: int) -> None:
            other = tmp_path / "other"
            other.write_bytes(bytes(20_000))
            other.replace(large)

        store.fail = replace
        with pytest.raises(InvalidState, match="was replaced while it was sent"):
            upload(store, large)
        assert store.list_uploads() == []

    def test_a_file_of_another_store_goes_from_store_to_store(self, store: Recording, tmp_path: Path) -> None:
        other = MemoryArtifactStore(f"memory:{tmp_path}/other")
        info = other.write("there.bin", BytesIO(CONTENT))
        send(store, [(StoredFile.of(other, info), "here.bin")])
        assert content(store, "here.bin") == CONTENT
        assert store.calls.count("part") == 11


@pytest.mark.usefixtures("small_stretches")
class TestGoingOn:
    def interrupt(self, store: Recording, large: Path, unfinished: Unfinished, after: int = 6) -> None:
        store.fail = lambda what, count: Unavailable("away") if what == "part" and count > after else None
        with pytest.raises(Unavailable):
            upload(store, large, unfinished=unfinished)
        store.calls.clear()
        store.fail = lambda what, count: None

    def test_an_upload_that_broke_off_goes_on(self, store: Recording, large: Path, unfinished: Unfinished) -> None:
        self.interrupt(store, large, unfinished)
        told: list[Progress] = []
        upload(store, large, unfinished=unfinished, report=told.append)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 5
        assert "create" not in store.calls
        assert told[-1].size == 10_500
        assert store.list_uploads() == []
        assert list(unfinished.folder.iterdir()) == []

    def test_a_file_that_changed_is_sent_anew(self, store: Recording, large: Path, unfinished: Unfinished) -> None:
        self.interrupt(store, large, unfinished)
        large.write_bytes(CONTENT[::-1])
        upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT[::-1]
        assert store.calls.count("part") == 11

    def test_an_upload_that_is_gone_is_begun_anew(self, store: Recording, large: Path, unfinished: Unfinished) -> None:
        self.interrupt(store, large, unfinished)
        (left,) = store.list_uploads()
        store.abort_upload(left.path, left.upload_id)
        upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 11

    def test_one_that_was_begun_anew_is_gone_on_with_as_well(
        self, store: Recording, large: Path, unfinished: Unfinished
    ) -> None:
        self.interrupt(store, large, unfinished)
        (left,) = store.list_uploads()
        store.abort_upload(left.path, left.upload_id)
        self.interrupt(store, large, unfinished)
        upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 5
        assert store.list_uploads() == []

    def test_a_part_that_is_another_one_now_is_sent_again(
        self, store: Recording, large: Path, unfinished: Unfinished
    ) -> None:
        self.interrupt(store, large, unfinished)
        (left,) = store.list_uploads()
        number = store.list_parts(left.path, left.upload_id)[0].number
        MemoryArtifactStore.write_part(store, left.path, left.upload_id, number, BytesIO(b"something else"))
        upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 6

    def test_a_torn_note_is_read_up_to_where_it_is_torn(
        self, store: Recording, large: Path, unfinished: Unfinished
    ) -> None:
        self.interrupt(store, large, unfinished)
        (note,) = unfinished.folder.iterdir()
        note.write_bytes(note.read_bytes()[:-5])
        upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 6

    def test_who_sends_the_same_at_the_same_time_sends_its_own(
        self, store: Recording, large: Path, unfinished: Unfinished
    ) -> None:
        self.interrupt(store, large, unfinished)
        source = LocalFile.at(large)
        with unfinished.note(source.identity, "large.bin", stretches.length_for(source.size)) as taken:
            assert len(taken.etags) == 6
            upload(store, large, unfinished=unfinished)
        assert content(store) == CONTENT
        assert store.calls.count("part") == 11

    def test_a_folder_that_cannot_be_written_to_does_no_harm(self, store: Recording, large: Path) -> None:
        (large.parent / "file").write_text("")
        upload(store, large, unfinished=Unfinished(large.parent / "file/below"))
        assert content(store) == CONTENT

    def test_old_notes_are_forgotten(self, store: Recording, large: Path, unfinished: Unfinished) -> None:
        self.interrupt(store, large, unfinished)
        (note,) = unfinished.folder.iterdir()
        os.utime(note, (1, 1))
        upload(store, large, unfinished=unfinished)
        assert store.calls.count("part") == 11
        assert list(unfinished.folder.iterdir()) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from runyard.settings import Settings
from runyard.transfers import stretches
from runyard.transfers.folders import upload
from runyard.transfers.unfinished import Unfinished
from runyard.uris import Uri
from runyard_store_local.store import LocalArtifactStore

stretches.MIB, stretches.LEAST, stretches.LARGE = 100, 1_000, 2_000

class Remote:  # no LocalFiles, so that files go in parts
    def __init__(self):
        self.store = LocalArtifactStore(Uri.parse(sys.argv[1]), Settings())
        self.sent = 0
    def __getattr__(self, name):
        if name == "local_path":
            raise AttributeError(name)
        return getattr(self.store, name)
    def write_part(self, path, upload_id, number, source):
        if self.sent >= int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        etag = self.store.write_part(path, upload_id, number, source)
        self.sent += 1
        return etag

store = Remote()
upload(store, sys.argv[2], unfinished=Unfinished(Path(sys.argv[4])))
print(store.sent)
"""


def test_a_process_that_was_killed_is_gone_on_with(tmp_path: Path) -> None:
    pytest.importorskip("runyard_store_local")
    (tmp_path / "large.bin").write_bytes(CONTENT)

    def run(most: int) -> subprocess.CompletedProcess[str]:
        arguments = [str(tmp_path / "store"), str(tmp_path / "large.bin"), str(most), str(tmp_path / "unfinished")]
        return subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False)

    assert run(4).returncode == -signal.SIGKILL
    assert not (tmp_path / "store/large.bin").exists()
    done = run(100)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 11
    assert (tmp_path / "store/large.bin").read_bytes() == CONTENT


class TestWithoutReplacing:
    def test_a_file_that_is_there_stays(self, store: Recording, large: Path) -> None:
        store.write("large.bin", BytesIO(b"earlier"))
        with pytest.raises(AlreadyExists):
            upload(store, large, replace=False)
        assert content(store) == b"earlier"

    def test_a_new_file_is_stored(self, store: Recording, large: Path) -> None:
        upload(store, large, "folder", replace=False)
        assert content(store, "folder/large.bin") == CONTENT

    def test_a_store_that_cannot_promise_it_is_told(self, large: Path, tmp_path: Path) -> None:
        @attrs.frozen
        class Plain(HidesCapabilities):
            store: MemoryArtifactStore

        with pytest.raises(NotSupported, match="not to replace"):
            upload(Plain(MemoryArtifactStore(f"memory:{tmp_path}")), large, replace=False)


@pytest.mark.parametrize(
    ("size", "length"),
    [(1, 8 << 20), (80_000 << 20, 8 << 20), ((80_000 << 20) + 1, 9 << 20), (5 << 40, 525 << 20)],
)
def test_stretches_are_large_enough_for_ten_thousand_parts(size: int, length: int) -> None:
    assert stretches.length_for(size) == length
    assert -(-size // length) <= 10_000


def test_stretches_cover_a_file_of_5_gb() -> None:
    size = 5_000_000_001
    parts = stretches.stretches(size, stretches.length_for(size))
    assert sum(part.length for part in parts) == size
    assert [part.start for part in parts] == [
        sum(part.length for part in parts[:number]) for number in range(len(parts))
    ]
