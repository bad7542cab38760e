"""Columns of values of many runs, straight from the driver's rows.

For a part of the runs, the values of a key are looked up run by run, in tables that are clustered by run. For most runs
of the database, what the index of a key holds is read from one end to the other, packed as tightly as the database can.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from runyard.protocols.frames import NumberColumn, TextColumn
from runyard_store_sql.run_numbers import NO_BYTES, among
from runyard_store_sql.schema import HEAD, Real, with_infinities
from runyard_store_sql.search_fields import Field
from runyard_store_sql.statements import chunks

Integers = NDArray[np.int64]
_MOST_AT_ONCE = 2_000  # runs of one query where each is a parameter


class Cells:
    """The values of chosen runs, by their numbers in the order of the rows.

    `is_most` says that the runs are so many of those in the database that whole indexes are read.
    """

    def __init__(self, connection: sa.Connection, numbers: Sequence[int], *, is_most: bool) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._is_most = is_most
        self._numbers = np.array(numbers, np.int64)
        self._order = np.argsort(self._numbers)
        self._sorted = self._numbers[self._order]

    def numbers(self, field: Field) -> NumberColumn:
        """Numbers that belong to the runs; NULL is NaN or nothing, as the field says."""
        assert field.rows is not None
        run, value = field.rows.link[0], field.column
        query = sa.select(run, value).where(*field.rows.where)
        if not field.null_is_nan:
            query = query.where(value.is_not(None))
        elif field.present is not None:
            query = query.where(field.present)
        # What is in no index lies by run: in the order of the index SQLite would look up one run after another.
        by_run = not self._is_most or (self._dialect == "sqlite" and not field.is_indexed)
        runs, values = self._pairs(query, run, value, by_run=by_run)
        places, known = self._places(runs)
        column = np.full(len(self._numbers), math.nan)
        present = np.zeros(len(self._numbers), np.uint8)
        column[places] = values[known]
        present[places] = 1
        return number_column(column, present)

    def texts(self, field: Field) -> TextColumn:
        """Texts that belong to the runs."""
        assert field.rows is not None
        assert field.head is not None
        run = field.rows.link[0]
        query = sa.select(run, field.column).where(*field.rows.where)
        if not self._is_most or self._dialect not in {"sqlite", "postgresql"}:
            return self._text_column(list(chain.from_iterable(map(self._fetch, self._of_the_runs(query, run)))))
        grouped = sa.select(field.head, *self._packed(run)).where(*field.rows.where).group_by(field.head)
        rows = self._fetch(grouped)
        runs = self._unpacked([row[1] for row in rows])
        counts = np.array([row[2] for row in rows], np.int64)
        places, known = self._places(runs)
        codes = np.full(len(self._numbers), -1, np.int32)
        codes[places] = np.repeat(np.arange(len(rows), dtype=np.int32), counts)[known]
        column = TextColumn([row[0] for row in rows], array_of("i", codes))
        if any(len(head) == HEAD for head in column.categories):
            return self._lengthened(column, self._fetch(query.where(sa.func.length(field.head) == HEAD)))
        return _without_unused(column)

    def no_numbers(self) -> NumberColumn:
        return number_column(np.full(len(self._numbers), math.nan), np.zeros(len(self._numbers), np.uint8))

    def no_texts(self) -> TextColumn:
        return TextColumn((), array_of("i", np.full(len(self._numbers), -1, np.int32)))

    def _packed(self, run: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        """Many numbers of runs as one value, and how many they are."""
        if self._dialect == "sqlite":
            return sa.func.group_concat(run), sa.func.count()
        return sa.func.string_agg(sa.func.int8send(run), NO_BYTES), sa.func.count()

    def _unpacked(self, packs: Sequence[Any]) -> Integers:
        if self._dialect == "sqlite":
            return np.fromstring(",".join(map(str, packs)), np.int64, sep=",") if packs else np.empty(0, np.int64)
        return np.frombuffer(b"".join(map(bytes, packs)), ">i8").astype(np.int64)

    def _pairs(
        self, query: sa.Select[Any], run: sa.ColumnElement[Any], value: sa.ColumnElement[Any], *, by_run: bool
    ) -> tuple[Integers, NDArray[np.float64]]:
        """The numbers of runs and the values, NaN for NULL."""
        if not by_run and self._dialect == "postgresql":
            return self._pairs_of_postgres(query, run, value)
        queries = self._of_the_runs(query, run) if by_run else [query]
        rows = list(chain.from_iterable(map(self._fetch, queries)))
        if self._dialect in {"mysql", "mariadb"} and isinstance(value.type, Real):
            rows = [(one, None if number is None else with_infinities(number)) for one, number in rows]
        runs, values = zip(*rows, strict=True) if rows else ((), ())
        if None in values:
            values = tuple([math.nan if value is None else value for value in values])
        return np.array(runs, np.int64), np.array(values, np.float64)

    def _pairs_of_postgres(
        self, query: sa.Select[Any], run: sa.ColumnElement[Any], value: sa.ColumnElement[Any]
    ) -> tuple[Integers, NDArray[np.float64]]:
        number = sa.func.coalesce(sa.cast(value, sa.Double), sa.cast("NaN", sa.Double))
        packed = query.with_only_columns(
            sa.func.string_agg(sa.func.int8send(run), NO_BYTES),
            sa.func.string_agg(sa.func.float8send(number), NO_BYTES),
        )
        runs, values = self._fetch(packed)[0]
        return (
            np.frombuffer(bytes(runs or b""), ">i8").astype(np.int64),
            np.frombuffer(bytes(values or b""), ">f8").astype(np.float64),
        )

    def _of_the_runs(self, query: sa.Select[Any], run: sa.ColumnElement[Any]) -> Iterable[sa.Select[Any]]:
        """The query for the runs only."""
        numbers = self._sorted.tolist()
        most = len(numbers) if self._dialect in {"sqlite", "postgresql"} else _MOST_AT_ONCE
        for part in chunks(numbers, max(most, 1)):
            yield query.where(among(self._dialect, run, part))

    def _fetch(self, query: sa.Select[Any]) -> Sequence[tuple[Any, ...]]:
        result: Any = self._connection.execute(query)
        rows: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
        result.close()
        return rows

    def _places(self, runs: Integers) -> tuple[Integers, NDArray[np.bool_]]:
        """The rows of those runs that are chosen, and which these are."""
        found = np.searchsorted(self._sorted, runs)
        found[found == len(self._sorted)] = 0
        known = self._sorted[found] == runs if len(self._sorted) else np.zeros(len(runs), bool)
        return self._order[found[known]], known

    def _text_column(self, rows: Sequence[tuple[Any, ...]]) -> TextColumn:
        categories: dict[str, int] = {}
        runs, texts = zip(*rows, strict=True) if rows else ((), ())
        found = [categories.setdefault(text, len(categories)) for text in texts]
        places, known = self._places(np.array(runs, np.int64))
        codes = np.full(len(self._numbers), -1, np.int32)
        codes[places] = np.array(found, np.int32)[known]
        return _without_unused(TextColumn(list(categories), array_of("i", codes)))

    def _lengthened(self, column: TextColumn, rows: Sequence[tuple[Any, ...]]) -> TextColumn:
        """The column with the whole texts of those of which it has the beginning."""
        long = self._text_column(rows)
        codes, more = np.array(column.codes), np.array(long.codes)
        codes = np.where(more >= 0, more + len(column.categories), codes).astype(np.int32)
        return _without_unused(TextColumn([*column.categories, *long.categories], array_of("i", codes)))


def _without_unused(column: TextColumn) -> TextColumn:
    """The column with those of its categories only that some run has."""
    codes = np.array(column.codes, np.int32)
    used = np.zeros(len(column.categories) + 1, bool)
    used[codes] = True  # -1 is the last one
    used[-1] = False
    if int(used.sum()) == len(column.categories):
        return column
    new = np.cumsum(used, dtype=np.int32) - 1
    new[-1] = -1
    kept = [category for category, is_used in zip(column.categories, used.tolist(), strict=False) if is_used]
    return TextColumn(kept, array_of("i", new[codes]))


def number_column(values: NDArray[np.float64], present: NDArray[np.uint8]) -> NumberColumn:
    return NumberColumn(array_of("d", values), present.tobytes())


def array_of(code: str, values: NDArray[Any]) -> array[Any]:
    made = array(code)
    made.frombytes(values.tobytes())
    return made
