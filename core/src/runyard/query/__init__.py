"""The query language: filters and orders, parsed once into a tree with positions.

Semantics, the same in every store: a comparison with something the run does not have is false, so its NOT is true;
this includes `!=`, `NOT IN` and `!~`. NaN satisfies `!=` and `NOT IN` only. Strings compare by code points, LIKE is
case-sensitive, ILIKE is not. A param compared with a bare number is compared as one where it reads as one.
"""

from runyard.query.parser import order_by_field, parse_filter, parse_order
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
