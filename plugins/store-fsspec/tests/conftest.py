"""A store on each storage that runs beside the tests, empty for each test."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import RawIOBase
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_fsspec.opening import open_store

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Options = dict[str, dict[str, Any]]


def settings_with(options: Options, **environ: str) -> Settings:
    """Settings with these options of schemes, and nothing else of the person who runs the tests."""
    return Settings(environ={"RUNYARD_STORE_FSSPEC_OPTIONS": json.dumps(options), **environ})


@pytest.fixture
def open_at() -> Callable[..., Any]:
    """Opens the store of a URI with options of schemes and variables of the environment."""

    def open_it(uri: str, options: Options | None = None, **environ: str) -> Any:
        return open_store(Uri.parse(uri), settings_with(options or {}, **environ))

    return open_it


def _fresh() -> str:
    return f"contract-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def hdfs_store(hdfs_root: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    store = open_at(f"{hdfs_root['uri']}/{_fresh()}", HADOOP_USER_NAME=hdfs_root["user"])
    yield store
    store.delete("")


@pytest.fixture
def webhdfs_store(hdfs_root: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    web = hdfs_root["web"].removeprefix("http://")
    store = open_at(f"webhdfs://{hdfs_root['user']}@{web}{hdfs_root['path']}/{_fresh()}")
    yield store
    store.delete("")


@pytest.fixture
def azure_store(open_azure: Callable[[], Any]) -> Any:
    return open_azure()


@pytest.fixture
def beside_azure_store(open_azure: Callable[[], Any]) -> Any:
    return open_azure()


@pytest.fixture
def open_azure(azure_container: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Callable[[], Any]]:
    """Opens a store in a folder of its own."""
    place = f"{azure_container['container']}@{azure_container['account']}.blob.core.windows.net"
    connection = azure_container["connection"]
    made: list[Any] = []

    def opened() -> Any:
        uri = f"wasbs://{place}/{azure_container['prefix']}/{_fresh()}"
        made.append(open_at(uri, AZURE_STORAGE_CONNECTION_STRING=connection))
        return made[-1]

    yield opened
    for store in made:
        store.delete("")


@pytest.fixture
def google_store(gcs_bucket: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    store = open_at(
        f"{gcs_bucket['uri']}/{_fresh()}", {"gs": {"token": "anon", "endpoint_url": gcs_bucket["endpoint"]}}
    )
    yield store
    store.delete("")


@pytest.fixture
def beside_google_store(gcs_bucket: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    store = open_at(
        f"{gcs_bucket['uri']}/{_fresh()}", {"gs": {"token": "anon", "endpoint_url": gcs_bucket["endpoint"]}}
    )
    yield store
    store.delete("")


@pytest.fixture
def service_account() -> Iterator[dict[str, str]]:
    """What the file of a service account's key holds; a server of our own gives out its tokens."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    with ThreadingHTTPServer(("127.0.0.1", 0), _GivesTokens) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "type": "service_account",
            "project_id": "project",
            "private_key": made.private_bytes(pem, form, serialization.NoEncryption()).decode(),
            "client_email": "robot@example.org",
            "token_uri": f"http://127.0.0.1:{server.server_port}/",
        }
        server.shutdown()


class _GivesTokens(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"access_token": "token", "expires_in": 3600}')

    def log_message(self, *arguments: object) -> None:
        """Nothing is told."""


@pytest.fixture
def signing_google_store(
    gcs_bucket: dict[str, str], service_account: dict[str, str], open_at: Callable[..., Any]
) -> Iterator[Any]:
    options = {"gs": {"token": service_account, "endpoint_url": gcs_bucket["endpoint"]}}
    store = open_at(f"{gcs_bucket['uri']}/{_fresh()}", options)
    yield store
    store.delete("")


@pytest.fixture
def sftp_store(sftp_root: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    options = {"client_keys": [sftp_root["key"]], "known_hosts": sftp_root["known_hosts"]}
    store = open_at(f"{sftp_root['uri']}/{_fresh()}", {"sftp": options})
    yield store
    store.delete("")


@pytest.fixture
def ftp_store(ftp_root: dict[str, str], open_at: Callable[..., Any]) -> Iterator[Any]:
    store = open_at(f"{ftp_root['uri']}/{_fresh()}")
    yield store
    store.delete("")


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port on which somebody listens who never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield listener.getsockname()[1]


class BrokenAfter(RawIOBase):
    """A source that fails after all of a content."""

    def __init__(self, content: bytes) -> None:
        self._rest = memoryview(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._rest:
            raise OSError("the source broke off")
        view = memoryview(buffer).cast("B")
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


@pytest.fixture
def broken_after() -> Callable[[bytes], Any]:
    return BrokenAfter


@attrs.define(eq=False)
class Proxy:
    """Passes connections on to a server, until they are cut."""

    host: str
    to: int
    listener: socket.socket
    port: int
    pairs: list[socket.socket] = attrs.field(factory=list)

    def serve(self) -> None:
        with suppress(OSError):  # it is closed
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection((self.host, self.to))
                self.pairs += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=_pass, args=(source, target), daemon=True).start()

    def cut(self) -> None:
        """Break every connection there is."""
        for side in self.pairs:
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
        self.pairs.clear()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), source, target:
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy_to() -> Iterator[Callable[[str, int], Proxy]]:
    """Makes a proxy to a server."""
    made: list[Proxy] = []

    def make(host: str, port: int) -> Proxy:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        proxy = Proxy(host, port, listener, listener.getsockname()[1])
        made.append(proxy)
        threading.Thread(target=proxy.serve, daemon=True).start()
        return proxy

    yield make
    for proxy in made:
        proxy.cut()
        proxy.close()
