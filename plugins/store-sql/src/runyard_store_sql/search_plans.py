"""How a search is carried out: by walking an index in order, or from the rows of its narrowest condition.

PostgreSQL and MariaDB know their data and choose by themselves; SQLite is told, after a look at the indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.query import And, Comparison, Membership, Node, NullTest, Operator
from runyard_store_sql.search_conditions import comparison, membership
from runyard_store_sql.search_fields import Condition, Field, Fields
from runyard_store_sql.search_order import OrderKey

MOST = 50_000  # rows of a condition that are counted
_RANGES = frozenset({Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE})
_GUESS = 0.5  # the share of rows that meet a condition of which nothing is known


@attrs.frozen
class Plan:
    """`driver` is the condition to start from, `rest` what else must hold; `walks` the index of the first order."""

    walks: bool
    rest: Node | None
    driver: Condition | None = None


@attrs.frozen
class _Leaf:
    node: Node
    driver: Condition
    count: int


def choose_plan(
    connection: sa.Connection,
    tree: Node | None,
    fields: Fields,
    first: OrderKey,
    limit: int,
    size: sa.Select[Any] | None,
) -> Plan:
    """The cheapest way to the first rows of an order; `size` asks how many rows there are to search."""
    can_walk = first.field is not None and first.field.rows is not None and first.field.is_indexed
    if tree is None or size is None or connection.dialect.name != "sqlite":
        return Plan(can_walk, tree)
    operands = tree.operands if isinstance(tree, And) else (tree,)
    leaves = [leaf for leaf in (_leaf(connection, node, fields) for node in operands) if leaf is not None]
    if not leaves:
        return Plan(can_walk, tree)
    narrowest = min(leaves, key=lambda leaf: leaf.count)
    total = float(connection.execute(size).scalar() or 0)
    is_ordered = can_walk or first.field is None
    walked = _walked(leaves, len(operands) - len(leaves), limit, total) if is_ordered else total
    if 1.5 * narrowest.count >= walked:
        return Plan(can_walk, tree)
    rest = tuple(node for node in operands if node is not narrowest.node)
    return Plan(False, And(rest) if rest else None, narrowest.driver)


def _walked(leaves: Sequence[_Leaf], others: int, limit: int, total: float) -> float:
    """How many rows are likely to be looked at when an index is walked until a page is full."""
    share = _GUESS**others
    for leaf in leaves:
        known = leaf.count / max(total, 1.0)
        share *= min(1.0, known if leaf.count < MOST else max(known, _GUESS))
    return min(total, limit / share) if share else total


def _leaf(connection: sa.Connection, node: Node, fields: Fields) -> _Leaf | None:
    """A condition that an index answers, with the number of rows that meet it."""
    if not isinstance(node, Comparison | Membership | NullTest):
        return None
    field = fields.field(node.identifier)
    if field is None or field.rows is None or len(field.rows.owner) > 1 or not field.is_indexed:
        return None
    condition = _indexed(node, field)
    if condition is None:
        return None
    owners = field.rows.owners(condition)
    count = connection.execute(sa.select(sa.func.count()).select_from(owners.limit(MOST).subquery())).scalar_one()
    return _Leaf(node, field.rows.owner[0].in_(owners), int(count))


def _indexed(node: Comparison | Membership | NullTest, field: Field) -> Condition | None:
    match node:
        case Comparison(_, operator, value) if operator in _RANGES:
            return comparison(field, operator, value, "sqlite")
        case Membership(_, values, False):
            return membership(field, values, negated=False)
        case NullTest(_, True):
            return sa.true()
        case _:
            return None
