"""Large files go past a server where its clients reach the storage behind it, and through it where they do not."""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import pytest

from runyard import Host, Settings
from runyard.errors import CorruptData
from runyard.protocols.artifacts import ArtifactStore
from runyard.testing.contracts.artifacts import read
from runyard.testing.server import RunningServer, running_server
from runyard.transfers import folders

CONTENT = os.urandom((33 << 20) + 5)
LITTLE = 1 << 20  # bytes, more than all that is said about a file
NOBODY = "http://127.0.0.1:1"


@attrs.define(eq=False)
class Line:
    """Passes connections on, counts what comes back over them, and breaks or changes it as a test tells it to."""

    to: tuple[str, int]
    listener: socket.socket = attrs.field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    sent: int = 0
    came: int = 0
    cut_at: int | None = None  # of what came
    change: Callable[[bytes], bytes] = bytes
    pairs: list[socket.socket] = attrs.field(factory=list)

    @property
    def is_to_break(self) -> bool:
        return self.cut_at is not None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.to)
                self.pairs += [near, far]
                threading.Thread(target=self._send, args=(near, far), daemon=True).start()
                threading.Thread(target=self._answer, args=(far, near), daemon=True).start()

    def close(self) -> None:
        """Nobody answers any more."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()

    def cut(self) -> None:
        for side in self.pairs:
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
        self.pairs.clear()

    def _send(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError), near:
            while data := near.recv(1 << 16):
                self.sent += len(data)
                far.sendall(data)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError), far:
            while data := far.recv(1 << 16):
                self.came += len(data)
                near.sendall(self.change(data))
                if self.cut_at is not None and self.came > self.cut_at:
                    self.cut_at = None
                    self.cut()


@contextmanager
def line_to(url: str) -> Iterator[Line]:
    parts = urlsplit(url)
    line = Line((parts.hostname or "", parts.port or 80))
    threading.Thread(target=line.serve, daemon=True).start()
    yield line
    line.close()


@attrs.define(eq=False)
class Lab:
    """A client's store on a server, and the lines to the server and to the storage."""

    server: Line
    storage: Line
    open: Callable[..., ArtifactStore]
    folder: Path

    def download(self, store: ArtifactStore, name: str = "large.bin") -> bytes:
        return folders.download(store, name, self.folder / "down").read_bytes()

    def upload(self, store: ArtifactStore, content: bytes = CONTENT) -> None:
        (self.folder / "large.bin").write_bytes(content)
        folders.upload(store, self.folder / "large.bin")


@pytest.fixture(scope="module")
def environ(s3_server: dict[str, str]) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": s3_server["access_key"],
        "AWS_SECRET_ACCESS_KEY": s3_server["secret_key"],
        "AWS_REGION": "us-east-1",
        "RUNYARD_STORE_S3_ENDPOINT": s3_server["endpoint"],
    }


@pytest.fixture(scope="module")
def storage(s3_server: dict[str, str]) -> Iterator[Line]:
    with line_to(s3_server["endpoint"]) as line:
        yield line


@pytest.fixture(scope="module")
def running(
    s3_server: dict[str, str], environ: dict[str, str], storage: Line, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server whose clients reach its storage over the line."""
    named = {**environ, "RUNYARD_STORE_S3_PUBLIC_ENDPOINT": storage.url}
    with running_server(
        tmp_path_factory.mktemp("server"), "--artifacts-destination", s3_server["uri"], **named
    ) as found:
        yield found


@pytest.fixture(scope="module")
def walled(
    s3_server: dict[str, str], environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A server whose clients do not reach its storage."""
    named = {**environ, "RUNYARD_STORE_S3_PUBLIC_ENDPOINT": NOBODY}
    with running_server(
        tmp_path_factory.mktemp("walled"), "--artifacts-destination", s3_server["uri"], **named
    ) as found:
        yield found


@pytest.fixture
def lab(request: pytest.FixtureRequest, storage: Line, tmp_path: Path) -> Iterator[Lab]:
    """At the server that the test's parameter names. It has an address of its own, so that nothing is known of it."""
    found: RunningServer = request.getfixturevalue(getattr(request, "param", "running"))
    storage.sent = storage.came = 0
    with line_to(found.url) as line:
        hosts: list[Host] = []

        def opened(**settings: object) -> ArtifactStore:
            named = {f"store-http.{name}": value for name, value in settings.items()}
            hosts.append(Host(Settings(environ={}, tracking_uri=line.url, root=tmp_path, extra=named)))
            return hosts[-1].artifact_store(f"mlflow-artifacts:/{tmp_path.name}")

        yield Lab(line, storage, opened, tmp_path)
        for host in hosts:
            host.close()


@pytest.mark.s3
def test_bytes_go_between_the_client_and_the_storage(lab: Lab) -> None:
    store = lab.open()
    lab.upload(store)
    assert lab.storage.sent > len(CONTENT)
    assert lab.download(store) == CONTENT
    assert lab.storage.came > len(CONTENT)
    assert lab.server.sent + lab.server.came < LITTLE


@pytest.mark.s3
def test_a_client_can_be_told_to_have_all_go_through_the_server(lab: Lab) -> None:
    store = lab.open(direct=False)
    lab.upload(store)
    assert lab.download(store) == CONTENT
    assert lab.storage.sent == lab.storage.came == 0


@pytest.mark.s3
def test_small_files_go_through_the_server(lab: Lab) -> None:
    store = lab.open()
    lab.upload(store, b"small")
    assert lab.download(store) == b"small"
    assert lab.storage.sent == 0


@pytest.mark.s3
@pytest.mark.parametrize("lab", ["walled"], indirect=True)
def test_what_is_out_of_reach_is_tried_once_and_without_a_word(
    lab: Lab, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    caplog.set_level(logging.DEBUG, "urllib3")
    store = lab.open()
    lab.upload(store)
    assert tries(caplog) > 0
    assert lab.server.sent > len(CONTENT)
    caplog.clear()
    assert lab.download(store) == CONTENT
    assert lab.download(lab.open()) == CONTENT
    lab.upload(lab.open())
    assert tries(caplog) == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert list(recwarn) == []


@pytest.mark.s3
@pytest.mark.parametrize("lab", ["walled"], indirect=True)
def test_a_download_finds_out_that_the_storage_is_out_of_reach(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "urllib3")
    lab.upload(lab.open(direct=False))
    store = lab.open()
    assert lab.download(store) == CONTENT
    assert 0 < tries(caplog) <= 8  # as many stretches as are fetched at a time
    assert lab.server.came > len(CONTENT)


def tries(caplog: pytest.LogCaptureFixture) -> int:
    """How often a connection to the storage was begun."""
    return sum("Starting new HTTP connection" in text and text[-11:] == "127.0.0.1:1" for text in caplog.messages)


@pytest.mark.s3
def test_a_url_that_ran_out_in_the_middle_is_renewed(lab: Lab) -> None:
    store: Any = lab.open()
    lab.upload(store)
    assert store.checks_reads("large.bin") is False
    (place,) = store._direct._given
    old = store._direct._given[place]
    gone = attrs.evolve(old, url=old.url.replace("X-Amz-Expires=300", "X-Amz-Expires=299"))
    store._direct._given[place] = gone
    assert gone.url != old.url  # as S3 takes no URL whose signature is not that of all it says
    with store.open("large.bin", start=5, length=9 << 20) as stream:
        assert stream.read() == CONTENT[5 : 5 + (9 << 20)]
    assert store._direct._given[place].url != gone.url
    assert lab.server.came < LITTLE


@pytest.mark.s3
@pytest.mark.parametrize("whole", [False, True], ids=["in the middle", "from the start"])
def test_parts_whose_url_ran_out_are_sent_to_another(lab: Lab, whole: bool) -> None:
    store: Any = lab.open()
    upload = store.create_upload("large.bin", parts=2)
    (places,) = store._uploads._places.values()
    for number in (1, 2) if whole else (2,):
        url, headers = places[number]
        places[number] = url.replace("X-Amz-Expires", "X-Amz-Expired"), headers
    contents = [CONTENT[: 5 << 20], b"the rest"]
    parts = [(n, store.write_part("large.bin", upload, n, BytesIO(one))) for n, one in enumerate(contents, 1)]
    store.complete_upload("large.bin", upload, parts)
    assert read(store, "large.bin") == b"".join(contents)
    assert lab.storage.sent > 5 << 20
    assert lab.server.sent < LITTLE


@pytest.mark.s3
def test_a_connection_that_breaks_is_gone_on_with(lab: Lab) -> None:
    store = lab.open()
    lab.upload(store)
    lab.storage.cut_at = 12 << 20
    lab.storage.came = 0
    assert lab.download(store) == CONTENT
    assert lab.server.came < LITTLE
    assert not lab.storage.is_to_break


@pytest.mark.s3
def test_what_was_changed_on_the_way_is_refused(lab: Lab) -> None:
    store = lab.open()
    lab.upload(store)
    lab.storage.change = lambda data: data.replace(CONTENT[1 << 20 : (1 << 20) + 4], b"xxxx")
    with pytest.raises(CorruptData, match=r"large\.bin"):
        lab.download(store)
    lab.storage.change = bytes
    assert lab.download(store) == CONTENT


@pytest.mark.s3
def test_no_signature_is_logged_or_told(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store: Any = lab.open()
    lab.upload(store)
    assert lab.download(store) == CONTENT
    for method in ("GET", "PUT"):
        assert any(method in text and "X-Amz-Signature=***" in text for text in caplog.messages)
    assert re.search(r"Signature=[0-9a-f]", caplog.text) is None
    assert "Signature" not in repr(list(store._direct._given.values()))


@pytest.mark.s3
def test_a_storage_that_goes_away_in_the_middle_is_done_without(
    s3_server: dict[str, str], environ: dict[str, str], tmp_path: Path
) -> None:
    with line_to(s3_server["endpoint"]) as storage:
        named = {**environ, "RUNYARD_STORE_S3_PUBLIC_ENDPOINT": storage.url}
        impatient = {"store-http.patience": 1.0}
        with (
            running_server(tmp_path, "--artifacts-destination", s3_server["uri"], **named) as server,
            Host(Settings(environ={}, tracking_uri=server.url, root=tmp_path, extra=impatient)) as host,
        ):
            store = host.artifact_store("mlflow-artifacts:/away")
            (tmp_path / "large.bin").write_bytes(CONTENT)
            folders.upload(store, tmp_path / "large.bin")
            storage.came = 0
            closing = threading.Thread(target=close_after, args=(storage, 10 << 20))
            closing.start()
            assert folders.download(store, "large.bin", tmp_path / "down").read_bytes() == CONTENT
            closing.join()


def close_after(line: Line, size: int) -> None:
    while line.came < size:
        time.sleep(0.001)
    line.close()


@pytest.mark.azure
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
def test_azure_is_read_past_the_server_and_written_through_it(azure_container: dict[str, str], tmp_path: Path) -> None:
    with line_to(azure_container["endpoint"]) as storage:
        there = urlsplit(azure_container["endpoint"]).netloc
        connection = azure_container["connection"].replace(there, urlsplit(storage.url).netloc)
        root = f"az://{azure_container['container']}/{azure_container['prefix']}"
        with (
            running_server(
                tmp_path, "--artifacts-destination", root, AZURE_STORAGE_CONNECTION_STRING=connection
            ) as server,
            line_to(server.url) as line,
            Host(Settings(environ={}, tracking_uri=line.url, root=tmp_path)) as host,
        ):
            store = host.artifact_store("mlflow-artifacts:/past")
            (tmp_path / "large.bin").write_bytes(CONTENT)
            folders.upload(store, tmp_path / "large.bin")
            assert line.sent > len(CONTENT)
            line.came = storage.came = 0
            assert folders.download(store, "large.bin", tmp_path / "down").read_bytes() == CONTENT
            assert line.came < LITTLE
            assert storage.came > len(CONTENT)
