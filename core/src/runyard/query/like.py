"""LIKE and ILIKE: `%` is any text, `_` any one character, a backslash nothing special.

For ILIKE a character of the pattern matches itself, its upper and its lower case, where these are single characters.
"""

from __future__ import annotations

from functools import lru_cache

from runyard.query.regex.matcher import Matcher
from runyard.query.regex.tree import ANY, Chars, End, Pattern, Repeat, Series, one_of


def like_regex(text: str, *, ignore_case: bool) -> Pattern:
    """The regular expression that means the same as a LIKE or ILIKE pattern."""
    items = [_item(char, ignore_case=ignore_case) for char in text]
    return Series((End(start=True), *items, End(start=False)))


@lru_cache(maxsize=128)
def like_matcher(text: str, *, ignore_case: bool) -> Matcher:
    return Matcher(like_regex(text, ignore_case=ignore_case))


def _item(char: str, *, ignore_case: bool) -> Pattern:
    match char:
        case "%":
            return Repeat(ANY, 0, None)
        case "_":
            return ANY
        case _:
            return _cases(char) if ignore_case else one_of(char)


def _cases(char: str) -> Chars:
    return one_of("".join({case for case in (char, char.lower(), char.upper()) if len(case) == 1}))
