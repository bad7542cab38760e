"""A real HTTP server that answers as a test tells it to, as no S3 service should, and keeps what it was asked."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import attrs


@attrs.frozen
class Asked:
    """One request; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """The key below the bucket `bucket`."""
        return urlsplit(self.target).path.removeprefix("/bucket/")

    @property
    def query(self) -> dict[str, str]:
        found = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}


@attrs.frozen
class Reply:
    """One answer; with `cut`, the connection ends after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    cut: int | None = None


Answer = Callable[[Asked], Reply]


@attrs.define
class Scripted:
    """What the server was asked, and what answers."""

    url: str
    answer: Answer
    asked: list[Asked] = attrs.field(factory=list)

    def methods(self) -> list[str]:
        return [each.method for each in self.asked]


def fault(status: int, code: str, message: str = "No.", extra: str = "", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = f"<Error><Code>{code}</Code><Message>{message}</Message>{extra}</Error>"
    return Reply(status, body.encode(), named)


def listing(*keys: str, folders: tuple[str, ...] = (), more: str = "") -> Reply:
    """A page of keys as they stand there, each of one byte."""
    files = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    deeper = "".join(f"<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>" for key in folders)
    rest = f"<IsTruncated>true</IsTruncated><NextContinuationToken>{more}</NextContinuationToken>" if more else ""
    encoded = "<EncodingType>url</EncodingType>"
    return Reply(body=f"<ListBucketResult>{encoded}{files}{deeper}{rest}</ListBucketResult>".encode())


def in_turn(*replies: Reply) -> Answer:
    """These answers one after the other, the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def scripted_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    script = Scripted("", answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            script.asked.append(asked)
            reply = script.answer(asked)
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body[: reply.cut])
            self.close_connection = reply.cut is not None

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = handle_one  # noqa: N815 - the library's names

        def log_message(self, *arguments: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """A client that goes away early is part of the tests."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    script.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
