"""The CRC-32 of a whole is found from those of its pieces."""

from __future__ import annotations

import random
import zlib

import pytest

from runyard.transfers.crcs import joined


@pytest.mark.parametrize("lengths", [[], [0], [7], [1, 0, 2], [1_000, 1_000, 999], [65_536, 3], [0, 0, 5, 0]])
def test_pieces_are_joined(lengths: list[int]) -> None:
    pieces = [random.Random(length).randbytes(length) for length in lengths]
    assert joined((zlib.crc32(piece), len(piece)) for piece in pieces) == zlib.crc32(b"".join(pieces))


def test_pieces_in_another_order_are_another_whole() -> None:
    pieces = [(zlib.crc32(piece), len(piece)) for piece in (b"first", b"second")]
    assert joined(pieces) != joined(pieces[::-1])
