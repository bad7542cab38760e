"""The tree of a regular expression: nothing but sets of characters, ends, sequences, choices and repeats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import attrs

MAX_CHAR = 0x10FFFF

Ranges: TypeAlias = tuple[tuple[int, int], ...]


@attrs.frozen
class Chars:
    """One character out of ranges of code points, sorted and apart."""

    ranges: Ranges

    def __contains__(self, code: int) -> bool:
        return any(low <= code <= high for low, high in self.ranges)


@attrs.frozen
class End:
    """The start or the end of the text."""

    start: bool


@attrs.frozen
class Series:
    items: tuple[Pattern, ...]


@attrs.frozen
class Choice:
    branches: tuple[Pattern, ...]


@attrs.frozen
class Repeat:
    item: Pattern
    low: int
    high: int | None  # None: without limit


Pattern: TypeAlias = Chars | End | Series | Choice | Repeat


def chars(ranges: Iterable[tuple[int, int]]) -> Chars:
    """A set of characters from ranges in any order."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return Chars(tuple(merged))


def one_of(text: str) -> Chars:
    return chars((ord(char), ord(char)) for char in text)


def complement(given: Chars) -> Chars:
    """All other characters."""
    gaps = []
    following = 0
    for low, high in given.ranges:
        if following < low:
            gaps.append((following, low - 1))
        following = high + 1
    if following <= MAX_CHAR:
        gaps.append((following, MAX_CHAR))
    return Chars(tuple(gaps))


ANY = Chars(((0, MAX_CHAR),))
DIGIT = chars([(48, 57)])
WORD = chars([(48, 57), (65, 90), (95, 95), (97, 122)])
SPACE = one_of(" \t\n\r\f\v")
NOT_NEWLINE = complement(one_of("\n"))


def size(pattern: Pattern) -> int:
    """How many states a matcher needs, with repeats written out."""
    match pattern:
        case Series(parts) | Choice(parts):
            return 1 + sum(size(part) for part in parts)
        case Repeat(item, low, high):
            return 1 + size(item) * max(low + 1, high or 0)
        case _:
            return 1
