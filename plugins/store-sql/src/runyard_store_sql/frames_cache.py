"""Answers that stay right until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa

from runyard.entities import ChangeKind
from runyard_store_sql import reading
from runyard_store_sql.changes import changed, settled_number
from runyard_store_sql.engine import Database

ValueT = TypeVar("ValueT")

MOST = 200  # answers


@attrs.frozen
class Moment:
    """A connection, and the number of the last change before what it reads was brought up to date.

    What is read then is not older than the number, which is all that matters: it may be read once more for nothing.
    """

    connection: sa.Connection
    number: int | None = None  # where that cannot be told


@contextmanager
def now(database: Database, experiment_ids: Sequence[str]) -> Iterator[Moment]:
    """The moment to read all of these experiments at."""
    with database.read() as connection:
        number = settled_number(connection)
    with reading.current(database, experiment_ids=experiment_ids) as connection:
        yield Moment(connection, number)


class Kept:
    """What was found out about one database, each with the number of the last change before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    def value(
        self,
        moment: Moment,
        asked: Hashable,
        find: Callable[[], ValueT],
        kinds: Collection[ChangeKind] = tuple(ChangeKind),
    ) -> ValueT:
        """What `find` finds, unless it is known and nothing has changed since in one of these ways."""
        number = moment.number
        if number is None:
            return find()
        with self._lock:
            known = self._found.get(asked)
        if known is not None and not changed(moment.connection, known[0], number, kinds):
            value: ValueT = known[1]
        else:
            value = find()
        with self._lock:
            self._found[asked] = number, value
            self._found.move_to_end(asked)
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        return value
