"""Checks operators and values against what an identifier is."""

from __future__ import annotations

import math
from typing import NoReturn

from runyard.errors import QueryError
from runyard.query.fields import EQUALITY, NUMERIC, OPERATORS, SHORT_VALUES, ValueType, is_integer, value_type
from runyard.query.lexer import Token, TokenKind
from runyard.query.regex import parse_regex
from runyard.query.tree import Identifier, Kind, Operator, Target

_INFINITY = {"INF", "INFINITY", "+INF", "+INFINITY", "-INF", "-INFINITY"}
_NAN = {"NAN", "+NAN", "-NAN"}
MAX_INTEGER = 2**63 - 1
MAX_PATTERN = 2_000


def check_operator(token: Token, symbol: Operator, identifier: Identifier, text: str, target: Target) -> None:
    """Refuse an operator that does not go with an identifier."""
    kind = value_type(identifier, target)
    if symbol in OPERATORS[kind] or (identifier.kind is Kind.PARAM and symbol in NUMERIC):
        return
    allowed = ", ".join(OPERATORS[kind])
    raise QueryError(
        f"{token.text} does not go with {_named(identifier)}, which is {kind.value}",
        text,
        token.position,
        f"use {allowed}" + (", IN or NOT IN" if kind is not ValueType.NUMBER else ""),
    )


def read_value(token: Token, symbol: Operator, identifier: Identifier, text: str, target: Target) -> str | float:
    """The value a token holds, of the type that identifier and operator ask for.

    Raises:
        QueryError: it is of another type, or a broken regular expression.
    """
    reader = _Values(token, symbol, identifier, text)
    match value_type(identifier, target):
        case ValueType.NUMBER:
            return reader.number()
        case _ if identifier.kind is Kind.PARAM:
            return reader.param()
        case _:
            value = reader.text_value()
            short = SHORT_VALUES.get((target, identifier.key), {}) if identifier.kind is Kind.ATTRIBUTE else {}
            return short.get(value, value) if symbol in EQUALITY else value


def _named(identifier: Identifier) -> str:
    return identifier.key if identifier.kind is Kind.ATTRIBUTE else f"{identifier.kind} {identifier.key!r}"


class _Values:
    def __init__(self, token: Token, symbol: Operator, identifier: Identifier, text: str) -> None:
        self.token = token
        self.symbol = symbol
        self.identifier = identifier
        self.text = text

    def fail(self, problem: str, suggestion: str, offset: int = 0) -> NoReturn:
        raise QueryError(problem, self.text, self.token.position + offset, suggestion)

    def param(self) -> str | float:
        if self.token.kind is TokenKind.TEXT and self.symbol in NUMERIC and self.symbol not in EQUALITY:
            self.fail(f"{self.symbol} compares numbers, and this is text", "write the number without quotes")
        if self.symbol in NUMERIC and self.is_numeric():
            return self.number()
        return self.text_value()

    def text_value(self) -> str:
        self.check_presence()
        if self.token.kind is not TokenKind.TEXT:
            written = self.token.text.strip("`")
            self.fail(f"{_named(self.identifier)} is compared with text", f"write it in quotes: '{written}'")
        if self.symbol in {Operator.MATCHES, Operator.NOT_MATCHES}:
            self.check_regex()
        elif self.symbol in {Operator.LIKE, Operator.ILIKE} and len(self.token.value) > MAX_PATTERN:
            self.fail(f"a pattern has at most {MAX_PATTERN:,} characters", "compare with = or search for a part")
        return self.token.value

    def check_regex(self) -> None:
        try:
            parse_regex(self.token.value)
        except QueryError as error:
            quote = self.token.text[0]
            written = self.token.value[: error.position].replace(quote, quote * 2)
            problem = f"regular expression: {error.problem}"
            raise QueryError(problem, self.text, self.token.position + 1 + len(written), error.suggestion) from error

    def number(self) -> float:
        self.check_presence()
        if self.token.kind is TokenKind.TEXT:
            if self.is_quoted_version():
                return int(self.token.value)
            self.fail(f"{_named(self.identifier)} is a number", "write the value without quotes")
        word = self.token.text.upper()
        if word in _NAN:
            self.fail("NaN cannot be compared", "metrics.x IS NOT NULL AND NOT metrics.x <= inf finds NaN")
        if word in _INFINITY:
            return -math.inf if word.startswith("-") else math.inf
        if self.token.kind is not TokenKind.NUMBER:
            self.fail(f"{_named(self.identifier)} is a number, found {self.token.text}", "write a number such as 0.5")
        return self.literal()

    def literal(self) -> float:
        value = float(self.token.text)
        if is_integer(self.identifier) and self.token.text.lstrip("+-").isdecimal():
            whole = int(self.token.text)
            return whole if abs(whole) <= MAX_INTEGER else value
        return value

    def is_quoted_version(self) -> bool:
        """MLflow shows versions as texts, and so takes them as texts."""
        is_version = self.identifier.kind is Kind.ATTRIBUTE and self.identifier.key == "version_number"
        text = self.token.value
        return is_version and text.isascii() and text.isdigit() and len(text) < len(str(MAX_INTEGER))

    def is_numeric(self) -> bool:
        return self.token.kind is TokenKind.NUMBER or self.token.text.upper() in _INFINITY | _NAN

    def check_presence(self) -> None:
        if self.token.kind is TokenKind.END or self.token.text in {"(", ")", ","} or self.token.is_word("AND", "OR"):
            self.fail("a value is missing", "a condition reads: name operator value")
        if self.token.is_word("NULL", "NONE"):
            self.fail("nothing equals NULL", "use IS NULL or IS NOT NULL")
        if self.token.kind is TokenKind.OPERATOR:
            self.fail(f"a second operator, {self.token.text}", "a condition reads: name operator value")
