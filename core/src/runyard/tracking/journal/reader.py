"""Reads a journal from any position on, in bounded pieces; what is damaged is stepped over and named."""

from __future__ import annotations

import re
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import attrs

from runyard.errors import CorruptData
from runyard.tracking.journal import format as layout
from runyard.tracking.journal.folder import JournalFolder, Segment
from runyard.tracking.journal.records import Decoder, Records, Stop

CHUNK = 1 << 22
_HEADER_BYTES = 1 << 14
_LIKE_A_FRAME = re.compile(rb"(?s)...[\x00-\x08]....[HKMPTSUI]")


@attrs.frozen
class Damage:
    """Bytes that no record could be read from."""

    segment: Path
    offset: int
    length: int
    position: int

    def __str__(self) -> str:
        return f"{self.length} unreadable bytes at offset {self.offset} of {self.segment}"

    def content(self) -> bytes:
        with self.segment.open("rb") as file:
            file.seek(self.offset)
            return file.read(self.length)


@attrs.define
class Extract:
    """What was read: the records up to the position `last`, and what of it is damaged."""

    last: int
    records: Records = attrs.field(factory=Records)
    damages: list[Damage] = attrs.field(factory=list)


class _OpenSegment:
    """A segment being read from front to back."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.file: BinaryIO = segment.path.open("rb", buffering=0)
        self.decoder = Decoder()
        self.offset = self._after_header()

    @property
    def position(self) -> int:
        return self.segment.base + self.offset

    def _after_header(self) -> int:
        head = self.file.read(_HEADER_BYTES)
        try:
            return layout.Header.decode(head)[1]
        except CorruptData:
            if head[:7] == layout.MAGIC[:7] and head[7:8] != layout.MAGIC[7:8]:
                self.file.close()
                raise  # another version: nothing in here can be told apart from damage
            return 0

    def read(self, end: int, limit: int, extract: Extract) -> None:
        """Decode at most about `limit` bytes of the frames before the offset `end`; `end` ends a frame."""
        size = min(limit, end - self.offset)
        while True:
            data = self._bytes(size)
            consumed, stop = self.decoder.decode(memoryview(data), extract.records)
            if not data:
                stop = Stop.CUT
            self.offset += consumed
            at_end = self.offset + len(data) - consumed >= end or len(data) < size
            if stop is Stop.END or (consumed and not at_end):
                break
            if stop is Stop.CUT and not at_end:
                size = min(_frame_length(data), end - self.offset)
                continue
            self._step_over(end, extract)
            break
        extract.last = self.position

    def _bytes(self, size: int) -> bytes:
        self.file.seek(self.offset)
        return self.file.read(size) or b""

    def _step_over(self, end: int, extract: Extract) -> None:
        """Move on to the next frame that reads, noting what lies before it."""
        data = self._bytes(end - self.offset)
        length = next_frame(data) if data else 0
        known = extract.damages[-1] if extract.damages else None
        if known is not None and known.segment == self.segment.path and known.offset + known.length == self.offset:
            extract.damages[-1] = attrs.evolve(known, length=known.length + length)
        else:
            extract.damages.append(Damage(self.segment.path, self.offset, length, self.position))
        # Bytes that a copy of the file has lost count as well, so that positions stay what they were.
        self.offset = end if length == len(data) else self.offset + length

    def close(self) -> None:
        self.file.close()


class JournalReader:
    """Reads one journal. Close it, or use it in a `with` statement."""

    def __init__(self, folder: JournalFolder) -> None:
        self._folder = folder
        self._open: _OpenSegment | None = None

    def read(self, after: int, end: int, limit: int = CHUNK) -> Extract:
        """What stands between two positions, at most about `limit` bytes; `last` tells how far that was.

        Raises:
            CorruptData: a segment was written by another version.
        """
        extract = Extract(last=after)
        while extract.last < end and not extract.records:
            segment, segment_end = self._segment(extract.last, end)
            if segment is None:
                extract.last = end
            elif segment.position >= segment_end:
                extract.last = segment_end
            else:
                segment.read(segment_end - segment.segment.base, limit, extract)
        return extract

    def _segment(self, position: int, end: int) -> tuple[_OpenSegment | None, int]:
        """The segment that a position lies in, read up to there, and where it ends; else the next one there is."""
        segments = self._folder.segments()
        at = max((index for index, each in enumerate(segments) if each.base <= position), default=0)
        if not segments:
            return None, end
        last = at + 1 == len(segments)
        segment_end = end if last else min(end, segments[at + 1].base)
        segment = segments[at]
        if self._open is None or self._open.segment != segment or self._open.position > max(position, segment.base):
            if self._open is not None:
                self._open.close()
            self._open = _OpenSegment(segment)
        skipped = Extract(last=position)
        while self._open.position < min(position, segment_end):
            skipped.records = Records()
            self._open.read(min(position, segment_end) - segment.base, CHUNK, skipped)
        return self._open, segment_end

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _frame_length(data: bytes) -> int:
    """How long the frame is that begins here, as far as these bytes tell."""
    return layout.HEAD.size + (layout.HEAD.unpack_from(data)[0] if len(data) >= layout.HEAD.size else 0)


def next_frame(data: bytes) -> int:
    """Where in these bytes, past the first, the next sound frame begins; their length where there is none."""
    at = 1
    while (found := _LIKE_A_FRAME.search(data, at)) is not None:
        at = found.start()
        if layout.frame_at(data, at) is not None:
            return at
        at += 1
    return len(data)
