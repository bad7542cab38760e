"""Turns the tokens of identifiers into identifiers."""

from __future__ import annotations

from typing import NoReturn

from runyard.errors import QueryError, did_you_mean
from runyard.query.fields import ALIASES, ATTRIBUTES, DATASET_FIELDS, KINDS, PREFIXES, WITHOUT_AGGREGATES
from runyard.query.lexer import Token, TokenKind
from runyard.query.tree import Aggregate, Identifier, Kind, Target


def read_identifier(token: Token, text: str, target: Target) -> Identifier:
    """The identifier a token names.

    Raises:
        QueryError: the target has no such thing, or the token cannot be a name.
    """
    return _Names(token, text, target).read()


class _Names:
    def __init__(self, token: Token, text: str, target: Target) -> None:
        self.token = token
        self.text = text
        self.target = target

    def fail(self, problem: str, suggestion: str = "", offset: int = 0) -> NoReturn:
        raise QueryError(problem, self.text, self.token.position + offset, suggestion)

    def read(self) -> Identifier:
        match self.token.kind:
            case TokenKind.WORD:
                return self.unquoted(self.token.text)
            case TokenKind.QUOTED:
                return self.quoted(self.token.prefix, self.token.value, self.token.suffix)
            case TokenKind.TEXT if self.token.text.startswith('"'):
                return self.attribute(self.token.value, 0)
        what = self.token.text or "the end"
        advice = "a condition reads: name operator value"
        raise QueryError(f"expected a name, found {what}", self.text, self.token.position, advice)

    def unquoted(self, word: str) -> Identifier:
        prefix, dot, key = word.partition(".")
        if not dot:
            return self.attribute(prefix, 0)
        kind = self.kind(prefix)
        if kind is not Kind.METRIC or self.target in WITHOUT_AGGREGATES:
            return self.make(kind, key, len(prefix) + 1)
        name, _, last = key.rpartition(".")
        if name and last in set(Aggregate):
            return self.make(kind, name, 0, Aggregate(last))
        return self.make(kind, key, 0)

    def quoted(self, prefix: str, key: str, suffix: str) -> Identifier:
        kind = self.kind(prefix) if prefix else Kind.ATTRIBUTE
        if not suffix:
            return self.make(kind, key, len(prefix) + 1 if prefix else 0)
        offset = len(self.token.text) - len(suffix)
        if kind is not Kind.METRIC:
            self.fail(f"a {kind} has nothing like .{suffix}", "only metrics do", offset)
        if self.target in WITHOUT_AGGREGATES:
            self.fail(f"a metric of {self.target} has nothing like .{suffix}", "compare the metric itself", offset)
        if suffix not in set(Aggregate):
            known = did_you_mean(suffix, map(str, Aggregate))
            self.fail(f"a metric has nothing like .{suffix}{known}", f"there are {', '.join(Aggregate)}", offset)
        return self.make(kind, key, 0, Aggregate(suffix))

    def kind(self, prefix: str) -> Kind:
        kind = PREFIXES.get(prefix)
        possible = KINDS[self.target]
        names = [f"{kind}s" for kind in Kind if kind in possible]
        if kind is None:
            known = did_you_mean(prefix.lower(), [name for name, kind in PREFIXES.items() if kind in possible])
            self.fail(f"there is nothing called {prefix!r}{known}", f"names start with {', '.join(names)}")
        if kind not in possible:
            self.fail(f"{self.target} have no {prefix}", f"names start with {', '.join(names)}")
        return kind

    def make(self, kind: Kind, key: str, offset: int, which: Aggregate = Aggregate.LAST) -> Identifier:
        if kind is Kind.ATTRIBUTE:
            return self.attribute(key, offset)
        if not key:
            self.fail("a name is missing after the dot", offset=len(self.token.text))
        if kind is Kind.DATASET and key not in DATASET_FIELDS:
            known = did_you_mean(key, DATASET_FIELDS)
            self.fail(f"a dataset has no {key!r}{known}", f"there are {', '.join(DATASET_FIELDS)}", offset)
        return Identifier(kind, key, which, position=self.token.position)

    def attribute(self, name: str, offset: int) -> Identifier:
        attributes, aliases = ATTRIBUTES[self.target], ALIASES[self.target]
        key = aliases.get(name, name)
        if key not in attributes:
            known = did_you_mean(name, [*attributes, *aliases])
            others = " or ".join(
                f"{kind}s.{name}" for kind in (Kind.METRIC, Kind.PARAM, Kind.TAG) if kind in KINDS[self.target]
            )
            hint = "" if offset or not name or name in PREFIXES else f"; or write {others}"
            self.fail(
                f"{self.target} have no attribute {name!r}{known}", f"there are {', '.join(attributes)}{hint}", offset
            )
        return Identifier(Kind.ATTRIBUTE, key, position=self.token.position)
