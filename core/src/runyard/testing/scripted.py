"""A real HTTP server that answers as a test tells it to, and keeps what it was asked: for clients of all kinds."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs


@attrs.frozen
class Asked:
    """One request: its path with the query as it came, its headers with lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen
class Reply:
    """One answer; with `cut`, the connection ends after so many bytes of the body, or before anything at 'nothing'."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict)
    cut: int | None = None
    nothing: bool = False


Answer = Callable[[Asked], Reply]


@attrs.define
class Scripted:
    """What the server was asked, and what answers."""

    url: str
    answer: Answer
    asked: list[Asked] = attrs.field(factory=list)

    def methods(self) -> list[str]:
        return [each.method for each in self.asked]

    def targets(self, method: str = "") -> list[str]:
        """What was asked for by a method, or by all."""
        return [each.target for each in self.asked if method in {"", each.method}]


def in_turn(*replies: Reply) -> Answer:
    """These answers one after the other, the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def scripted_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Scripted]:
    """Serves on a free port of this machine until the `with` statement ends."""
    script = Scripted("", answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(length))
            script.asked.append(asked)
            reply = script.answer(asked)
            if reply.nothing:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body[: reply.cut])
            self.close_connection = reply.cut is not None

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one  # noqa: N815 - the library's names

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
