"""Uploads in parts reach a server below a path behind a proxy, whether the server believes the proxy or not."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import attrs
import pytest
import requests

from runyard.settings import Settings
from runyard.testing.server import running_server
from runyard.transfers.folders import upload
from runyard.uris import Uri
from runyard_store_http.artifacts import open_store

CONTENT = os.urandom(17 << 20)  # three parts
PREFIX = "/lab"
CREATE = "/api/2.0/mlflow-artifacts/mpu/create/1/run/artifacts"


@attrs.define
class Proxy:
    """A proxy and what it was asked for."""

    url: str
    asked: list[str] = attrs.field(factory=list)


@contextmanager
def proxy_before(inner: str) -> Iterator[Proxy]:
    """A proxy that serves `inner` below a path and says so in the usual headers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            seen.asked.append(f"{self.command} {self.path}")
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in {"host", "connection"}
            }
            headers |= {
                "X-Forwarded-For": self.client_address[0],
                "X-Forwarded-Host": self.headers["Host"],
                "X-Forwarded-Prefix": PREFIX,
                "X-Forwarded-Proto": "http",
            }
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if not self.path.startswith(f"{PREFIX}/"):
                answer = requests.Response()
                answer.status_code = 404
            else:
                url = inner + self.path.removeprefix(PREFIX)
                answer = requests.request(self.command, url, headers=headers, data=body, timeout=60)
            content = answer.content or b""
            self.send_response(answer.status_code)
            for name in ("Content-Type", "ETag", "Content-Digest", "Repr-Digest"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = forward  # noqa: N815 - as the base class calls them

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as the base class has it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen = Proxy(f"http://127.0.0.1:{server.server_port}{PREFIX}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("trusted", ["", "127.0.0.1"])
def test_a_runyard_client_sends_parts_through_the_proxy(tmp_path: Path, trusted: str) -> None:
    with running_server(tmp_path, RUNYARD_SERVER_TRUSTED_PROXIES=trusted) as server, proxy_before(server.url) as proxy:
        settings = Settings(tracking_uri=proxy.url)
        store = open_store(Uri.parse("mlflow-artifacts:/1/run/artifacts"), settings)
        (tmp_path / "model.bin").write_bytes(CONTENT)
        upload(store, tmp_path / "model.bin")
        parts = [line for line in proxy.asked if line.startswith("PUT") and "/mpu/part/" in line]
        assert len(parts) == 3, proxy.asked
        assert store.open("model.bin").read() == CONTENT


def test_other_clients_get_urls_of_a_proxy_that_is_believed(tmp_path: Path) -> None:
    with (
        running_server(tmp_path, "--trusted-proxies", "127.0.0.1") as server,
        proxy_before(server.url) as proxy,
    ):
        asked = {"path": "/tmp/model.bin", "num_parts": 1}
        begun = requests.post(proxy.url + CREATE, json=asked, timeout=60).json()
        (credential,) = begun["credentials"]
        assert credential["url"].startswith(f"{proxy.url}/api/2.0/")
        put = requests.put(credential["url"], data=b"x", headers=credential["headers"], timeout=60)
        assert put.status_code == 200, put.text


def test_other_clients_are_sent_to_whole_uploads_by_a_server_that_does_not_know_its_url(tmp_path: Path) -> None:
    with running_server(tmp_path) as server, proxy_before(server.url) as proxy:
        answer = requests.post(proxy.url + CREATE, json={"path": "model.bin", "num_parts": 1}, timeout=60)
        assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
