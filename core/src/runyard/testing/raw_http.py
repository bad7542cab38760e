"""HTTP that nothing tidies up: bytes as a test writes them, and what a server answers to them."""

from __future__ import annotations

import json
import socket
from typing import Any, Self

import attrs


@attrs.frozen
class Response:
    """One response; a status of 0 means that the server hung up without one."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        head, _, body = data.partition(b"\r\n\r\n")
        if not head:
            return cls(0)
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines]
        response = cls(int(first.split(" ")[1]), tuple((name.lower(), value.strip()) for name, _, value in pairs), body)
        chunked = response.header("transfer-encoding") == "chunked"
        return attrs.evolve(response, body=_without_chunks(body)) if chunked else response

    def header(self, name: str) -> str | None:
        """The value of a header, all of them where it stands there several times."""
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None

    def json(self) -> Any:
        return json.loads(self.body)


def request(
    method: str, target: str, *headers: str, host: str | None = "127.0.0.1", body: bytes | None = None
) -> bytes:
    """The bytes of a request; without a host it has no `Host`."""
    lines = [f"{method} {target} HTTP/1.1", *([] if host is None else [f"Host: {host}"]), *headers]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def send(port: int, *parts: bytes, timeout: float = 30.0) -> Response:
    """Send bytes to a server on this machine and read one response, or until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        for part in parts:
            connection.sendall(part)
        return read(connection, head=parts[0].startswith(b"HEAD "))


def call(port: int, method: str, target: str, *headers: str, **more: Any) -> Response:
    """Send one request."""
    return send(port, request(method, target, *headers, **more))


def read(connection: socket.socket, *, head: bool = False) -> Response:
    """Read one response with a length, or everything until the end; `head` is for the answer to a HEAD request."""
    data = b""
    while True:
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            more = b""
        data += more
        if not more or (head and b"\r\n\r\n" in data) or _is_whole(data):
            return Response.parse(data)


def _is_whole(data: bytes) -> bool:
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        return False
    response = Response.parse(head + blank)
    length = response.header("content-length")
    if response.header("transfer-encoding") == "chunked":
        return body.endswith(b"0\r\n\r\n")
    return response.status == 204 or (length is not None and len(body) >= int(length))


def _without_chunks(data: bytes) -> bytes:
    """The body that came in chunks, as far as it came."""
    body = b""
    while True:
        size, _, rest = data.partition(b"\r\n")
        length = int(size, 16) if size else 0
        body += rest[:length]
        data = rest[length + 2 :]
        if not length:
            return body
