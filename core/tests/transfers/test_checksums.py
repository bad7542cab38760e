"""What a stream has is compared with a checksum of the whole, or of parts as S3 has it."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import pytest

from runyard.protocols.artifacts import Checksum
from runyard.transfers.arrival import Arrival, Partial
from runyard.transfers.checksums import has

CONTENT = bytes(range(256)) * 40
SIZES = (4_000, 4_000, 2_240)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def of_parts(*sizes: int) -> Checksum:
    stream = BytesIO(CONTENT)
    digests = [bytes.fromhex(md5(stream.read(size))) for size in sizes]
    return Checksum(md5(b"".join(digests)), sizes)


@pytest.mark.parametrize("checksum", [Checksum(md5(CONTENT)), of_parts(*SIZES), of_parts(len(CONTENT))])
def test_only_the_content_itself_has_its_checksum(checksum: Checksum) -> None:
    assert has(BytesIO(CONTENT), checksum)
    for other in (CONTENT[:-1], CONTENT + b"x", b"x" + CONTENT[1:], b""):
        assert not has(BytesIO(other), checksum)


def test_a_stream_is_read_from_where_it_stands() -> None:
    stream = BytesIO(b"before" + CONTENT)
    stream.seek(6)
    assert has(stream, of_parts(*SIZES))


def test_a_content_is_compared_while_it_arrives(tmp_path: Path) -> None:
    with Partial.open(None, tmp_path / "file", len(CONTENT), 1_000) as partial:
        arrival = Arrival(partial)
        answer = arrival.in_thread(lambda stream: has(stream, of_parts(*SIZES)))
        for stretch in reversed(partial.stretches):
            with partial.place(stretch) as file:
                file.write(CONTENT[stretch.start : stretch.start + stretch.length])
            arrival.note(stretch, 0)
        assert answer.result() is True
