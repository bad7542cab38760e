"""Files beyond 4 and 5 GiB are moved as they are: generated, and sent to a store with S3's limits."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import attrs
import pytest

from runyard.entities import FileInfo
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.artifacts import StartedUpload, UploadedPart
from runyard.transfers.arrival import Partial
from runyard.transfers.progress import Progress
from runyard.transfers.stretches import length_for
from runyard.transfers.uploads import send

MIB, GIB = 1 << 20, 1 << 30
SIZE = 5 * GIB + 3 * MIB + 7
MARKS = {0: b"first", 2 * GIB - 2: b"2 GiB", 4 * GIB - 3: b"4 GiB", 5 * GIB - 1: b"5 GiB", SIZE - 4: b"last"}
ZEROS = bytes(MIB)
MOST_PARTS, LEAST_PART, LARGEST_PUT = 10_000, 5 * MIB, 5 * GIB


@attrs.frozen
class Counted:
    """How many bytes there were, and which of them were not zero, by their places."""

    size: int = 0
    marks: dict[int, int] = attrs.field(factory=dict)


def counted(source: BinaryIO) -> Counted:
    """What a stream has; zeros are only counted."""
    size = 0
    marks: dict[int, int] = {}
    while piece := source.read(MIB):
        if piece is not ZEROS and piece != bytes(len(piece)):
            marks |= {size + place: byte for place, byte in enumerate(piece) if byte}
        size += len(piece)
    return Counted(size, marks)


class Discards:
    """A store that takes what S3 takes, and keeps how much it was and what in it was not zero."""

    def __init__(self) -> None:
        self.files: dict[str, Counted] = {}
        self.parts: dict[int, Counted] = {}
        self._lock = threading.Lock()

    def list(self, path: str = "") -> list[FileInfo]:
        return [FileInfo(name, False, file.size) for name, file in sorted(self.files.items())]

    def stat(self, path: str) -> FileInfo | None:
        return FileInfo(path, False, self.files[path].size) if path in self.files else None

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        raise NotFound("nothing was kept")

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        self.files[path] = counted(source)
        if self.files[path].size > LARGEST_PUT:
            raise InvalidInput("EntityTooLarge")
        return FileInfo(path, False, self.files[path].size)

    def delete(self, path: str) -> None:
        del self.files[path]

    def create_upload(self, path: str, *, parts: int | None = None) -> str:
        assert parts is not None
        return f"upload of {parts}"

    def write_part(self, path: str, upload_id: str, number: int, source: BinaryIO) -> str:
        part = counted(source)
        if part.size > LARGEST_PUT or not 1 <= number <= MOST_PARTS:
            raise InvalidInput("EntityTooLarge")
        with self._lock:
            self.parts[number] = part
        return str(number)

    def list_parts(self, path: str, upload_id: str) -> Sequence[UploadedPart]:
        return [UploadedPart(number, str(number), part.size) for number, part in sorted(self.parts.items())]

    def list_uploads(self, path: str = "") -> Sequence[StartedUpload]:
        return []

    def complete_upload(self, path: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> FileInfo:
        found = [self.parts[number] for number, _ in parts]
        if any(part.size < LEAST_PART for part in found[:-1]):
            raise InvalidInput("EntityTooSmall")
        starts = itertools.accumulate((part.size for part in found), initial=0)
        marks = {
            start + place: byte
            for start, part in zip(starts, found, strict=False)
            for place, byte in part.marks.items()
        }
        self.files[path] = Counted(sum(part.size for part in found), marks)
        return FileInfo(path, False, self.files[path].size)

    def abort_upload(self, path: str, upload_id: str) -> None:
        self.parts.clear()


@attrs.frozen
class Generated:
    """A source of zeros with some marks, none of which are held."""

    size: int
    identity: str = ""

    def open(self, start: int = 0, length: int | None = None) -> BinaryIO:
        end = self.size if length is None else min(self.size, start + length)
        return cast("BinaryIO", _Generated(start, end))


class _Generated(RawIOBase):
    def __init__(self, start: int, end: int) -> None:
        self._at = start
        self._end = end

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        start, self._at = self._at, min(self._end, self._at + (MIB if size < 0 else min(size, MIB)))
        inside = {place: mark for place, mark in MARKS.items() if place < self._at and place + len(mark) > start}
        if not inside:
            return ZEROS[: self._at - start]
        content = bytearray(self._at - start)
        for place, mark in inside.items():
            for number, byte in enumerate(mark, place):
                if start <= number < self._at:
                    content[number - start] = byte
        return bytes(content)


EXPECTED = {place + at: byte for place, mark in MARKS.items() for at, byte in enumerate(mark)}


@pytest.mark.parametrize("size", [SIZE, 79 * GIB + 1], ids=["5 GiB", "79 GiB"])
def test_very_large_files_arrive_in_parts_that_s3_takes(size: int) -> None:
    store, told = Discards(), list[Progress]()
    stored = send(store, [(Generated(size), "large.bin")], report=told.append)
    assert stored == [FileInfo("large.bin", False, size)]
    assert store.files == {"large.bin": Counted(size, EXPECTED)}
    assert len(store.parts) == -(-size // length_for(size)) < MOST_PARTS
    assert (told[-1].size, told[-1].total_size, told[-1].files) == (size, size, 1)


def test_the_limits_are_real() -> None:
    store = Discards()
    for number, content in ((1, b"too small"), (2, b"last")):
        store.write_part("a", "u", number, BytesIO(content))
    with pytest.raises(InvalidInput, match="EntityTooSmall"):
        store.complete_upload("a", "u", [(1, "1"), (2, "2")])
    with pytest.raises(InvalidInput, match="EntityTooLarge"):
        store.write_part("a", "u", MOST_PARTS + 1, BytesIO(b"x"))


def test_stretches_beyond_4_gib_find_their_place(tmp_path: Path) -> None:
    kept, final = tmp_path / "kept", tmp_path / "final"
    length = length_for(SIZE)
    around = [place // length for place in (0, 4 * GIB - 1, 4 * GIB, 5 * GIB, SIZE - 1)]
    with Partial.open(kept, final, SIZE, length) as partial:
        for stretch in (partial.stretches[number] for number in around):
            with partial.place(stretch) as file:
                file.write(str(stretch.number).encode())
            partial.note(stretch, 0)
    with Partial.open(kept, final, SIZE, length) as partial:
        assert {stretch.number - 1 for stretch in partial.done()} == set(around)
        partial.finish()
    assert final.stat().st_size == SIZE
    for number in around:
        with final.open("rb") as file:
            file.seek(number * length)
            assert file.read(10).rstrip(b"\0") == str(number + 1).encode()
    assert final.stat().st_blocks * 512 < MIB
