"""Writes a tree as a filter that reads as the same tree."""

from __future__ import annotations

import math

from runyard.query.tree import (
    Aggregate,
    And,
    Comparison,
    Identifier,
    Kind,
    Membership,
    Node,
    Not,
    NullTest,
    Or,
    OrderBy,
)


def render(node: Node) -> str:
    """A filter's text."""
    match node:
        case And(operands):
            return " AND ".join(_grouped(operand) for operand in operands)
        case Or(operands):
            return " OR ".join(_grouped(operand) for operand in operands)
        case Not(operand):
            return f"NOT {_grouped(operand)}"
        case NullTest(identifier, negated):
            return f"{render_identifier(identifier)} IS {'NOT ' if negated else ''}NULL"
        case Membership(identifier, values, negated):
            listed = ", ".join(_value(value) for value in values)
            return f"{render_identifier(identifier)} {'NOT ' if negated else ''}IN ({listed})"
        case Comparison(identifier, operator, value):
            return f"{render_identifier(identifier)} {operator} {_value(value)}"


def render_order(order: OrderBy) -> str:
    return f"{render_identifier(order.identifier)} {'ASC' if order.ascending else 'DESC'}"


def render_identifier(identifier: Identifier) -> str:
    """Such as metrics.`loss`.min."""
    if identifier.kind is Kind.ATTRIBUTE:
        return f"attributes.{identifier.key}"
    if identifier.kind is Kind.DATASET:
        return f"datasets.{identifier.key}"
    suffix = "" if identifier.aggregate is Aggregate.LAST else f".{identifier.aggregate}"
    key = identifier.key.replace("`", "``")
    return f"{identifier.kind}s.`{key}`{suffix}"


def _grouped(node: Node) -> str:
    text = render(node)
    return f"({text})" if isinstance(node, And | Or) else text


def _value(value: str | float) -> str:
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return repr(value)
