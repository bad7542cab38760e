"""How many runs meet a filter, counted on SQLite with sets of numbers.

To look up each run's values takes long where many runs meet a part of a filter. An index gives the numbers of those
that meet one condition in no time, packed as one text; a bit for each run is then all that is needed to combine them.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, TypeAlias

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from runyard.query import And, Comparison, Membership, Node, Not, NullTest, Or
from runyard_store_sql.run_numbers import packed
from runyard_store_sql.schema import runs
from runyard_store_sql.search_conditions import comparison, membership
from runyard_store_sql.search_fields import Condition, Field, Fields
from runyard_store_sql.search_pages import Listing
from runyard_store_sql.search_patterns import prepare

Runs: TypeAlias = NDArray[np.bool_]  # by number, whether a run belongs to the set


def count_runs(connection: sa.Connection, listing: Listing, tree: Node) -> int:
    """How many runs of a listing meet a filter.

    Raises:
        QueryError: a regular expression in the tree is refused.
    """
    prepare(connection)
    size = 1 + (connection.execute(sa.select(sa.func.max(runs.c.id))).scalar() or 0)
    sets = _Sets(connection, listing.fields, size)
    searched = sets.of(sa.select(runs.c.id).where(*listing.conditions))
    return int(np.count_nonzero(searched & sets.meeting(tree)))


class _Sets:
    def __init__(self, connection: sa.Connection, fields: Fields, size: int) -> None:
        self._connection = connection
        self._fields = fields
        self._size = size

    def of(self, query: sa.Select[Any]) -> Runs:
        """The runs whose numbers a query finds."""
        found = np.zeros(self._size, bool)
        found[np.fromstring(packed(self._connection, query), np.int64, sep=",")] = True
        return found

    def meeting(self, node: Node) -> Runs:
        match node:
            case And(operands):
                return reduce(np.logical_and, map(self.meeting, operands))
            case Or(operands):
                return reduce(np.logical_or, map(self.meeting, operands))
            case Not(operand):
                return ~self.meeting(operand)
            case NullTest(identifier, negated):
                has_any = self._having(self._fields.field(identifier))
                return has_any if negated else ~has_any
            case Membership(identifier, values, negated):
                field = self._fields.field(identifier)
                return self._with(field, None if field is None else membership(field, values, negated=negated))
            case Comparison(identifier, operator, value):
                field = self._fields.field(identifier)
                return self._with(field, None if field is None else comparison(field, operator, value, "sqlite"))

    def _with(self, field: Field | None, condition: Condition | None) -> Runs:
        """Those with a value that meets a condition."""
        if field is None or condition is None:
            return np.zeros(self._size, bool)
        if field.present is not None:
            condition = sa.and_(field.present, condition)
        if field.rows is None:
            return self.of(sa.select(runs.c.id).where(condition))
        return self.of(field.rows.owners(condition))

    def _having(self, field: Field | None) -> Runs:
        """Those with any value."""
        if field is None:
            return self._with(None, None)
        if field.rows is not None and (field.present is not None or field.null_is_nan):
            return self._with(field, sa.true())
        return self._with(field, field.column.is_not(None))
