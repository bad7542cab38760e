"""The query language: filters and orders, parsed once into a tree with positions.

Semantics, the same in every store: a comparison with something the run does not have is false, so its NOT is true.
NaN satisfies `!=` only. Strings compare by code points, LIKE is case-sensitive, ILIKE is not.
"""

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
]
