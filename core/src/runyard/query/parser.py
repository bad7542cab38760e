"""Reads filters and orders: one function for each level of the grammar.

filter     = conjunction (OR conjunction)*
conjunction = negation (AND negation)*
negation   = NOT negation | ( filter ) | condition
condition  = name operator value | name [NOT] IN (value, …) | name IS [NOT] NULL
order      = name [ASC | DESC]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

from runyard.errors import QueryError, did_you_mean
from runyard.query.lexer import Token, TokenKind, tokenize
from runyard.query.names import read_identifier
from runyard.query.tree import (
    And,
    Comparison,
    Filter,
    Identifier,
    Kind,
    Membership,
    Node,
    Not,
    NullTest,
    Operator,
    Or,
    OrderBy,
    Target,
)
from runyard.query.values import check_operator, read_value

MAX_DEPTH = 30
MAX_CONDITIONS = 250
MAX_VALUES = 10_000
_WORD_OPERATORS = ("LIKE", "ILIKE")
_NEGATIONS = {"IN": "NOT IN", "LIKE": "NOT name LIKE", "ILIKE": "NOT name ILIKE", "NULL": "IS NOT NULL"}


def parse_filter(text: str | None, target: Target) -> Filter | None:
    """What a filter means; None for a blank one.

    Raises:
        QueryError: it cannot be read; the message shows the place and what to do.
    """
    if text is None or not text.strip():
        return None
    _check_characters(text)
    parser = _Parser(text, target)
    tree = parser.disjunction(0)
    parser.expect_end()
    return Filter(text, tree)


def parse_order(texts: Sequence[str], target: Target) -> tuple[OrderBy, ...]:
    """The orders of texts such as `metrics.loss DESC`; one that is named again changes nothing.

    Raises:
        QueryError: one of them cannot be read.
    """
    orders: dict[Identifier, OrderBy] = {}
    for text in texts:
        _check_characters(text)
        order = _Parser(text, target).order()
        orders.setdefault(order.identifier, order)
    return tuple(orders.values())


def order_by_field(field: str, target: Target, *, ascending: bool = True) -> OrderBy:
    """An order by a field that is named alone, so that its key needs no quotes, whatever characters it has."""
    prefix, dot, key = field.partition(".")
    if dot and not key.startswith(("`", '"')):
        doubled = key.replace("`", "``")
        field = f"{prefix}.`{doubled}`"
    (order,) = parse_order([field], target)
    return OrderBy(order.identifier, ascending)


def _check_characters(text: str) -> None:
    for position, char in enumerate(text):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise QueryError(f"the character {char!r} cannot be searched for", text, position)


class _Parser:
    def __init__(self, text: str, target: Target) -> None:
        self.text = text
        self.target = target
        self.tokens = tokenize(text)
        self.at = 0
        self.conditions = 0
        self.values = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def advance(self) -> Token:
        token = self.token
        if token.kind is not TokenKind.END:
            self.at += 1
        return token

    def fail(self, problem: str, token: Token, suggestion: str = "") -> NoReturn:
        raise QueryError(problem, self.text, token.position, suggestion)

    def disjunction(self, depth: int) -> Node:
        operands = self.joined("OR", lambda: self.conjunction(depth))
        return operands[0] if len(operands) == 1 else Or(operands)

    def conjunction(self, depth: int) -> Node:
        operands = self.joined("AND", lambda: self.negation(depth))
        return operands[0] if len(operands) == 1 else And(operands)

    def joined(self, word: str, read: Callable[[], Node]) -> tuple[Node, ...]:
        operands = [read()]
        while self.token.is_word(word):
            self.advance()
            operands.append(read())
        return tuple(operands)

    def negation(self, depth: int) -> Node:
        token = self.token
        if depth > MAX_DEPTH:
            self.fail(f"the filter is nested more than {MAX_DEPTH} deep", token, "take needless parentheses away")
        if token.is_word("NOT"):
            self.advance()
            return Not(self.negation(depth + 1))
        if not token.is_mark("("):
            return self.condition()
        self.advance()
        node = self.disjunction(depth + 1)
        if not self.token.is_mark(")"):
            if self.token.kind is TokenKind.END:
                self.fail("this parenthesis is not closed", token, "add )")
            self.unexpected()
        self.advance()
        return node

    def condition(self) -> Node:
        token = self.advance()
        if token.is_mark(")") or token.is_word("AND", "OR") or token.kind is TokenKind.END:
            what = token.text or "the end"
            self.fail(f"expected a condition, found {what}", token, "a condition reads: name operator value")
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            self.fail(f"the filter has more than {MAX_CONDITIONS} conditions", token, "use IN for lists of values")
        identifier = read_identifier(token, self.text, self.target)
        if self.token.is_word("IS"):
            return self.null_test(identifier)
        if self.token.is_word("IN"):
            return self.membership(identifier, negated=False)
        if self.token.is_word("NOT"):
            return self.negated(identifier)
        return self.comparison(identifier)

    def comparison(self, identifier: Identifier) -> Node:
        symbol = self.operator(identifier)
        value = read_value(self.advance(), symbol, identifier, self.text, self.target)
        return Comparison(identifier, symbol, value, position=identifier.position)

    def operator(self, identifier: Identifier) -> Operator:
        token = self.advance()
        if token.kind is not TokenKind.OPERATOR and not token.is_word(*_WORD_OPERATORS):
            name = self.text[identifier.position : token.position].strip()
            self.no_operator(token, name)
        symbol = Operator(token.text.upper())
        if symbol is Operator.EQ and self.token.kind is TokenKind.OPERATOR:
            self.fail(f"two operators, = and {self.token.text}", self.token, "write one")
        check_operator(token, symbol, identifier, self.text, self.target)
        return symbol

    def no_operator(self, token: Token, name: str) -> NoReturn:
        advice = "write one of = != < <= > >= LIKE ILIKE =~ !~ IN IS"
        if token.kind is TokenKind.WORD and not token.is_word("AND", "OR"):
            known = did_you_mean(token.text.upper(), [*_WORD_OPERATORS, "IN", "IS", "NOT"])
            match token.text.upper():
                case "BETWEEN":
                    advice = f"write {name} >= low AND {name} <= high"
                case "REGEXP" | "RLIKE" | "MATCHES" | "SIMILAR":
                    advice = "use =~ for a regular expression"
                case "CONTAINS":
                    advice = "use LIKE '%text%'"
            self.fail(f"{token.text!r} is not an operator{known}", token, advice)
        self.fail(f"an operator is missing after {name}", token, advice)

    def negated(self, identifier: Identifier) -> Node:
        self.advance()
        if self.token.is_word("IN"):
            return self.membership(identifier, negated=True)
        known = _NEGATIONS.get(self.token.text.upper(), "NOT IN")
        problem = "after NOT, only IN can follow here"
        raise QueryError(problem, self.text, self.token.position, f"write {known}")

    def null_test(self, identifier: Identifier) -> Node:
        self.advance()
        negated = self.token.is_word("NOT")
        if negated:
            self.advance()
        if not self.token.is_word("NULL"):
            written = "IS NOT" if negated else "IS"
            self.fail(f"{written} must be followed by NULL", self.token, "use = or != for values")
        self.advance()
        return NullTest(identifier, negated, position=identifier.position)

    def membership(self, identifier: Identifier, *, negated: bool) -> Node:
        word = self.advance()
        start = self.advance()
        if not start.is_mark("("):
            self.fail("IN needs a list in parentheses", start, "write IN ('a', 'b')")
        values = [self.member(identifier)]
        while self.token.is_mark(","):
            self.advance()
            if self.token.is_mark(")"):
                break
            value = self.member(identifier)
            if isinstance(value, str) is not isinstance(values[0], str):
                self.fail("a list holds either texts or numbers", self.tokens[self.at - 1], "quote all or none")
            values.append(value)
        if not self.token.is_mark(")"):
            if self.token.kind is TokenKind.END:
                self.fail("this list is not closed", start, "add )")
            self.fail(f"unexpected {self.token.text} in a list", self.token, "separate values with commas")
        self.advance()
        self.values += len(values)
        if self.values > MAX_VALUES:
            self.fail(f"the filter lists more than {MAX_VALUES:,} values", word, "search in several steps")
        return Membership(identifier, tuple(values), negated, position=identifier.position)

    def member(self, identifier: Identifier) -> str | float:
        token = self.advance()
        if token.is_mark(")"):
            self.fail("the list is empty", token, "write IN ('a', 'b')")
        return read_value(token, Operator.EQ, identifier, self.text, self.target)

    def expect_end(self) -> None:
        if self.token.is_mark(")"):
            self.fail("no parenthesis is open here", self.token, "take ) away")
        if self.token.kind is not TokenKind.END:
            self.unexpected()

    def unexpected(self) -> NoReturn:
        known = did_you_mean(self.token.text.upper(), ["AND", "OR"])
        self.fail(f"unexpected {self.token.text}{known}", self.token, "join conditions with AND or OR")

    def order(self) -> OrderBy:
        identifier = read_identifier(self.advance(), self.text, self.target)
        if identifier.kind is Kind.DATASET:
            self.fail("runs cannot be ordered by their datasets", self.tokens[0], "they may have several")
        ascending = not self.token.is_word("DESC")
        if self.token.is_word("ASC", "DESC"):
            self.advance()
        if self.token.is_mark(","):
            self.fail("one order holds one name", self.token, "give several orders as a list")
        if self.token.kind is not TokenKind.END:
            known = did_you_mean(self.token.text.upper(), ["ASC", "DESC"])
            self.fail(f"unexpected {self.token.text}{known}", self.token, "after the name, write ASC or DESC")
        return OrderBy(identifier, ascending)
