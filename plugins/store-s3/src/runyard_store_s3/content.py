"""What is sent with one request: as often as needed, and with its checksum known before."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from typing import TYPE_CHECKING, BinaryIO, cast

import attrs

from runyard.errors import InvalidInput
from runyard_store_s3.digests import BLOCK, md5_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

IN_MEMORY = 32 << 20  # bytes of a source that cannot be read twice, before a file takes them
LARGEST = 5 << 30  # bytes that a service takes with one request


class SourceBroke(Exception):
    """Reading what is to be sent failed. Itself no OSError, which would be put down to the network."""

    def __init__(self, reason: OSError) -> None:
        super().__init__(reason)
        self.reason = reason


@attrs.frozen
class Content:
    """A stretch of a stream that can be read again, and its MD5."""

    source: BinaryIO
    start: int
    size: int
    md5: bytes

    def opened(self) -> BinaryIO:
        """The stretch from its start, for one request at a time."""
        return cast("BinaryIO", _Stretch(self.source, self.start, self.size))


@contextmanager
def content_of(source: BinaryIO, most: int = LARGEST) -> Iterator[Content]:
    """What a stream has from where it stands, at most so many bytes; what cannot be read again is copied.

    Raises:
        InvalidInput: it is more than a service takes with one request.
    """
    if is_seekable(source):
        start = source.tell()
        digest, size = md5_of(source, min(most, LARGEST + 1))
        yield _checked(Content(source, start, size, digest))
        source.seek(start + size)
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        left = min(most, LARGEST + 1)
        while left and (data := source.read(min(BLOCK, left))):
            copy.write(data)
            left -= len(data)
        copy.seek(0)
        kept = cast("BinaryIO", copy)
        digest, size = md5_of(kept)
        yield _checked(Content(kept, 0, size, digest))


def is_seekable(source: BinaryIO) -> bool:
    try:
        return source.seekable()
    except AttributeError:
        return False


def size_of(source: BinaryIO) -> int:
    """How many bytes are left of a stream that can be read again."""
    start = source.tell()
    size = source.seek(0, 2) - start
    source.seek(start)
    return max(0, size)


def _checked(content: Content) -> Content:
    if content.size > LARGEST:
        raise InvalidInput(f"a part has at most {LARGEST:,} bytes; send more, smaller ones")
    return content


class _Stretch(RawIOBase):
    """A stretch of a source as the body of a request."""

    def __init__(self, source: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._source = source
        self._left = size
        source.seek(start)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        try:
            data = self._source.read(wanted)
            if wanted and not data:
                raise OSError("the file became shorter while it was sent")  # noqa: TRY301 - wrapped like the others
        except OSError as error:
            raise SourceBroke(error) from error
        self._left -= len(data)
        return data

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)
