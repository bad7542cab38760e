"""What metrics, params and tags runs have: counts, ranges and different values, from the indexes of the keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import sqlalchemy as sa

from runyard.errors import InvalidInput
from runyard.protocols.frames import FrameQuery, FrameSchema, KeySummary
from runyard.query import Identifier, Kind
from runyard_store_sql.frames_cache import Kept, Moment
from runyard_store_sql.run_numbers import among
from runyard_store_sql.schema import HEAD, keys, metrics, params, runs, tags, with_infinities
from runyard_store_sql.search_pages import count_rows, matching
from runyard_store_sql.search_runs import run_listing
from runyard_store_sql.statements import chunks

MAX_VALUES = 10_000
_SHARE = 4  # indexes are read from end to end where at least one of so many runs is looked at

# From one key to the next by the index of (key, value, run), of which only the count of runs reads more than an end.
_RANGES = """
WITH RECURSIVE found(key) AS (
    SELECT min(key) FROM {table}
    UNION ALL
    SELECT (SELECT min(key) FROM {table} AS other WHERE other.key > found.key) FROM found WHERE found.key IS NOT NULL
)
SELECT key,
    (SELECT count(*) FROM {table} AS other WHERE other.key = found.key),
    EXISTS (SELECT 1 FROM {table} AS other WHERE other.key = found.key AND {value} IS NULL),
    (SELECT min({value}) FROM {table} AS other WHERE other.key = found.key),
    (SELECT max({value}) FROM {table} AS other WHERE other.key = found.key)
FROM found WHERE key IS NOT NULL
"""

Values = list[tuple[str, int]]


def describe(moment: Moment, query: FrameQuery, max_values: int, kept: Kept) -> FrameSchema:
    """What the runs of a query have.

    Raises:
        InvalidInput: `max_values` is out of bounds.
    """
    if not 0 <= max_values <= MAX_VALUES:
        raise InvalidInput(f"max_values must lie between 0 and {MAX_VALUES:,}, got {max_values}")
    connection = moment.connection
    listing = run_listing(connection, query, (runs.c.id,))
    asked = ("schema", listing.scope, query.filter and query.filter.tree, max_values)

    def find() -> FrameSchema:
        total = count_rows(connection, listing, query.filter)
        in_database = connection.execute(sa.select(sa.func.count()).select_from(runs)).scalar_one()
        numbers = None
        if total < in_database:
            found = connection.execute(matching(connection, listing, query.filter))
            numbers = sorted(row[0] for row in found)
        return _Description(connection, total, in_database, numbers, max_values).schema()

    return kept.value(moment, asked, find)


@attrs.define
class _Description:
    connection: sa.Connection
    total: int
    in_database: int
    numbers: list[int] | None  # of the runs, None for all in the database
    max_values: int

    def schema(self) -> FrameSchema:
        if not self.total:
            return FrameSchema(0, ())
        found = [*self._metrics(), *self._texts(params, Kind.PARAM), *self._texts(tags, Kind.TAG)]
        names = self._names({number for number, _ in found})
        named = [
            attrs.evolve(summary, identifier=attrs.evolve(summary.identifier, key=names[number]))
            for number, summary in found
        ]
        kinds = list(Kind)
        return FrameSchema(
            self.total, sorted(named, key=lambda one: (kinds.index(one.identifier.kind), one.identifier.key))
        )

    def _metrics(self) -> Iterable[tuple[int, KeySummary]]:
        for key, count, numbers, least, greatest in self._ranges(metrics, metrics.c.last_value):
            yield (
                key,
                KeySummary(
                    Identifier(Kind.METRIC, ""),
                    runs=count,
                    varies=count < self.total or 0 < numbers < count or least != greatest,
                    numeric=True,
                    least=self._number(least),
                    greatest=self._number(greatest),
                ),
            )

    def _texts(self, table: sa.Table, kind: Kind) -> Iterable[tuple[int, KeySummary]]:
        rows = self._ranges(table, table.c.number if kind is Kind.PARAM else None)
        values = self._values(table, [row[0] for row in rows])
        for key, count, numbers, least, greatest in rows:
            is_numeric = numbers == count
            different = values[key]
            yield (
                key,
                KeySummary(
                    Identifier(kind, ""),
                    runs=count,
                    varies=count < self.total or different is None or len(different) > 1,
                    numeric=is_numeric,
                    least=self._number(least) if is_numeric else None,
                    greatest=self._number(greatest) if is_numeric else None,
                    values=None if different is None or len(different) > self.max_values else different,
                ),
            )

    def _ranges(self, table: sa.Table, value: sa.ColumnElement[Any] | None) -> Sequence[tuple[Any, ...]]:
        """Each key with the number of its runs, of those with a number, the least and the greatest number.

        Of the number of those with a number only that counts whether it is none, all or something between.
        """
        if self.numbers is None and self.connection.dialect.name == "sqlite":
            statement = _RANGES.format(table=table.name, value="NULL" if value is None else value.name)
            found = self.connection.exec_driver_sql(statement).all()
            return [
                (key, count, 0 if least is None else count - has_nan, least, greatest)
                for key, count, has_nan, least, greatest in found
            ]
        plain: Any = sa.null() if value is None else sa.type_coerce(value, sa.Double)
        columns = (sa.func.count(), sa.func.count(plain), sa.func.min(plain), sa.func.max(plain))
        return self._fetch(self._among(sa.select(table.c.key, *columns).group_by(table.c.key), table.c.run))

    def _values(self, table: sa.Table, numbers: Sequence[int]) -> dict[int, Values | None]:
        """The different texts of each key, the most frequent first; None where there are too many of them."""
        if not self._reads_indexes:
            return self._values_of_few(table)
        found: dict[int, Values | None] = {}
        # One more than is asked for shows that there are more, and two show that a key varies.
        limit = max(self.max_values + 1, 2)
        by_head, by_value = (
            self._among(
                sa.select(column, sa.func.count())
                .where(table.c.key == sa.bindparam("of_key"))
                .group_by(column)
                .limit(limit),
                table.c.run,
            )
            for column in (table.c.head, table.c.value)
        )
        for key in numbers:
            rows = self._fetch(by_head, {"of_key": key})
            if any(len(head) == HEAD for head, _ in rows):
                rows = self._fetch(by_value, {"of_key": key})
            found[key] = self._different(rows)
        return found

    def _values_of_few(self, table: sa.Table) -> dict[int, Values | None]:
        found: dict[int, Values] = defaultdict(list)
        query = sa.select(table.c.key, table.c.value, sa.func.count()).group_by(table.c.key, table.c.value)
        for key, value, count in self._fetch(self._among(query, table.c.run)):
            found[key].append((value, count))
        return {key: self._different(rows) for key, rows in found.items()}

    def _different(self, rows: Sequence[Sequence[Any]]) -> Values | None:
        """A single value is told even where none are asked for, since it says that nothing varies."""
        if len(rows) > max(self.max_values, 1):
            return None
        return sorted(((value, count) for value, count in rows), key=lambda one: (-one[1], one[0]))

    @property
    def _reads_indexes(self) -> bool:
        return self.numbers is None or len(self.numbers) * _SHARE >= self.in_database

    def _among(self, query: sa.Select[Any], run: sa.ColumnElement[int]) -> sa.Select[Any]:
        """The query for the runs that are looked at."""
        if self.numbers is None:
            return query
        dialect = self.connection.dialect.name
        # A sum is looked up in no index: the one of the keys is read instead.
        column = run + 0 if dialect == "sqlite" and self._reads_indexes else run
        return query.where(among(dialect, column, self.numbers))

    def _fetch(self, query: sa.Select[Any], bound: dict[str, Any] | None = None) -> Sequence[tuple[Any, ...]]:
        result: Any = self.connection.execute(query, bound or {})
        rows: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
        result.close()
        return rows

    def _number(self, value: float | None) -> float | None:
        is_mysql = self.connection.dialect.name in {"mysql", "mariadb"}
        return value if value is None or not is_mysql else with_infinities(value)

    def _names(self, numbers: set[int]) -> dict[int, str]:
        names: dict[int, str] = {}
        for part in chunks(sorted(numbers)):
            query = sa.select(keys.c.id, keys.c.name).where(keys.c.id.in_(part))
            names.update((number, name) for number, name in self.connection.execute(query))
        return names
