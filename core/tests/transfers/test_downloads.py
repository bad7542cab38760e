"""Large files come in stretches, are compared with what the store says of them, and are gone on with after a kill."""

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
from typing import Any, BinaryIO, Self

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import CorruptData, NotFound, Unavailable
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.plain import HidesCapabilities
from runyard.transfers.downloads import STAGING, receive
from runyard.transfers.folders import download
from runyard.transfers.progress import Progress

CONTENT = random.Random(2).randbytes(10_500)

pytestmark = pytest.mark.usefixtures("small_stretches")


class Recording(MemoryArtifactStore):
    """Counts what is read, and fails when it is told to."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.read: list[tuple[int, int | None]] = []
        self.fail: Callable[[int], BaseException | None] = lambda count: None
        self.is_summing = True
        self.lock = threading.Lock()

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        with self.lock:
            self.read.append((start, length))
            error = self.fail(len(self.read))
        if error is not None:
            raise error
        return super().open(path, start=start, length=length)

    def crc32(self, path: str) -> int | None:
        return super().crc32(path) if self.is_summing else None

    def holds(self, path: str, source: BinaryIO) -> bool | None:
        assert not self.is_summing
        with MemoryArtifactStore.open(self, path) as stream:
            return stream.read() == source.read()


@pytest.fixture(params=[True, False], ids=["summing", "holding"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Recording:
    store = Recording(f"memory:{tmp_path}")
    store.is_summing = request.param
    store.write("large.bin", BytesIO(CONTENT))
    return store


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_large_file_comes_in_stretches(store: Recording, out: Path) -> None:
    told: list[Progress] = []
    assert download(store, "large.bin", out, report=told.append).read_bytes() == CONTENT
    assert sorted(store.read)[:2] == [(0, 1_000), (1_000, 1_000)]
    assert len(store.read) == 11
    assert (told[-1].size, told[-1].total_size) == (10_500, 10_500)
    assert left(out) == ["large.bin"]


def test_a_local_store_is_read_whole(store: Recording, out: Path, tmp_path: Path) -> None:
    class Local(Recording):
        def local_path(self, path: str = "") -> Path:
            return tmp_path / path

    local = Local(f"memory:{tmp_path}")
    assert download(local, "large.bin", out).read_bytes() == CONTENT
    assert local.read == [(0, None)]


def test_stretches_come_at_the_same_time(tmp_path: Path, out: Path) -> None:
    meeting = threading.Barrier(4, timeout=10)

    class Meets(MemoryArtifactStore):
        def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
            if length is not None and start < 4_000:
                meeting.wait()
            return super().open(path, start=start, length=length)

    store = Meets(f"memory:{tmp_path}")
    store.write("large.bin", BytesIO(CONTENT))
    assert download(store, "large.bin", out).read_bytes() == CONTENT


def test_a_stretch_that_failed_is_fetched_again(store: Recording, out: Path) -> None:
    store.fail = lambda count: Unavailable("busy") if count in {2, 5, 6} else None
    told: list[Progress] = []
    assert download(store, "large.bin", out, report=told.append).read_bytes() == CONTENT
    assert len(store.read) == 14
    assert told[-1].size == 10_500


def test_a_store_that_is_away_is_told_at_once(store: Recording, out: Path) -> None:
    class Away(HidesCapabilities):
        def __init__(self) -> None:
            self.store = store

        def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
            calls.append(path)
            raise Unavailable("away")

    calls: list[str] = []
    store.write("small.txt", BytesIO(b"x"))
    with pytest.raises(Unavailable, match="away"):
        download(Away(), "small.txt", out)
    assert calls == ["small.txt"]
    assert left(out) == []


def test_a_download_that_broke_off_goes_on(store: Recording, out: Path) -> None:
    store.fail = lambda count: Unavailable("away") if count > 6 else None
    with pytest.raises(Unavailable):
        download(store, "large.bin", out)
    assert not (out / "large.bin").exists()
    assert all(name.startswith(STAGING) for name in left(out))
    store.read.clear()
    store.fail = lambda count: None
    told: list[Progress] = []
    assert download(store, "large.bin", out, report=told.append).read_bytes() == CONTENT
    assert len(store.read) == 5
    assert told[-1].size == 10_500
    assert left(out) == ["large.bin"]


def test_what_came_without_its_checksum_is_fetched_again(store: Recording, out: Path) -> None:
    store.is_summing = not store.is_summing
    store.fail = lambda count: Unavailable("away") if count > 6 else None
    with pytest.raises(Unavailable):
        download(store, "large.bin", out)
    store.is_summing = not store.is_summing
    store.read.clear()
    store.fail = lambda count: None
    assert download(store, "large.bin", out).read_bytes() == CONTENT
    assert len(store.read) == 11


def test_another_content_is_fetched_anew(store: Recording, out: Path) -> None:
    store.fail = lambda count: Unavailable("away") if count > 6 else None
    with pytest.raises(Unavailable):
        download(store, "large.bin", out)
    store.fail = lambda count: None
    store.write("large.bin", BytesIO(CONTENT[::-1]))
    store.read.clear()
    assert download(store, "large.bin", out).read_bytes() == CONTENT[::-1]
    assert len(store.read) == 11


def test_what_interrupted_downloads_left_is_cleaned_away_after_a_while(store: Recording, out: Path) -> None:
    store.fail = lambda count: Unavailable("away") if count > 6 else None
    with pytest.raises(Unavailable):
        download(store, "large.bin", out)
    for path in out.iterdir():
        os.utime(path, (1, 1))
    store.write("small.txt", BytesIO(b"x"))
    store.fail = lambda count: None
    download(store, "small.txt", out)
    assert left(out) == ["small.txt"]


def test_nothing_is_kept_where_versions_are_not_told(store: Recording, out: Path) -> None:
    @attrs.frozen
    class Plain(HidesCapabilities):
        store: Recording

    store.fail = lambda count: Unavailable("away") if count > 6 else None
    with pytest.raises(Unavailable):
        download(Plain(store), "large.bin", out)
    assert left(out) == []
    store.fail = lambda count: None
    assert download(Plain(store), "large.bin", out).read_bytes() == CONTENT


@pytest.mark.parametrize("size", [10, 10_500])
def test_a_stream_need_not_read_into_a_buffer(store: Recording, out: Path, size: int) -> None:
    @attrs.frozen
    class Bare:
        stream: BinaryIO

        def read(self, size: int = -1) -> bytes:
            return self.stream.read(size)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *exception: object) -> None:
            self.stream.close()

    class Plain(HidesCapabilities):
        def __init__(self) -> None:
            self.store = store

        def open(self, path: str, *, start: int = 0, length: int | None = None) -> Any:
            return Bare(store.open(path, start=start, length=length))

    store.write("large.bin", BytesIO(CONTENT[:size]))
    assert download(Plain(), "large.bin", out).read_bytes() == CONTENT[:size]


def test_a_file_that_changes_meanwhile_is_told(store: Recording, out: Path) -> None:
    def change(count: int) -> None:
        if count == 5:
            store.write("large.bin", BytesIO(bytes(10_500)))

    store.fail = change
    with pytest.raises(CorruptData, match=r"not what 'large\.bin' holds now"):
        download(store, "large.bin", out)
    assert left(out) == []


def test_a_file_that_is_deleted_meanwhile_is_told(store: Recording, out: Path) -> None:
    def change(count: int) -> None:
        if count == 11:
            store.delete("large.bin")

    store.fail = change
    with pytest.raises(NotFound):
        download(store, "large.bin", out)
    assert not (out / "large.bin").exists()


@pytest.mark.parametrize("is_summing", [True, False])
@pytest.mark.parametrize("lie", ["bytes", "short", "long"])
def test_a_store_that_lies_is_found_out(tmp_path: Path, out: Path, lie: str, is_summing: bool) -> None:
    class Lies(Recording):
        def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
            content = super().open(path, start=start, length=length).read()
            if start == 3_000 and lie == "bytes":
                content = content[:-1] + bytes([content[-1] ^ 1])
            if start == 3_000 and lie == "short":
                content = content[:-1]
            return BytesIO(content + b"more" * (lie == "long"))

    store = Lies(f"memory:{tmp_path}")
    store.is_summing = is_summing
    store.write("large.bin", BytesIO(CONTENT))
    if lie == "long":  # what was not asked for is not taken
        assert download(store, "large.bin", out).read_bytes() == CONTENT
        return
    with pytest.raises(CorruptData, match=r"large\.bin"):
        download(store, "large.bin", out)
    assert not (out / "large.bin").exists()


@pytest.mark.parametrize("size", [9, 11])
def test_a_small_file_of_another_length_than_told_is_refused(store: Recording, out: Path, size: int) -> None:
    store.write("small.txt", BytesIO(bytes(10)))
    out.mkdir()
    with pytest.raises(CorruptData, match=rf"10 bytes of 'small\.txt' came where the store has {size}"):
        receive(store, [(FileInfo("small.txt", False, size), "small.txt")], out)
    assert left(out) == []


KILLED = """
import os, signal, sys, threading
from pathlib import Path
from runyard.settings import Settings
from runyard.transfers import stretches
from runyard.transfers.folders import download
from runyard.uris import Uri
from runyard_store_local.store import LocalArtifactStore

stretches.MIB, stretches.LEAST, stretches.LARGE = 100, 1_000, 2_000
lock = threading.Lock()

class Remote:  # no LocalFiles, so that files come in stretches
    def __init__(self):
        self.store = LocalArtifactStore(Uri.parse(sys.argv[1]), Settings())
        self.read = 0
    def __getattr__(self, name):
        if name == "local_path":
            raise AttributeError(name)
        return getattr(self.store, name)
    def version(self, path):
        return "1"
    def holds(self, path, source):
        return self.store.open(path).read() == source.read()
    def open(self, path, *, start=0, length=None):
        with lock:
            if self.read >= int(sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)
            self.read += 1
        return self.store.open(path, start=start, length=length)

store = Remote()
download(store, "large.bin", Path(sys.argv[2]))
print(store.read)
"""


def test_a_process_that_was_killed_is_gone_on_with(tmp_path: Path, out: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store/large.bin").write_bytes(CONTENT)

    def run(most: int) -> subprocess.CompletedProcess[str]:
        arguments = [str(tmp_path / "store"), str(out), str(most)]
        return subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, text=True, check=False)

    assert run(9).returncode == -signal.SIGKILL
    assert not (out / "large.bin").exists()
    (staging,) = [path for path in out.iterdir() if path.is_dir()]
    os.utime(staging, (1, 1))
    done = run(100)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 11
    assert (out / "large.bin").read_bytes() == CONTENT
    assert left(out) == ["large.bin"]
