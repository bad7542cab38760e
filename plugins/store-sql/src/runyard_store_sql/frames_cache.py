"""Answers that stay right until something changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import sqlalchemy as sa

from runyard_store_sql.changes import settled_number

ValueT = TypeVar("ValueT")

MOST = 200  # answers


class Kept:
    """What was found out about one database, each with the number of the last change before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    def value(self, connection: sa.Connection, asked: Hashable, find: Callable[[], ValueT]) -> ValueT:
        """What `find` finds, unless it is known and nothing has changed since."""
        number = settled_number(connection)
        if number is None:
            return find()
        with self._lock:
            known = self._found.get(asked)
        if known is not None and known[0] == number:
            found: ValueT = known[1]
            return found
        value = find()
        with self._lock:
            self._found[asked] = number, value
            self._found.move_to_end(asked)
            while len(self._found) > MOST:
                self._found.popitem(last=False)
        return value
