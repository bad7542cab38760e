"""Reads a regular expression, refusing what databases would read differently."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import NoReturn

from runyard.errors import QueryError
from runyard.query.regex.tree import (
    DIGIT,
    NOT_NEWLINE,
    SPACE,
    WORD,
    Chars,
    Choice,
    End,
    Pattern,
    Ranges,
    Repeat,
    Series,
    chars,
    complement,
    one_of,
    size,
)

MAX_REPEAT = 255  # PostgreSQL's limit
MAX_SIZE = 2_000
MAX_DEPTH = 30

_CLASSES = MappingProxyType(
    {
        "d": DIGIT,
        "w": WORD,
        "s": SPACE,
        "D": complement(DIGIT),
        "W": complement(WORD),
        "S": complement(SPACE),
    }
)
_CONTROLS = MappingProxyType({"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"})
_ADVICE = MappingProxyType(
    {
        "b": "word boundaries are not available; match the characters around the word",
        "B": "word boundaries are not available; match the characters around the word",
        "A": "write ^ for the start of the text",
        "Z": "write $ for the end of the text",
        "z": "write $ for the end of the text",
        "x": "write the character itself",
        "u": "write the character itself",
        "p": "write a class such as [a-z]",
        "P": "write a class such as [a-z]",
    }
)


@lru_cache(maxsize=256)
def parse_regex(text: str) -> Pattern:
    """The tree of a regular expression.

    Raises:
        QueryError: it is broken, too large, or uses what is not the same everywhere.
    """
    parser = _Parser(text)
    pattern = parser.choice(0)
    if parser.at < len(text):
        parser.fail("no group is open here", parser.at, r"write \) for the character")
    if size(pattern) > MAX_SIZE:
        parser.fail("the regular expression is too large", 0, "use fewer or smaller repeats such as {m,n}")
    return pattern


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, problem: str, position: int, suggestion: str = "") -> NoReturn:
        raise QueryError(problem, self.text, position, suggestion)

    def peek(self, length: int = 1) -> str:
        return self.text[self.at : self.at + length]

    def choice(self, depth: int) -> Pattern:
        if depth > MAX_DEPTH:
            self.fail(f"groups are nested more than {MAX_DEPTH} deep", self.at, "simplify the expression")
        branches = [self.series(depth)]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.series(depth))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def series(self, depth: int) -> Pattern:
        items = []
        while self.peek() not in {"", "|", ")"}:
            items.append(self.repeated(depth))
        return items[0] if len(items) == 1 else Series(tuple(items))

    def repeated(self, depth: int) -> Pattern:
        item = self.atom(depth)
        start = self.at
        bounds = self.quantifier()
        if bounds is None:
            return item
        if isinstance(item, End):
            self.fail("there is nothing to repeat here", start, "^ and $ stand for a place, not for a character")
        if self.peek() == "?":  # the shortest match: whether there is one is the same question
            self.at += 1
        elif self.peek() in {"*", "+", "{"}:
            self.fail("a quantifier follows another one", self.at, "put the first in a group, such as (?:a+)*")
        return Repeat(item, *bounds)

    def quantifier(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        char = self.peek()
        if char in simple:
            self.at += 1
            return simple[char]
        return self.braces() if char == "{" else None

    def braces(self) -> tuple[int, int | None]:
        start = self.at
        end = self.text.find("}", start)
        low, comma, high = self.text[start + 1 : end].partition(",")
        if end < 0 or not _is_count(low) or not (_is_count(high) or (not high)):
            self.fail("a quantifier must be {m}, {m,} or {m,n}", start, r"write \{ for the character")
        self.at = end + 1
        least, most = int(low), int(high) if high else None if comma else int(low)
        if max(least, most or 0) > MAX_REPEAT:
            self.fail(f"a quantifier goes up to {MAX_REPEAT}", start, "use * or + for more")
        if most is not None and most < least:
            self.fail("a quantifier's second number is below its first", start, f"did you mean {{{most},{least}}}?")
        return least, most

    def atom(self, depth: int) -> Pattern:
        start, char = self.at, self.peek()
        self.at += 1
        match char:
            case "(":
                return self.group(start, depth)
            case "[":
                return self.bracket(start)
            case ".":
                return NOT_NEWLINE
            case "^" | "$":
                return End(start=char == "^")
            case "\\":
                return self.escape(start)
        if char in "*+?{":
            self.fail("there is nothing to repeat here", start, f"write \\{char} for the character")
        return one_of(char)

    def group(self, start: int, depth: int) -> Pattern:
        if self.peek() == "?":
            if self.peek(2) != "?:":
                self.fail(_group_problem(self.text[self.at + 1 :]), start, _group_advice(self.text[self.at + 1 :]))
            self.at += 2
        pattern = self.choice(depth + 1)
        if self.peek() != ")":
            self.fail("this group is not closed", start, r"add ), or write \( for the character")
        self.at += 1
        return pattern

    def escape(self, start: int) -> Chars:
        char = self.peek()
        self.at += 1
        if char in _CLASSES:
            return _CLASSES[char]
        if char in _CONTROLS:
            return one_of(_CONTROLS[char])
        if not char:
            self.fail("a backslash ends the expression", start, r"write \\ for the character")
        if char.isdecimal():
            self.fail("references to groups are not available", start, "databases do not agree about them")
        if char.isalnum() or not char.isascii():
            self.fail(f"\\{char} is not known", start, _ADVICE.get(char, f"write {char} without the backslash"))
        return one_of(char)

    def bracket(self, start: int) -> Chars:
        negated = self.peek() == "^"
        self.at += negated
        found: list[tuple[int, int]] = []
        while self.peek() != "]" or self.at == start + 1 + negated:
            if not self.peek():
                self.fail("this class is not closed", start, r"add ], or write \[ for the character")
            found.extend(self.member())
        self.at += 1
        given = chars(found)
        result = complement(given) if negated else given
        if not result.ranges:
            self.fail("this class has no character", start)
        return result

    def member(self) -> Ranges:
        start = self.at
        low = self.single()
        if self.peek() != "-" or self.peek(2) in {"-", "-]"}:
            return low
        self.at += 1
        high = self.single()
        if not _is_single(low) or not _is_single(high):
            self.fail("a range needs one character on each side", start, r"write \- for the character")
        if high[0][0] < low[0][0]:
            self.fail("the ends of this range are in the wrong order", start)
        return ((low[0][0], high[0][0]),)

    def single(self) -> Ranges:
        start, char = self.at, self.peek()
        if char == "]":
            self.fail("an empty class, or a ] in it", start, r"write \] for the character")
        if char == "[" and self.peek(2) in {"[:", "[.", "[="}:
            self.fail("named classes are not available", start, r"write \d, \w, \s or a range such as a-z")
        self.at += 1
        return self.escape(start).ranges if char == "\\" else one_of(char).ranges


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _group_problem(rest: str) -> str:
    if rest.startswith(("=", "!", "<=", "<!")):
        return "look-around is not available"
    if rest.startswith(("P<", "<", "P=")):
        return "named groups are not available"
    return "flags and other special groups are not available"


def _group_advice(rest: str) -> str:
    if rest.startswith(("=", "!", "<=", "<!")):
        return "combine two conditions with AND, NOT or !~"
    if rest.startswith(("P<", "<", "P=")):
        return "write a plain group ( )"
    return "write [Aa] for both cases, or use ILIKE" if rest.startswith("i") else "write a plain group ( )"
