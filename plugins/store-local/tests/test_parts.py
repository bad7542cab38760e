"""The local store takes uploads in parts, survives being killed at any point and never leaves its root."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from runyard import Settings
from runyard.entities import FileInfo
from runyard.errors import Forbidden, InvalidInput, NotFound, StorageFull
from runyard.testing.contracts.artifacts import everything
from runyard.testing.contracts.artifacts_parts import GiveUp, PartsStore, UploadsPartsContract
from runyard.uris import Uri
from runyard_store_local import parts
from runyard_store_local.store import LocalArtifactStore

posix = pytest.mark.skipif(os.name == "nt", reason="links and signals as POSIX has them")


def store_at(folder: Path, **settings: object) -> LocalArtifactStore:
    return LocalArtifactStore(Uri.from_path(folder), Settings(extra=settings))


def make_old(root: Path) -> None:
    for upload in (root / parts.FOLDER).iterdir():
        os.utime(upload, (time.time() - 2 * parts.GIVEN_UP,) * 2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "artifacts of a run"


@pytest.fixture
def store(root: Path) -> LocalArtifactStore:
    return store_at(root)


class TestContract(UploadsPartsContract):
    @pytest.fixture
    def store(self, root: Path) -> PartsStore:
        return store_at(root)

    @pytest.fixture
    def give_up(self, root: Path) -> GiveUp:
        return lambda: make_old(root)


class TestContractWithFsync(TestContract):
    @pytest.fixture
    def store(self, root: Path) -> PartsStore:
        return store_at(root, **{"store-local.fsync": True})


class TestContractWithoutDescriptors(TestContract):
    """As on Windows, where folders are reached by path."""

    @pytest.fixture
    def store(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> PartsStore:
        monkeypatch.setattr("runyard_store_local.folder.DESCRIPTORS", False)
        return store_at(root)


def hidden(root: Path) -> list[str]:
    """The files of all uploads."""
    return sorted(str(path.relative_to(root / parts.FOLDER)) for path in root.glob(f"{parts.FOLDER}/*/*"))


def test_another_process_can_go_on_with_an_upload(store: LocalArtifactStore, root: Path) -> None:
    upload = store.create_upload("a.bin")
    etags = [(number, store_at(root).write_part("a.bin", upload, number, BytesIO(b"%d" % number))) for number in (1, 2)]
    assert store_at(root).complete_upload("a.bin", upload, etags) == FileInfo("a.bin", False, 2)
    assert (root / "a.bin").read_bytes() == b"12"


def test_the_parts_are_gone_after_completion(store: LocalArtifactStore, root: Path) -> None:
    upload = store.create_upload("a.bin")
    etag = store.write_part("a.bin", upload, 1, BytesIO(b"x"))
    assert hidden(root) == [f"{upload}/name", f"{upload}/part-00001"]
    store.complete_upload("a.bin", upload, [(1, etag)])
    assert hidden(root) == [f"{upload}/done"]


def test_completing_again_after_a_lost_answer_gives_the_same_answer(store: LocalArtifactStore, root: Path) -> None:
    upload = store.create_upload("a.bin")
    etag = store.write_part("a.bin", upload, 1, BytesIO(b"content"))
    first = store.complete_upload("a.bin", upload, [(1, etag)])
    assert store.complete_upload("a.bin", upload, [(1, etag)]) == first == FileInfo("a.bin", False, 7)
    store.abort_upload("a.bin", upload)
    assert hidden(root) == []
    assert (root / "a.bin").read_bytes() == b"content"


def test_completing_twice_at_the_same_time_works(store: LocalArtifactStore, root: Path) -> None:
    content = os.urandom(3_000_000)
    for _ in range(10):
        upload = store.create_upload("a.bin")
        etags = [(number, store.write_part("a.bin", upload, number, BytesIO(content))) for number in (1, 2, 3)]
        with ThreadPoolExecutor(4) as threads:
            futures = [threads.submit(store.complete_upload, "a.bin", upload, etags) for _ in range(4)]
            assert {future.result() for future in futures} == {FileInfo("a.bin", False, 9_000_000)}
        assert (root / "a.bin").read_bytes() == content * 3


def test_aborting_while_a_part_arrives_leaves_no_upload(store: LocalArtifactStore, root: Path) -> None:
    reader, writer = os.pipe()
    upload = store.create_upload("a.bin")
    failures: list[BaseException] = []

    def send() -> None:
        with os.fdopen(reader, "rb", buffering=0) as source:
            try:
                store.write_part("a.bin", upload, 1, source)
            except NotFound as error:
                failures.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    os.write(writer, b"begun")
    store.abort_upload("a.bin", upload)
    os.close(writer)
    thread.join()
    assert failures
    with pytest.raises(NotFound):
        store.complete_upload("a.bin", upload, [(1, "x")])
    assert everything(store) == []


def test_a_part_keeps_an_upload_from_being_given_up(store: LocalArtifactStore, root: Path) -> None:
    upload = store.create_upload("a.bin")
    make_old(root)
    etag = store.write_part("a.bin", upload, 1, BytesIO(b"x"))
    store.create_upload("b.bin")
    assert store.complete_upload("a.bin", upload, [(1, etag)]) == FileInfo("a.bin", False, 1)


def test_deleting_the_root_deletes_uploads(store: LocalArtifactStore, root: Path) -> None:
    upload = store.create_upload("a.bin")
    store.delete("")
    assert not root.exists()
    with pytest.raises(NotFound):
        store.write_part("a.bin", upload, 1, BytesIO(b"x"))


def test_uploads_cannot_be_reached_by_path(store: LocalArtifactStore) -> None:
    upload = store.create_upload("a.bin")
    for action in (store.list, store.stat, store.open, store.delete, store.local_path, store.create_upload):
        with pytest.raises(InvalidInput, match="are taken"):
            action(f"{parts.FOLDER}/{upload}")


def test_a_file_cannot_be_made_where_a_folder_is(store: LocalArtifactStore) -> None:
    store.write("folder/file.txt", BytesIO(b"x"))
    upload = store.create_upload("folder")
    etag = store.write_part("folder", upload, 1, BytesIO(b"y"))
    with pytest.raises(InvalidInput, match="a file stands where a folder is needed"):
        store.complete_upload("folder", upload, [(1, etag)])
    assert everything(store) == ["folder/file.txt"]


@posix
def test_a_link_out_of_the_root_is_not_followed(store: LocalArtifactStore, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root.mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    upload = store.create_upload("out/a.bin")
    etag = store.write_part("out/a.bin", upload, 1, BytesIO(b"x"))
    with pytest.raises(Forbidden, match="leads out"):
        store.complete_upload("out/a.bin", upload, [(1, etag)])
    assert list((tmp_path / "outside").iterdir()) == []


@posix
def test_the_folder_of_uploads_may_not_lead_out(store: LocalArtifactStore, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root.mkdir()
    (root / parts.FOLDER).symlink_to(tmp_path / "outside")
    with pytest.raises(Forbidden, match="leads out"):
        store.create_upload("a.bin")
    assert list((tmp_path / "outside").iterdir()) == []


@posix
def test_a_full_disk_is_told_and_the_part_can_be_sent_again(root: Path) -> None:
    script = """
import resource, sys
from io import BytesIO
from pathlib import Path
from runyard import Settings
from runyard.errors import StorageFull
from runyard.uris import Uri
from runyard_store_local.store import LocalArtifactStore

store = LocalArtifactStore(Uri.from_path(sys.argv[1]), Settings())
upload = store.create_upload("a.bin")
etag = store.write_part("a.bin", upload, 1, BytesIO(bytes(90_000)))
other = store.write_part("a.bin", upload, 2, BytesIO(bytes(90_000)))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
for call in (
    lambda: store.write_part("a.bin", upload, 2, BytesIO(bytes(3_000_000))),
    lambda: store.complete_upload("a.bin", upload, [(1, etag), (2, other)]),
):
    try:
        call()
    except StorageFull as error:
        print(error)
print(store.list(), store.complete_upload("a.bin", upload, [(1, etag)]).file_size)
"""
    done = subprocess.run([sys.executable, "-c", script, str(root)], capture_output=True, text=True, check=True)
    assert done.stdout.count("free some space") == 2
    assert done.stdout.splitlines()[-1] == "[] 90000"
    assert StorageFull.code == "RESOURCE_EXHAUSTED"


@posix
@pytest.mark.parametrize("moment", range(6))
def test_a_process_killed_while_it_completes_leaves_the_upload_or_the_file(root: Path, moment: int) -> None:
    script = """
import sys
from io import BytesIO
from runyard import Settings
from runyard.uris import Uri
from runyard_store_local.store import LocalArtifactStore

store = LocalArtifactStore(Uri.from_path(sys.argv[1]), Settings())
upload = store.create_upload("a.bin")
content = bytes(40_000_000)
etags = [(number, store.write_part("a.bin", upload, number, BytesIO(content))) for number in (1, 2, 3)]
print(upload, etags[0][1], flush=True)
store.complete_upload("a.bin", upload, etags)
"""
    with subprocess.Popen([sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        upload, etag = process.stdout.readline().split()
        time.sleep(moment * 0.02)
        process.send_signal(signal.SIGKILL)
    store = store_at(root)
    info = store.stat("a.bin")
    assert info in {None, FileInfo("a.bin", False, 120_000_000)}
    assert len(store.list()) == (info is not None)
    done = store.complete_upload("a.bin", upload, [(number, etag) for number in (1, 2, 3)])
    assert done == store.stat("a.bin") == FileInfo("a.bin", False, 120_000_000)
