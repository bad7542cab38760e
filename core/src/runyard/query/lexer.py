"""Cuts a filter into tokens that know their place."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NoReturn

import attrs

from runyard.errors import QueryError


class TokenKind(Enum):
    WORD = auto()  # a keyword, an attribute, or an unquoted identifier such as metrics.loss.min
    QUOTED = auto()  # an identifier whose key is in backticks or double quotes
    TEXT = auto()
    NUMBER = auto()
    OPERATOR = auto()
    PUNCTUATION = auto()
    END = auto()


@attrs.frozen
class Token:
    """`text` is as written; `value` is what quotes hold; `prefix` and `suffix` stand around a quoted key."""

    kind: TokenKind
    text: str
    position: int
    value: str = ""
    prefix: str = ""
    suffix: str = ""

    @property
    def end(self) -> int:
        return self.position + len(self.text)

    def is_word(self, *words: str) -> bool:
        return self.kind is TokenKind.WORD and self.text.upper() in words

    def is_mark(self, mark: str) -> bool:
        return self.kind is TokenKind.PUNCTUATION and self.text == mark


_BLANK = re.compile(r"\s+")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-](?:inf(?:inity)?|nan)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d][\w./:\-]*")
_AFTER_NUMBER = re.compile(r"[\w.]")
_SUFFIX = re.compile(r"\.\w*")
_OPERATOR = re.compile(r"=~|!~|!=|>=|<=|=|>|<")
_MISTAKES = {
    "==": "use =, not ==",
    "<>": "use != for not equal",
    "=>": "use >=",
    "=<": "use <=",
    "&&": "use AND",
    "&": "use AND",
    "||": "use OR",
    "|": "use OR",
    "!": "use NOT, or != for not equal",
    "~": "use =~ for a regular expression",
    ";": "join conditions with AND or OR",
}
_MISTAKE = re.compile(r"==|<>|=>|=<|&&|\|\||[&|!~;]")


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, with one of kind END at last.

    Raises:
        QueryError: a quote that is not closed, a malformed number, a character that means nothing.
    """
    tokens: list[Token] = []
    at = 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at == len(text):
            tokens.append(Token(TokenKind.END, "", at))
            return tokens
        tokens.append(_token(text, at))
        at = tokens[-1].end


def _token(text: str, at: int) -> Token:
    char = text[at]
    if char in "'\"":
        value, end = _quoted(text, at)
        return Token(TokenKind.TEXT, text[at:end], at, value)
    if char == "`":
        value, end = _quoted(text, at)
        return _with_suffix(text, at, end, value, "")
    if char in "(),":
        return Token(TokenKind.PUNCTUATION, char, at)
    return _number(text, at) or _word(text, at) or _operator(text, at)


def _number(text: str, at: int) -> Token | None:
    number = _NUMBER.match(text, at)
    if number is None:
        return None
    if _AFTER_NUMBER.match(text, number.end()):
        _fail("this is no number", text, at, "write text in quotes, and names with a letter first or in backticks")
    return Token(TokenKind.NUMBER, number[0], at)


def _word(text: str, at: int) -> Token | None:
    word = _WORD.match(text, at)
    if word is None:
        return None
    if word[0].endswith(".") and text[word.end() : word.end() + 1] in {"`", '"'}:
        value, end = _quoted(text, word.end())
        return _with_suffix(text, at, end, value, word[0][:-1])
    return Token(TokenKind.WORD, word[0], at)


def _operator(text: str, at: int) -> Token:
    mistake = _MISTAKE.match(text, at)
    found = _OPERATOR.match(text, at)
    if mistake and not (found and len(found[0]) >= len(mistake[0])):
        _fail(f"{mistake[0]} is not an operator", text, at, _MISTAKES[mistake[0]])
    if found is None:
        advice = "put names with special characters in backticks, text in quotes"
        raise QueryError(f"unexpected character {text[at]!r}", text, at, advice)
    return Token(TokenKind.OPERATOR, found[0], at)


def _with_suffix(text: str, at: int, end: int, value: str, prefix: str) -> Token:
    suffix = _SUFFIX.match(text, end)
    end = suffix.end() if suffix else end
    return Token(TokenKind.QUOTED, text[at:end], at, value, prefix, suffix[0][1:] if suffix else "")


def _quoted(text: str, at: int) -> tuple[str, int]:
    """What quotes hold, a doubled quote standing for one, and where they end."""
    quote = text[at]
    end = at + 1
    while (end := text.find(quote, end)) >= 0:
        if text[end + 1 : end + 2] != quote:
            return text[at + 1 : end].replace(quote * 2, quote), end + 1
        end += 2
    what = "name" if quote == "`" else "text"
    raise QueryError(f"this {what} is not closed", text, at, f"add {quote} at its end; inside, write {quote} twice")


def _fail(problem: str, text: str, position: int, suggestion: str) -> NoReturn:
    raise QueryError(problem, text, position, suggestion)
