"""The query language: filters and orders, parsed once into a tree with positions.

Semantics, the same in every store: a comparison with something the run does not have is false, so its NOT is true;
this includes `!=`, `NOT IN` and `!~`. NaN satisfies `!=` and `NOT IN` only. Strings compare by code points, LIKE is
case-sensitive, ILIKE is not. A param compared with a bare number is compared as one where it reads as one.
"""

from typing import TYPE_CHECKING, Any

from runyard.query.render import render, render_identifier, render_order
from runyard.query.tree import (
    Aggregate,
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

if TYPE_CHECKING:
    from runyard.query.parser import order_by_field, parse_filter, parse_order

__all__ = [
    "Aggregate",
    "And",
    "Comparison",
    "Filter",
    "Identifier",
    "Kind",
    "Membership",
    "Node",
    "Not",
    "NullTest",
    "Operator",
    "Or",
    "OrderBy",
    "Target",
    "order_by_field",
    "parse_filter",
    "parse_order",
    "render",
    "render_identifier",
    "render_order",
]


def __getattr__(name: str) -> Any:
    # Stores and protocols need the tree; the parser, and regular expressions with it, those who are given texts.
    if name not in {"order_by_field", "parse_filter", "parse_order"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runyard.query import parser

    return getattr(parser, name)
