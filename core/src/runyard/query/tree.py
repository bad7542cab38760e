"""The tree of a parsed filter. Positions are offsets into the filter's text."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeAlias

import attrs


class Target(StrEnum):
    """What is searched."""

    RUNS = "runs"
    EXPERIMENTS = "experiments"
    MODELS = "registered models"
    VERSIONS = "model versions"
    LOGGED_MODELS = "logged models"


class Kind(StrEnum):
    """What an identifier names."""

    METRIC = "metric"
    PARAM = "param"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DATASET = "dataset"


class Aggregate(StrEnum):
    """What of a metric's history is meant. NaN is left out of min, max and mean."""

    LAST = "last"
    FIRST = "first"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    BEST_STEP = "best_step"


class Operator(StrEnum):
    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@attrs.frozen
class Identifier:
    """Such as `metrics.loss.min`; attributes bear their canonical names, such as `start_time`."""

    kind: Kind
    key: str
    aggregate: Aggregate = Aggregate.LAST
    position: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Comparison:
    """A string value asks for text, a float for a number: `params.lr < 0.1` compares params that read as numbers."""

    identifier: Identifier
    operator: Operator
    value: str | float
    position: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Membership:
    identifier: Identifier
    values: tuple[str | float, ...]
    negated: bool = False
    position: int = attrs.field(default=0, eq=False)


@attrs.frozen
class NullTest:
    """IS NULL: the run does not have it; IS NOT NULL with `negated`."""

    identifier: Identifier
    negated: bool = False
    position: int = attrs.field(default=0, eq=False)


@attrs.frozen
class And:
    operands: tuple[Node, ...]


@attrs.frozen
class Or:
    operands: tuple[Node, ...]


@attrs.frozen
class Not:
    operand: Node


Node: TypeAlias = Comparison | Membership | NullTest | And | Or | Not


@attrs.frozen
class Filter:
    """A filter as it was written, and what it means."""

    text: str
    tree: Node


@attrs.frozen
class OrderBy:
    """Missing values come last in both directions, NaN just before them."""

    identifier: Identifier
    ascending: bool = True


def identifiers(node: Node) -> Sequence[Identifier]:
    """Every identifier in a tree, in the order of the text."""
    match node:
        case And(operands) | Or(operands):
            return [found for operand in operands for found in identifiers(operand)]
        case Not(operand):
            return identifiers(operand)
        case _:
            return [node.identifier]
