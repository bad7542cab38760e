"""Sends a file to a server: whole, or a large one in parts, each of which is sent again by itself if need be."""

from __future__ import annotations

import posixpath
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from typing import Any, BinaryIO, Self, cast
from urllib.parse import quote, urljoin

from runyard.errors import InvalidInput, NotSupported, RunyardError
from runyard_store_http.address import origin_of
from runyard_store_http.connection import BLOCK, Request, Server
from runyard_store_http.digests import content_digest
from runyard_store_http.peer import peer_at
from runyard_store_http.reading import Json

SERVICE = "/api/2.0/mlflow-artifacts"
MOST_PARTS = 10_000
_IN_MEMORY = 8 << 20  # bytes of a source that cannot be read twice, before a file takes them


class SourceBroke(Exception):
    """Reading what is to be sent failed. Itself no OSError, which would be put down to the network."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


class Upload:
    """One upload; use it in a `with` statement."""

    def __init__(self, server: Server, place: str, part_size: int, source: BinaryIO) -> None:
        self._server = server
        self._place = place
        self._part_size = part_size
        self._given = source
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def run(self) -> int:
        """Send everything the source has; how many bytes that are."""
        source, start, size = self._seekable()
        try:
            if size <= self._part_size or not self._send_parts(source, start, size):
                self._put(source, start, size, path=f"{SERVICE}/artifacts/{quote(self._place)}")
        except SourceBroke as error:
            raise error.reason from None
        return size

    def _seekable(self) -> tuple[BinaryIO, int, int]:
        """A source that can be read again, where it starts and how long it is."""
        given = self._given
        if _is_seekable(given):
            start = given.tell()
            size = given.seek(0, 2) - start
            given.seek(start)
            return given, start, max(0, size)
        copy = self._stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - the stack closes it
        while block := given.read(BLOCK):
            copy.write(block)
        return cast("BinaryIO", copy), 0, copy.tell()

    def _send_parts(self, source: BinaryIO, start: int, size: int) -> bool:
        """Send a large file in parts; whether the server takes parts."""
        part_size = max(self._part_size, -(-size // MOST_PARTS))
        count = -(-size // part_size)
        path = quote(posixpath.dirname(self._place))
        name = posixpath.basename(self._place)
        asked = {"path": name, "num_parts": count}
        if peer_at(self._server).is_runyard:
            asked["relative_urls"] = True
        try:
            upload_id, places = self._server.post(f"{SERVICE}/mpu/create/{path}", asked, reader=_upload)
        except (NotSupported, InvalidInput):  # what stands behind the server takes no parts
            return False
        try:
            if len(places) != count:
                raise RunyardError(f"{self._server} offers {len(places)} parts where {count} were asked for")  # noqa: TRY301 - the upload is given up
            parts = []
            for index, (number, url, headers) in enumerate(places):
                offset = index * part_size
                etag = self._put(source, start + offset, min(part_size, size - offset), url=url, headers=headers)
                parts.append({"part_number": number, "etag": etag, "url": url})
            body = {"path": name, "upload_id": upload_id, "parts": parts}
            self._server.post(f"{SERVICE}/mpu/complete/{path}", body, reader=bool)
        except BaseException:
            with suppress(RunyardError):  # whoever keeps the parts cleans them away after a while
                self._server.post(f"{SERVICE}/mpu/abort/{path}", {"path": name, "upload_id": upload_id}, reader=bool)
            raise
        return True

    def _put(
        self,
        source: BinaryIO,
        offset: int,
        length: int,
        *,
        path: str = "",
        url: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """PUT a stretch of the source; the ETag that the answer has."""
        target = urljoin(self._server.address.url + "/", url) if url else ""
        sent = {"Content-Type": "application/octet-stream", **(headers or {})}
        # Others do not look at it, and a signed URL may not allow it.
        is_ours = not target or origin_of(target) == self._server.address.origin
        if is_ours and peer_at(self._server).is_runyard:
            sent["Content-Digest"] = content_digest(_Stretch(source, offset, length).read, length, BLOCK)
        request = Request(
            method="PUT", path=path, url=target, headers=sent, body=lambda: _Stretch(source, offset, length).body()
        )
        response = self._server.send(request)
        return str(response.headers.get("ETag", ""))


class _Stretch:
    """A stretch of a source as the body of a request."""

    def __init__(self, source: BinaryIO, offset: int, length: int) -> None:
        self._source = source
        self._length = length
        self._left = length
        source.seek(offset)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(BLOCK), b"")

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        try:
            data = self._source.read(wanted)
            if wanted and not data:
                raise OSError("the file became shorter while it was sent")  # noqa: TRY301 - wrapped like the others
        except OSError as error:
            raise SourceBroke(error) from error
        self._left -= len(data)
        return data

    def body(self) -> Any:
        return self if self._length else b""


def _is_seekable(source: BinaryIO) -> bool:
    try:
        return source.seekable()
    except AttributeError:
        return False


def _upload(answer: Json) -> tuple[str, list[tuple[int, str, dict[str, str]]]]:
    """An upload's id, and the number, URL and headers of each part."""
    places = [
        (int(item["part_number"]), str(item["url"]), _headers(item.get("headers")))
        for item in answer.get("credentials", ())
    ]
    return str(answer["upload_id"]), sorted(places, key=lambda place: place[0])


def _headers(found: Any) -> dict[str, str]:
    if isinstance(found, list):
        return {item["name"]: item["value"] for item in found}
    return dict(found or {})
