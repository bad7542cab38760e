"""How many rows meet a condition: counted where they are few, else guessed from a sample."""

from __future__ import annotations

import json
from typing import Any

import attrs
import sqlalchemy as sa

from runyard_store_sql.search_fields import Condition, Rows

_SAMPLE = 200


class Estimator:
    """Estimates in a database of SQLite, for what is numbered from 1 to `total`."""

    def __init__(self, connection: sa.Connection, total: int) -> None:
        self._connection = connection
        self.total = total
        self._most = 2_000 + total // 100
        self._sample = json.dumps([total * place // _SAMPLE + 1 for place in range(_SAMPLE)])

    def rows(self, rows: Rows, condition: Condition) -> float:
        """About how many owners have rows that meet a condition."""
        numbers = rows.owners(condition)
        count = self._count(numbers.limit(self._most))
        if count < self._most:
            return count
        # Looked up for each of the sample: with IN, SQLite would read all rows that meet the condition.
        sample = sa.func.json_each(self._sample).table_valued("value")
        looked_up = attrs.evolve(rows, owner=(sample.c.value,)).exist(condition)
        hits = self._count(sa.select(sample.c.value).where(looked_up))
        return max(count, hits * self.total / _SAMPLE)

    def _count(self, query: sa.Select[Any]) -> int:
        counted = sa.select(sa.func.count()).select_from(query.subquery())
        return int(self._connection.execute(counted).scalar_one())
