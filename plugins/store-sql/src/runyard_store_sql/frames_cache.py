"""Answers that stay right until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from runyard.entities import ChangeKind
from runyard_store_sql.changes import changed, settled_number

ValueT = TypeVar("ValueT")

MOST = 200  # answers


class Kept:
    """What was found out about one database, each with the number of the last change before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    def value(
        self,
        connection: sa.Connection,
        asked: Hashable,
        find: Callable[[], ValueT],
        kinds: Collection[ChangeKind] = tuple(ChangeKind),
    ) -> ValueT:
        """What `find` finds, unless it is known and nothing has changed since in one of these ways."""
        number = settled_number(connection)
        if number is None:
            return find()
        with self._lock:
            known = self._found.get(asked)
        if known is not None and not changed(connection, known[0], number, kinds):
            value: ValueT = known[1]
        else:
            value = find()
        with self._lock:
            self._found[asked] = number, value
            self._found.move_to_end(asked)
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        return value
