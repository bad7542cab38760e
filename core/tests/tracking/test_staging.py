"""Artifacts whose place is away wait in the journal; the last word of each path arrives, once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import attrs
import pytest

import runyard_store_local.plugin
from runyard.entities import FileInfo, RunStart
from runyard.errors import InvalidInput, NotFound, Unavailable
from runyard.host import Host
from runyard.protocols.artifacts import ArtifactStore
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.staging import Outage, StagedArtifacts, upload_staged
from runyard.transfers import stretches

RUN = "run1"


class Once(io.RawIOBase):
    """A stream that cannot be read twice."""

    def __init__(self, content: bytes) -> None:
        self._left = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._left.readinto(buffer)


class Fine:
    """A tracking store that answers."""

    is_failing = False


@attrs.define
class Bench:
    """A run's artifacts, whose place can be away, and the journal that they wait in."""

    host: Host
    journal: JournalWriter
    down: bool = False
    tries: int = 0
    told: list[str] = attrs.field(factory=list)
    outage: Outage = attrs.field(init=False)
    artifacts: StagedArtifacts = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.outage = Outage(self.told.append)
        self.artifacts = StagedArtifacts(self.host, self.journal, RUN, self.place, self.outage, Fine())

    def place(self) -> ArtifactStore:
        self.tries += 1
        return Away() if self.down else self.own

    @property
    def own(self) -> ArtifactStore:
        return self.host.artifact_store(self.host.tracking_store().get_run(RUN).info.artifact_uri)

    def write(self, path: str, content: bytes) -> None:
        self.artifacts.write(path, io.BytesIO(content))

    def upload(self) -> None:
        upload_staged(self.host, self.host.tracking_store(), self.journal.open())
        self.outage.end()


class Away(MemoryArtifactStore):
    """Reads what it is given, and has no place for it."""

    def __init__(self) -> None:
        super().__init__("memory:away")

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        source.read()
        raise Unavailable(f"the bucket is away, so {path} cannot be stored")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    settings = Settings(data_dir=str(tmp_path), root=tmp_path, tracking_uri=f"memory:{tmp_path}")
    plugins: dict[str, Any] = {"memory": memory, "store-local": runyard_store_local.plugin}
    with Host(settings, plugins=plugins, discover=False) as host:
        host.tracking_store().create_run(RunStart(RUN, "one", "ada", 1, experiment_id="0"))
        journal = JournalWriter(tmp_path / "journal", "memory:", on_open=lambda: None)
        yield Bench(host, journal)
        journal.close(remove=True)


def test_what_cannot_be_stored_waits_and_arrives(bench: Bench) -> None:
    bench.down = True
    bench.write("notes/a.txt", b"one")
    bench.artifacts.write("stream.bin", Once(b"streamed"))  # type: ignore[arg-type]
    assert bench.tries == 1, "one try is enough while it is away"
    assert len(bench.told) == 1
    with bench.artifacts.open("notes/a.txt") as waiting:
        assert waiting.read() == b"one"
    bench.down = False
    bench.upload()
    assert {path: bench.own.open(path).read() for path in ("notes/a.txt", "stream.bin")} == {
        "notes/a.txt": b"one",
        "stream.bin": b"streamed",
    }
    assert bench.journal.open().staged_runs() == []


def test_a_stream_that_cannot_be_read_twice_waits_whole(bench: Bench) -> None:
    bench.down = True
    bench.artifacts.write("stream.bin", Once(b"streamed"))  # type: ignore[arg-type]
    bench.upload()
    assert bench.own.open("stream.bin").read() == b"streamed"


def test_a_path_that_waits_is_written_where_it_waits(bench: Bench) -> None:
    bench.down = True
    bench.write("a.txt", b"old")
    bench.down = False
    bench.outage.end()
    bench.write("a.txt", b"new")
    bench.write("b.txt", b"direct")
    assert bench.own.stat("a.txt") is None
    assert bench.own.open("b.txt").read() == b"direct"
    assert [info.path for info in bench.artifacts.list()] == ["a.txt", "b.txt"]
    bench.upload()
    assert bench.own.open("a.txt").read() == b"new"


def test_what_is_replaced_while_it_is_copied_arrives_too(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.down = True
    bench.write("a.txt", b"old")
    write = MemoryArtifactStore.write

    def write_slowly(store: MemoryArtifactStore, path: str, source: BinaryIO) -> FileInfo:
        info = write(store, path, source)
        monkeypatch.setattr(MemoryArtifactStore, "write", write)
        bench.write("a.txt", b"new")
        return info

    monkeypatch.setattr(MemoryArtifactStore, "write", write_slowly)
    bench.upload()
    assert bench.own.open("a.txt").read() == b"new"
    assert bench.journal.open().staged_runs() == []


def test_what_waits_can_be_deleted(bench: Bench) -> None:
    bench.down = True
    bench.write("a.txt", b"old")
    bench.down = False
    bench.artifacts.delete("a.txt")
    bench.upload()
    assert bench.own.stat("a.txt") is None
    with pytest.raises(NotFound):
        bench.artifacts.delete("a.txt")


def test_other_errors_than_being_away_are_raised(bench: Bench) -> None:
    with pytest.raises(InvalidInput):
        bench.write("../a.txt", b"x")
    assert bench.journal.folder is None


class TakesPartsOnly(MemoryArtifactStore):
    """Refuses to take a file whole, and is away for parts when told so."""

    down = False

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        raise AssertionError("a large file goes in parts")

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        if self.down:
            raise Unavailable("the bucket is away")
        return super().create_upload(path)


def test_a_large_file_goes_in_parts_or_waits(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "LARGE", 1_000)
    store = TakesPartsOnly(f"memory:{tmp_path}/parts")
    artifacts = attrs.evolve(bench.artifacts, open_store=lambda: store)
    (tmp_path / "large.bin").write_bytes(b"x" * 5_000)
    with (tmp_path / "large.bin").open("rb") as source:
        assert artifacts.write("large.bin", source) == FileInfo("large.bin", False, 5_000)
    with store.open("large.bin") as stored:
        assert stored.read() == b"x" * 5_000
    store.down = True
    with (tmp_path / "large.bin").open("rb") as source:
        assert artifacts.write("again.bin", source) == FileInfo("again.bin", False, 5_000)
    assert store.stat("again.bin") is None
    with artifacts.open("again.bin") as waiting:
        assert waiting.read() == b"x" * 5_000
