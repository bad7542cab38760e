"""What is sent with one request: as often as needed, and with its checksum told before."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import RawIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import attrs

from runyard.errors import InvalidInput
from runyard_store_s3.digests import BLOCK, CRC32, Crc32, content_md5, encoded, new_md5, summed

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
    """A stretch of a stream that can be read again."""

    source: BinaryIO
    start: int
    size: int

    def opened(self) -> BinaryIO:
        """The stretch from its start, for one request at a time."""
        return cast("BinaryIO", _Stretch(self.source, self.start, self.size))

    def crc32(self) -> dict[str, str]:
        """The header by which a service that keeps CRC-32s checks it."""
        return {CRC32: encoded(self._summed(Crc32()))}

    def md5(self) -> dict[str, str]:
        """The header by which every service checks it; six times the work."""
        return content_md5(self._summed(new_md5()))

    def _summed(self, digest: Any) -> bytes:
        summed(digest, self.opened(), self.size)
        found: bytes = digest.digest()
        return found


@contextmanager
def content_of(source: BinaryIO, most: int = LARGEST) -> Iterator[Content]:
    """What a stream has from where it stands, at most so many bytes; what cannot be read again is copied.

    Raises:
        InvalidInput: it is more than a service takes with one request.
    """
    most = min(most, LARGEST + 1)
    size = min(most, size_of(source)) if is_seekable(source) else 0
    if size:  # where none is told, as by the files of the system, there may be something all the same
        start = source.tell()
        yield _checked(Content(source, start, size))
        source.seek(start + size)
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as copy:
        while size < most and (data := source.read(min(BLOCK, most - size))):
            copy.write(data)
            size += len(data)
        yield _checked(Content(cast("BinaryIO", copy), 0, size))


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
