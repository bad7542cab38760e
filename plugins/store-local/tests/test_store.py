"""The local store keeps the contract, writes whole files and never leaves its root."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import attrs
import pytest

from runyard import Host, Settings
from runyard.entities import FileInfo
from runyard.errors import Forbidden, InvalidInput, NotFound
from runyard.protocols.artifacts import ArtifactStore
from runyard.testing.contracts.artifacts import ArtifactStoreContract, LocalFilesContract
from runyard.testing.contracts.artifacts_contents import CreatesFilesContract, CreatingStore
from runyard.uris import Uri
from runyard_store_local import plugin
from runyard_store_local.folder import Folder
from runyard_store_local.store import LocalArtifactStore

posix = pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")


def store_at(folder: Path, **settings: object) -> LocalArtifactStore:
    return LocalArtifactStore(Uri.from_path(folder), Settings(extra=settings))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "artifacts of a run"


@pytest.fixture
def store(root: Path) -> LocalArtifactStore:
    return store_at(root)


class TestContract(ArtifactStoreContract, LocalFilesContract):
    @pytest.fixture
    def store(self, root: Path) -> ArtifactStore:
        return store_at(root)


class TestCreation(CreatesFilesContract):
    @pytest.fixture
    def store(self, root: Path) -> CreatingStore:
        return store_at(root)


class TestContractWithFsync(ArtifactStoreContract, LocalFilesContract):
    @pytest.fixture
    def store(self, root: Path) -> ArtifactStore:
        return store_at(root, **{"store-local.fsync": True})


@posix
class TestContractThroughALinkedRoot(ArtifactStoreContract, LocalFilesContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> ArtifactStore:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "root").symlink_to("elsewhere")
        return store_at(tmp_path / "root")


class TestContractWithoutDescriptors(ArtifactStoreContract, LocalFilesContract):
    """As on Windows, where folders are reached by path."""

    @pytest.fixture
    def store(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
        monkeypatch.setattr("runyard_store_local.folder.DESCRIPTORS", False)
        return store_at(root)


class TestCreationWithoutDescriptors(CreatesFilesContract):
    @pytest.fixture
    def store(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> CreatingStore:
        monkeypatch.setattr("runyard_store_local.folder.DESCRIPTORS", False)
        return store_at(root)


def test_a_host_opens_it_for_file_uris_and_plain_paths(root: Path) -> None:
    with Host(Settings(), plugins={"store-local": plugin}, discover=False) as host:
        for location in (str(root), root.as_uri()):
            host.artifact_store(location).write("a.txt", BytesIO(location.encode()))
            assert (root / "a.txt").read_text() == location


def test_the_root_is_made_by_the_first_write_only(store: LocalArtifactStore, root: Path) -> None:
    assert store.list() == []
    assert store.stat("") is None
    with pytest.raises(NotFound):
        store.open("a.txt")
    assert not root.exists()
    store.write("a.txt", BytesIO(b"x"))
    assert root.is_dir()


def test_a_file_cannot_be_written_below_a_file_or_over_a_folder(store: LocalArtifactStore) -> None:
    store.write("file.txt", BytesIO(b"x"))
    store.write("folder/file.txt", BytesIO(b"x"))
    for path in ("file.txt/below.txt", "folder"):
        with pytest.raises(InvalidInput, match="a file stands where a folder is needed"):
            store.write(path, BytesIO(b"y"))
    assert sorted(str(path.relative_to(store.local_path())) for path in store.local_path().rglob("*")) == [
        "file.txt",
        "folder",
        "folder/file.txt",
    ]


def test_files_being_written_are_neither_listed_nor_reachable(store: LocalArtifactStore, root: Path) -> None:
    store.write("a.txt", BytesIO(b"x"))
    (root / ".runyard-partial-0123").write_text("torn by kill -9")
    assert [info.path for info in store.list()] == ["a.txt"]
    with pytest.raises(InvalidInput, match="are taken"):
        store.open(".runyard-partial-0123")


def test_a_reader_sees_the_earlier_or_the_later_file_whole(store: LocalArtifactStore) -> None:
    contents = [bytes([number]) * 300_000 for number in range(2)]
    store.write("file.bin", BytesIO(contents[0]))
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number = 1 - number
            store.write("file.bin", BytesIO(contents[number]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            with store.open("file.bin") as stream:
                assert stream.read() in contents
    finally:
        stop.set()
        writer.join()


@posix
def test_a_full_disk_is_told_and_leaves_nothing_behind(root: Path) -> None:
    script = """
import resource, sys
from io import BytesIO
from pathlib import Path
from runyard import Settings
from runyard.errors import StorageFull
from runyard.uris import Uri
from runyard_store_local.store import LocalArtifactStore

store = LocalArtifactStore(Uri.from_path(sys.argv[1]), Settings())
store.write("small.txt", BytesIO(b"earlier"))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
large = b"x" * 3_000_000
for path, source in (("small.txt", BytesIO(large)), ("new.bin", BytesIO(large)), ("copy.bin", open(sys.argv[2], "rb"))):
    try:
        store.write(path, source)
    except StorageFull as error:
        print(error)
"""
    (root.parent / "large.bin").write_bytes(bytes(3_000_000))
    command = [sys.executable, "-c", script, str(root), str(root.parent / "large.bin")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.count("free some space") == 3
    assert [(entry.name, entry.read_bytes()) for entry in root.iterdir()] == [("small.txt", b"earlier")]


@pytest.mark.parametrize("buffering", [-1, 0])
def test_a_file_is_copied_from_where_it_stands(store: LocalArtifactStore, tmp_path: Path, buffering: int) -> None:
    content = os.urandom(3_000_000)
    (tmp_path / "source.bin").write_bytes(content)
    with (tmp_path / "source.bin").open("rb", buffering=buffering) as source:
        source.read(10)
        assert store.write("a.bin", source) == FileInfo("a.bin", False, len(content) - 10)
        assert source.read() == b""
    assert store.local_path("a.bin").read_bytes() == content[10:]


@posix
def test_a_pipe_is_read_to_its_end(store: LocalArtifactStore) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"through a pipe")
    os.close(writer)
    with os.fdopen(reader, "rb") as source:
        store.write("a.txt", source)
    assert store.local_path("a.txt").read_bytes() == b"through a pipe"


@posix
class TestLinks:
    @pytest.fixture
    def outside(self, tmp_path: Path) -> Path:
        folder = tmp_path / "outside"
        folder.mkdir()
        (folder / "secret.txt").write_text("secret")
        return folder

    @pytest.fixture
    def linked(self, store: LocalArtifactStore, root: Path, outside: Path) -> LocalArtifactStore:
        store.write("own/file.txt", BytesIO(b"own"))
        (root / "out").symlink_to(outside)
        (root / "out.txt").symlink_to(outside / "secret.txt")
        (root / "in").symlink_to("own")
        (root / "in.txt").symlink_to("own/file.txt")
        (root / "circle").symlink_to("circle")
        (root / "dangling").symlink_to("nowhere")
        return store

    def test_a_link_that_leads_out_is_not_listed(self, linked: LocalArtifactStore) -> None:
        assert [info.path for info in linked.list()] == ["in", "in.txt", "own"]

    @pytest.mark.parametrize("path", ["out.txt", "out/secret.txt", "out"])
    def test_nothing_is_read_through_a_link_that_leads_out(self, linked: LocalArtifactStore, path: str) -> None:
        for action in (linked.open, linked.stat, linked.local_path):
            with pytest.raises(Forbidden, match="leads out"):
                action(path)

    def test_no_folder_is_listed_through_a_link_that_leads_out(self, linked: LocalArtifactStore) -> None:
        with pytest.raises(Forbidden, match="leads out"):
            linked.list("out")

    @pytest.mark.parametrize("path", ["out/new.txt", "out/secret.txt", "out/deep/new.txt"])
    def test_nothing_is_written_or_deleted_through_a_link_that_leads_out(
        self, linked: LocalArtifactStore, outside: Path, path: str
    ) -> None:
        with pytest.raises(Forbidden):
            linked.write(path, BytesIO(b"x"))
        with pytest.raises(Forbidden):
            linked.delete(path)
        assert [(entry.name, entry.read_text()) for entry in outside.iterdir()] == [("secret.txt", "secret")]

    def test_writing_onto_a_link_replaces_the_link(self, linked: LocalArtifactStore, outside: Path) -> None:
        linked.write("out.txt", BytesIO(b"new"))
        assert (outside / "secret.txt").read_text() == "secret"
        with linked.open("out.txt") as stream:
            assert stream.read() == b"new"

    @pytest.mark.parametrize("path", ["out", "out.txt", "circle", "dangling"])
    def test_deleting_a_link_deletes_the_link_only(self, linked: LocalArtifactStore, outside: Path, path: str) -> None:
        linked.delete(path)
        assert not linked.local_path().joinpath(path).is_symlink()
        assert (outside / "secret.txt").read_text() == "secret"

    def test_deleting_a_folder_never_follows_links(self, linked: LocalArtifactStore, outside: Path) -> None:
        linked.local_path().joinpath("own/out").symlink_to(outside)
        linked.delete("own")
        linked.delete("")
        assert (outside / "secret.txt").read_text() == "secret"

    def test_a_link_that_stays_inside_is_followed(self, linked: LocalArtifactStore) -> None:
        for path in ("in/file.txt", "in.txt"):
            with linked.open(path) as stream:
                assert stream.read() == b"own"
        assert linked.list("in") == [FileInfo("in/file.txt", False, 3)]
        linked.write("in/more.txt", BytesIO(b"more"))
        assert [info.path for info in linked.list("own")] == ["own/file.txt", "own/more.txt"]

    def test_a_link_may_lead_to_a_hidden_folder(self, store: LocalArtifactStore, root: Path) -> None:
        store.write(".hidden/file.txt", BytesIO(b"own"))
        (root / "in.txt").symlink_to(".hidden/file.txt")
        (root / "in").symlink_to(".hidden")
        for path in ("in.txt", "in/file.txt"):
            assert store.stat(path) == FileInfo(path, False, 3)

    @pytest.mark.parametrize("path", ["circle", "circle/below", "dangling"])
    def test_a_link_to_nothing_is_an_error_of_ours(self, linked: LocalArtifactStore, path: str) -> None:
        with pytest.raises((Forbidden, NotFound)):
            linked.open(path)

    @pytest.mark.parametrize("action", ["list", "stat", "open", "write", "delete"])
    def test_a_folder_swapped_for_a_link_after_the_check_is_not_followed(
        self, root: Path, outside: Path, action: str
    ) -> None:
        @attrs.frozen
        class Swapped(Folder):
            """Where somebody else swaps folders between looking and opening."""

            def resolve(self, path: str) -> Path:
                found = super().resolve(path)
                (root / "folder").rename(root / "aside")
                (root / "folder").symlink_to(outside)
                return found

        store = store_at(root)
        store.write("folder/secret.txt", BytesIO(b"own"))
        (root / "in").symlink_to("folder")
        store._folder = Swapped(root)
        path = "in" if action == "list" else "in/secret.txt"
        arguments = (path, BytesIO(b"new")) if action == "write" else (path,)
        try:
            assert getattr(store, action)(*arguments) in ([], None)
        except (Forbidden, NotFound, InvalidInput):
            assert action in {"open", "write", "delete"}
        assert [(entry.name, entry.read_text()) for entry in outside.iterdir()] == [("secret.txt", "secret")]


@posix
def test_a_pipe_is_neither_listed_nor_waited_for(store: LocalArtifactStore, root: Path) -> None:
    store.write("a.txt", BytesIO(b"x"))
    os.mkfifo(root / "pipe")
    assert [info.path for info in store.list()] == ["a.txt"]
    assert store.stat("pipe") is None
    with pytest.raises(NotFound, match="no file"):
        store.open("pipe")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Without the right to enter a folder; root needs to be somebody else for that."""
    user, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0)
    try:
        if user == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(user)
        folder.chmod(mode)


@posix
def test_what_may_not_be_read_or_written_is_told(store: LocalArtifactStore, root: Path) -> None:
    store.write("file.txt", BytesIO(b"x"))
    with locked(root):
        for action in (store.open, store.delete, store.stat, store.list, lambda path: store.write(path, BytesIO(b"y"))):
            with pytest.raises(Forbidden, match="permissions"):
                action("file.txt")
    with store.open("file.txt") as stream:
        assert stream.read() == b"x"


def test_a_name_that_is_too_long_is_refused(store: LocalArtifactStore) -> None:
    with pytest.raises(InvalidInput, match="shorter"):
        store.write("x" * 300, BytesIO(b"x"))
    assert store.stat("x" * 300) is None


def test_a_range_of_a_large_file_reads_only_that_range(store: LocalArtifactStore, root: Path) -> None:
    store.write("sparse.bin", BytesIO(b"head"))
    with (root / "sparse.bin").open("r+b") as file:
        file.truncate(1 << 40)
        file.seek(1 << 39)
        file.write(b"middle")
    with store.open("sparse.bin", start=1 << 39, length=6) as stream:
        assert stream.read() == b"middle"
