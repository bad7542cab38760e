"""Writes a regular expression for databases, with every character and class spelled out so that they agree."""

from __future__ import annotations

from collections.abc import Callable

from runyard.query.regex.tree import Chars, Choice, End, Pattern, Repeat, Series


def to_postgres(pattern: Pattern) -> str:
    """As an advanced regular expression of PostgreSQL."""
    return _render(pattern, lambda code: f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}", ("^", "$"))


def to_pcre(pattern: Pattern) -> str:
    """As a Perl-compatible expression (MariaDB), which ICU (MySQL) understands too."""
    return _render(pattern, lambda code: f"\\x{{{code:X}}}", ("\\A", "\\z"))


def _render(pattern: Pattern, escape: Callable[[int], str], ends: tuple[str, str]) -> str:
    match pattern:
        case Chars(ranges):
            return _chars(ranges, escape)
        case End(start):
            return ends[0] if start else ends[1]
        case Series(items):
            return "".join(_grouped(item, escape, ends) for item in items)
        case Choice(branches):
            return "|".join(_render(branch, escape, ends) for branch in branches)
        case Repeat(item, low, high):
            return _grouped(item, escape, ends, always=not isinstance(item, Chars)) + _quantifier(low, high)


def _grouped(pattern: Pattern, escape: Callable[[int], str], ends: tuple[str, str], *, always: bool = False) -> str:
    text = _render(pattern, escape, ends)
    return f"(?:{text})" if always or isinstance(pattern, Choice) else text


def _quantifier(low: int, high: int | None) -> str:
    return f"{{{low},{'' if high is None else high}}}"


def _chars(ranges: tuple[tuple[int, int], ...], escape: Callable[[int], str]) -> str:
    def one(code: int) -> str:
        char = chr(code)
        return char if char.isascii() and char.isalnum() else escape(code)

    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return one(ranges[0][0])
    # No text holds the character 0, and PostgreSQL has no way to write it.
    spans = [(max(low, 1), high) for low, high in ranges if high]
    return "[" + "".join(one(low) if low == high else f"{one(low)}-{one(high)}" for low, high in spans) + "]"
