"""Bodies stream: bounded memory, back-pressure both ways, and a client that leaves leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from runyard.errors import StorageFull
from runyard.server.service import Service
from runyard_api_mlflow import streaming
from runyard_api_mlflow.application import Application, application
from runyard_api_mlflow.streaming import AHEAD, Body, Disconnected, take

PATH = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/big.bin"
CHUNK = os.urandom(65_536)
Messages = Iterator[Mapping[str, Any]]


def scope(method: str, path: str = PATH, query: bytes = b"") -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [],
    }


def pieces(count: int, *, ends: bool = True) -> Messages:
    for number in range(count):
        yield {"type": "http.request", "body": CHUNK, "more_body": not ends or number + 1 < count}
    yield {"type": "http.disconnect"}


class Client:
    """One request: sends messages as fast as they are asked for, and keeps what is answered."""

    def __init__(self, messages: Messages, *, keeps: bool = True) -> None:
        self._messages = messages
        self._keeps = keeps
        self.asked = 0
        self.status = 0
        self.content = b""
        self.size = 0
        self.leaves_after: int | None = None
        self.left = asyncio.Event()
        self.is_through = asyncio.Event()  # all messages were taken, and more are waited for

    async def receive(self) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        message = next(self._messages, None)
        if message is None:
            self.is_through.set()
            await self.left.wait()
            return {"type": "http.disconnect"}
        self.asked += 1
        return message

    async def send(self, message: Mapping[str, Any]) -> None:
        await asyncio.sleep(0)
        if self.leaves_after is not None and self.size >= self.leaves_after:
            self.left.set()
            raise OSError("nobody is there")
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.size += len(message["body"])
            self.content += message["body"] if self._keeps else b""


def ask(app: Application, method: str, client: Client, path: str = PATH) -> Client:
    asyncio.run(app(scope(method, path), client.receive, client.send))
    return client


@pytest.fixture
def app(service: Service) -> Application:
    return application(service)


@pytest.fixture
def root(service: Service) -> Path:
    assert service.artifact_root is not None
    return service.artifact_root.local_path


def files(root: Path) -> list[str]:
    """Every file below the root, hidden ones too."""
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def busy() -> list[str]:
    """Threads that are still writing an upload."""
    frames = [thread for thread in threading.enumerate() if thread.name.startswith("uploads")]
    return [thread.name for thread in frames if _is_busy(thread)]


def _is_busy(thread: threading.Thread) -> bool:
    import sys

    frame = sys._current_frames().get(thread.ident or 0)
    while frame is not None:
        if frame.f_code.co_filename.endswith(("streaming.py", "proxy.py")):
            return True
        frame = frame.f_back
    return False


@pytest.mark.parametrize("count", [1, 2, 16, 17, 18, 500])
def test_a_body_in_pieces_arrives_whole(app: Application, root: Path, count: int) -> None:
    assert ask(app, "PUT", Client(pieces(count))).status == 200
    stored = (root / "0/run/artifacts/big.bin").read_bytes()
    assert hashlib.sha256(stored).digest() == hashlib.sha256(CHUNK * count).digest()
    assert ask(app, "GET", Client(iter([{"type": "http.request", "body": b""}]))).content == stored


@pytest.mark.parametrize("sizes", [[1] * 3_000, [0, 5, 0, 0, 7, 0], [2_000_000, 0, 1], [700_000] * 9])
def test_pieces_of_any_size_arrive_whole(app: Application, root: Path, sizes: list[int]) -> None:
    content = os.urandom(sum(sizes))
    starts = [sum(sizes[:number]) for number in range(len(sizes))]

    def messages() -> Messages:
        for start, size in zip(starts, sizes, strict=True):
            yield {"type": "http.request", "body": content[start : start + size], "more_body": True}
        yield {"type": "http.request", "body": b"", "more_body": False}

    assert ask(app, "PUT", Client(messages())).status == 200
    assert (root / "0/run/artifacts/big.bin").read_bytes() == content


@pytest.mark.parametrize("count", [0, 1, 15, 17, 40, 200])
def test_a_client_that_leaves_while_it_sends_leaves_nothing(app: Application, root: Path, count: int) -> None:
    client = ask(app, "PUT", Client(pieces(count, ends=False)))
    assert client.status == 0
    assert files(root) == []
    assert busy() == []


def test_a_client_that_leaves_keeps_the_earlier_file(app: Application, root: Path) -> None:
    ask(app, "PUT", Client(iter([{"type": "http.request", "body": b"earlier", "more_body": False}])))
    ask(app, "PUT", Client(pieces(100, ends=False)))
    assert files(root) == ["big.bin"]
    assert (root / "0/run/artifacts/big.bin").read_bytes() == b"earlier"


def test_an_upload_that_is_cancelled_leaves_nothing(app: Application, root: Path) -> None:
    async def main() -> None:
        client = Client(iter([{"type": "http.request", "body": CHUNK, "more_body": True}] * 60))
        task = asyncio.create_task(app(scope("PUT"), client.receive, client.send))
        await client.is_through.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert files(root) == []
        assert busy() == []

    asyncio.run(main())


def test_a_client_that_leaves_while_it_gets_is_not_read_for_any_longer(app: Application, root: Path) -> None:
    (root / "0/run/artifacts").mkdir(parents=True)
    with (root / "0/run/artifacts/big.bin").open("wb") as file:
        file.truncate(1 << 40)
    client = Client(iter([{"type": "http.request", "body": b""}]), keeps=False)
    client.leaves_after = 5_000_000
    start = time.monotonic()
    ask(app, "GET", client)
    assert client.size < 10_000_000
    assert time.monotonic() - start < 20


def test_a_file_that_becomes_shorter_while_it_is_sent_breaks_the_connection(app: Application, root: Path) -> None:
    ask(app, "PUT", Client(pieces(100)))
    client = Client(iter([{"type": "http.request", "body": b""}]))
    kept = client.send

    async def send(message: Mapping[str, Any]) -> None:
        os.truncate(root / "0/run/artifacts/big.bin", 1_000_000)
        await kept(message)

    client.send = send  # type: ignore[method-assign]
    with pytest.raises(ConnectionAbortedError):
        ask(app, "GET", client)
    assert client.size < 100 * len(CHUNK)


def test_a_store_that_fails_early_is_told_before_all_is_sent(
    app: Application, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: object, path: str, source: BinaryIO) -> None:
        source.read(10)
        raise StorageFull("the disk is full")

    monkeypatch.setattr("runyard_store_local.store.LocalArtifactStore.write", full)
    client = ask(app, "PUT", Client(pieces(100_000)))
    assert client.status == 429
    assert b"the disk is full" in client.content
    assert client.asked < 1_000


def run_take(client: Client, write: Callable[[BinaryIO], Any]) -> Any:
    async def main() -> Any:
        return await take(client.receive, write)

    return asyncio.run(main())


def test_a_slow_store_makes_the_client_wait() -> None:
    """No more than a bounded amount is ever held, however much faster the client is."""
    client = Client(pieces(1_000))
    most = 0

    def write(source: BinaryIO) -> int:
        nonlocal most
        total = 0
        while piece := source.read(50_000):
            total += len(piece)
            most = max(most, client.asked * len(CHUNK) - total)
            if total % 20 == 0:
                time.sleep(0.001)
        return total

    assert run_take(client, write) == 1_000 * len(CHUNK)
    assert most < 2 * AHEAD + streaming.SMALL + 2 * streaming.BATCH


def test_a_body_can_be_read_in_any_way() -> None:
    def write(source: BinaryIO) -> bytes:
        buffer = bytearray(1_000)
        count = source.readinto(buffer)  # type: ignore[attr-defined]
        return bytes(buffer[:count]) + source.read(0) + source.read(7) + source.read() + source.read() + source.read(5)

    assert run_take(Client(pieces(40)), write) == CHUNK * 40


def test_a_reader_that_takes_only_the_beginning_is_enough() -> None:
    assert run_take(Client(pieces(1_000)), lambda source: source.read(3)) == CHUNK[:3]


def test_what_the_client_did_is_what_the_reader_meets() -> None:
    met: list[BaseException] = []

    def write(source: BinaryIO) -> None:
        try:
            source.read()
        except ConnectionError as error:
            met.append(error)
            raise

    with pytest.raises(Disconnected):
        run_take(Client(pieces(50, ends=False)), write)
    assert [type(error) for error in met] == [Disconnected]


def test_a_receive_that_fails_fails_the_reader() -> None:
    def messages() -> Messages:
        yield from pieces(30, ends=False)
        raise AssertionError

    def broken() -> Messages:
        for number, message in enumerate(messages()):
            if number == 29:
                raise OSError("the transport broke")
            yield message

    with pytest.raises(OSError, match="the transport broke"):
        run_take(Client(broken()), lambda source: source.read())


def test_a_reader_may_outlive_the_event_loop() -> None:
    bodies: list[Body] = []

    async def main() -> None:
        bodies.append(Body([b"x" * AHEAD]))

    asyncio.run(main())
    bodies[0]._is_much = True
    assert bodies[0].read(AHEAD) == b"x" * streaming.BATCH
    with pytest.raises(Disconnected, match="the server stopped"):
        bodies[0].read()
    bodies[0].leave()


def test_many_uploads_at_once_do_not_keep_small_requests_waiting(app: Application, root: Path) -> None:
    """Uploads of slow clients hold threads of their own."""

    async def slow(number: int, gate: asyncio.Event) -> None:
        count = 0

        async def receive() -> Mapping[str, Any]:
            nonlocal count
            count += 1
            if count == 20:
                await gate.wait()
            return {"type": "http.request", "body": CHUNK, "more_body": count < 25}

        await app(scope("PUT", f"{PATH}{number}"), receive, _ignore)

    async def main() -> None:
        gate = asyncio.Event()
        uploads = [asyncio.create_task(slow(number, gate)) for number in range(100)]
        await asyncio.sleep(0.5)
        client = Client(iter([{"type": "http.request", "body": b"small", "more_body": False}]))
        await asyncio.wait_for(app(scope("PUT"), client.receive, client.send), 20)
        assert client.status == 200
        gate.set()
        await asyncio.gather(*uploads)

    asyncio.run(main())
    assert len(files(root)) == 101


async def _ignore(message: Mapping[str, Any]) -> None:
    """Nobody looks at the answer."""
