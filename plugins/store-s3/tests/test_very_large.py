"""Over 5 GiB go to a service that keeps to S3's limits and takes nothing into memory: counted and compared there."""

from __future__ import annotations

import itertools
import re
import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.settings import Settings
from runyard.transfers.folders import upload
from runyard.uris import Uri
from runyard_store_s3.store import S3ArtifactStore

MIB, GIB = 1 << 20, 1 << 30
SIZE = 5 * GIB + 3 * MIB + 7
MARKS = {0: b"first", 4 * GIB - 3: b"4 GiB", 5 * GIB - 1: b"5 GiB", SIZE - 4: b"last"}


@attrs.define
class Service:
    """What a service of one file has got: for each part its size, and the bytes in it that were not zero."""

    url: str = ""
    parts: dict[int, tuple[int, dict[int, int]]] = attrs.field(factory=dict)
    file: tuple[int, dict[int, int]] | None = None

    def complete(self, body: str) -> str:
        """Make the file of the parts listed; the code of the error where it breaks a limit."""
        found = [self.parts[int(number)] for number in re.findall(r"<PartNumber>(\d+)</PartNumber>", body)]
        if len(found) > 10_000:
            return "InvalidArgument"
        if any(size < 5 * MIB for size, _ in found[:-1]):
            return "EntityTooSmall"
        starts = itertools.accumulate((size for size, _ in found), initial=0)
        marks = {
            start + at: byte for start, (_, marks) in zip(starts, found, strict=False) for at, byte in marks.items()
        }
        self.file = sum(size for size, _ in found), marks
        return ""


class Handler(BaseHTTPRequestHandler):
    """Answers for a service."""

    service: Service
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        size = int(self.headers["Content-Length"])
        if size > 5 * GIB:
            self.close_connection = True
            self.answer(400, "<Error><Code>EntityTooLarge</Code></Error>")
            return
        part = self.received(size)
        self.service.parts[int(self.query()["partNumber"])] = part
        self.answer(200, "", ETag=f'"{b64decode(self.headers["Content-MD5"]).hex()}"')

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if "uploads" in self.query():
            self.answer(200, "<R><UploadId>u1</UploadId></R>")
            return
        code = self.service.complete(body)
        self.answer(400 if code else 200, f"<Error><Code>{code}</Code></Error>" if code else "<R></R>")

    def do_HEAD(self) -> None:
        self.send_response(404 if self.service.file is None else 200)
        self.send_header("Content-Length", str(0 if self.service.file is None else self.service.file[0]))
        self.end_headers()

    def query(self) -> dict[str, str]:
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {name: values[0] for name, values in query.items()}

    def received(self, size: int) -> tuple[int, dict[int, int]]:
        zeros, at = bytes(MIB), 0
        marks: dict[int, int] = {}
        while at < size:
            piece = self.rfile.read(min(MIB, size - at))
            if piece != (zeros if len(piece) == MIB else bytes(len(piece))):
                marks |= {at + place: byte for place, byte in enumerate(piece) if byte}
            at += len(piece)
        return size, marks

    def answer(self, status: int, body: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (Handler,), {"service": found})) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield found
        server.shutdown()


@pytest.mark.slow
def test_over_5_gib_arrive_whole_within_the_limits(service: Service, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for place, mark in MARKS.items():
            file.seek(place)
            file.write(mark)
    environ = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
    extra = {"store-s3.endpoint": service.url, "store-s3.attempts": 1}
    store = S3ArtifactStore(Uri.parse("s3://bucket/root"), Settings(environ=environ, extra=extra))
    assert upload(store, path) == [FileInfo("large.bin", False, SIZE)]
    assert service.file == (SIZE, {place + at: byte for place, mark in MARKS.items() for at, byte in enumerate(mark)})
    assert store.stat("large.bin") == FileInfo("large.bin", False, SIZE)
