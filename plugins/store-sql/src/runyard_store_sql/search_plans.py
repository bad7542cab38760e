"""How a search is carried out: by walking an index in order, or from the rows of its narrowest condition.

PostgreSQL and MariaDB know their data and choose by themselves; SQLite is told, after a look at the indexes.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.query import And, Comparison, Membership, Node, NullTest, Operator
from runyard_store_sql.run_numbers import numbers
from runyard_store_sql.search_conditions import comparison, membership
from runyard_store_sql.search_estimates import Estimator
from runyard_store_sql.search_fields import Condition, Field, Fields, Rows
from runyard_store_sql.search_order import OrderKey

_RANGES = frozenset({Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE})
_GUESS = 0.5  # the share of rows that meet a condition of which nothing is known
# What a row costs, against one that is walked over and for which every condition is looked up.
_SORTING = 1.5  # one that is sorted
_PACKED = 0.03  # one whose number an index gives with many others
_LISTED = 0.1  # one that is put into a list of numbers, or walked over and looked for in it


@attrs.frozen
class Plan:
    """`walks` the index of the first order, or else starts from `driver`, or else from the listing's own conditions.

    `numbers` are of all that meet a part of the filter, to walk over or to start from. `rest` is what must hold besides
    driver and numbers. `is_told` says that the database must be kept to it.
    """

    walks: bool
    rest: Node | None
    driver: Condition | None = None
    numbers: Sequence[int] | None = None
    is_told: bool = True


@attrs.frozen
class Extent:
    """How many rows a search is about: those of `rows` that meet `searched`, out of `total`.

    `is_ordered` says that an index has those searched in the order that is the default.
    """

    rows: Rows
    searched: Condition
    total: sa.Select[Any]
    is_ordered: bool


@attrs.frozen
class _Listing:
    cost: float
    known: int  # conditions of which the numbers are read
    walks: bool


@attrs.frozen
class _Leaf:
    node: Node
    owner: sa.ColumnElement[Any]
    owners: sa.Select[Any]
    count: float

    @property
    def driver(self) -> Condition:
        return self.owner.in_(self.owners)


def choose_plan(
    connection: sa.Connection, tree: Node | None, fields: Fields, first: OrderKey, limit: int, extent: Extent | None
) -> Plan:
    """The cheapest way to the first rows of an order."""
    can_walk = first.field is not None and first.field.rows is not None and first.field.is_indexed
    if extent is None or connection.dialect.name != "sqlite" or (tree is None and not can_walk):
        return Plan(can_walk, tree, is_told=False)
    estimator = Estimator(connection, connection.execute(extent.total).scalar() or 0)
    total = max(estimator.total, 1)
    searched = min(estimator.rows(extent.rows, extent.searched), total)
    operands = () if tree is None else tree.operands if isinstance(tree, And) else (tree,)
    leaves = _leaves(estimator, operands, fields)
    share = math.prod(leaf.count / total for leaf in leaves) * _GUESS ** (len(operands) - len(leaves))
    needed = limit / max(share, 1e-9)
    plans: list[tuple[float, Plan]] = [(_SORTING * searched, Plan(False, _narrowest_first(operands, leaves)))]
    if first.field is None and extent.is_ordered:
        plans.append((min(needed, searched), plans[0][1]))
    if can_walk:
        plans.append((min(needed * total / max(searched, 1), total), attrs.evolve(plans[0][1], walks=True)))
    if leaves:
        plans.append((_SORTING * leaves[0].count, Plan(False, _rest(operands, leaves, 1), leaves[0].driver)))
    cost, plan = min(plans, key=operator.itemgetter(0))
    walked = min(needed * total / max(searched, 1), total) if can_walk else math.inf
    listing = _cheapest_listing(len(operands), leaves, total, walked)
    if listing is None or listing.cost >= cost:
        return plan
    found = [numbers(connection, leaf.owners) for leaf in leaves[: listing.known]]
    return Plan(listing.walks, _rest(operands, leaves, listing.known), numbers=sorted(set.intersection(*found)))


def _cheapest_listing(operands: int, leaves: Sequence[_Leaf], total: int, walked: float) -> _Listing | None:
    """The best way to read the numbers of what meets the narrowest conditions; None where no index has them."""
    found = []
    for known in range(1, len(leaves) + 1):
        counts = [leaf.count for leaf in leaves[:known]]
        met = total * math.prod(count / total for count in counts)
        reading = _PACKED * sum(counts) + _LISTED * met
        looked_up = met / total if known < operands else 0
        found.append(_Listing(reading + walked * (_LISTED + looked_up), known, walks=True))
        found.append(_Listing(reading + _SORTING * met, known, walks=False))
    return min(found, key=lambda listing: listing.cost, default=None)


def _rest(operands: Sequence[Node], leaves: Sequence[_Leaf], known: int) -> Node | None:
    """What is to be tested where the narrowest conditions are known to hold."""
    done = [leaf.node for leaf in leaves[:known]]
    return _narrowest_first([node for node in operands if not any(node is one for one in done)], leaves[known:])


def _narrowest_first(operands: Sequence[Node], leaves: Sequence[_Leaf]) -> Node | None:
    """SQLite tests conditions in the order they are written."""
    known = [leaf.node for leaf in leaves]
    ordered = [*known, *(node for node in operands if not any(node is other for other in known))]
    if not ordered:
        return None
    return ordered[0] if len(ordered) == 1 else And(tuple(ordered))


def _leaves(estimator: Estimator, operands: Sequence[Node], fields: Fields) -> list[_Leaf]:
    """The conditions that an index answers, the narrowest first."""
    found = (_leaf(estimator, node, fields) for node in operands)
    return sorted((leaf for leaf in found if leaf is not None), key=lambda leaf: leaf.count)


def _leaf(estimator: Estimator, node: Node, fields: Fields) -> _Leaf | None:
    if not isinstance(node, Comparison | Membership | NullTest):
        return None
    field = fields.field(node.identifier)
    if field is None or field.rows is None or len(field.rows.owner) > 1 or not field.is_indexed:
        return None
    condition = _indexed(node, field)
    if condition is None:
        return None
    owners = field.rows.owners(condition)
    return _Leaf(node, field.rows.owner[0], owners, estimator.rows(field.rows, condition))


def _indexed(node: Comparison | Membership | NullTest, field: Field) -> Condition | None:
    match node:
        case Comparison(_, symbol, value) if symbol in _RANGES:
            return comparison(field, symbol, value, "sqlite")
        case Membership(_, values, False):
            return membership(field, values, negated=False)
        case NullTest(_, True):
            return sa.true()
        case _:
            return None
