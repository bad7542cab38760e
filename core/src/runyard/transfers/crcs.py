"""CRC-32s, as zip files and S3 have them, of what is known in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

_POLYNOMIAL = 0xEDB88320  # bits are reversed: the highest one stands for 1, the next for x
_ONE = 1 << 31


def joined(pieces: Iterable[tuple[int, int]]) -> int:
    """The CRC-32 of pieces, one after the other, each given by its own and its length."""
    whole = 0
    for crc, length in pieces:
        whole = _product(_shift(length), whole) ^ crc
    return whole


@lru_cache(maxsize=64)  # most pieces have one length
def _shift(length: int) -> int:
    """What a CRC is multiplied with where so many bytes follow: x to the power of their bits."""
    power, result, bits = 0, _ONE, 8 * length
    while bits:
        if bits & 1:
            result = _product(_squared(power), result)
        bits >>= 1
        power += 1
    return result


@cache
def _squared(times: int) -> int:
    """The polynomial x, squared so many times."""
    if not times:
        return _ONE >> 1
    root = _squared(times - 1)
    return _product(root, root)


def _product(one: int, other: int) -> int:
    """Two polynomials multiplied, modulo that of the CRC."""
    result, bit = 0, _ONE
    while bit:
        if one & bit:
            result ^= other
        other = (other >> 1) ^ (_POLYNOMIAL if other & 1 else 0)
        bit >>= 1
    return result
