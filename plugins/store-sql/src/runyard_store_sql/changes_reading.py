"""Tells what changed in a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import Change, ChangeKind, Changes, Subject
from runyard.errors import InvalidInput
from runyard.validation import MAX_INT
from runyard_store_sql import reading
from runyard_store_sql.changes import FORGOTTEN, last_number, wait
from runyard_store_sql.engine import Database
from runyard_store_sql.schema import changes

_table = changes.c
_TRACKED = (Subject.EXPERIMENT, Subject.RUN, Subject.LOGGED_MODEL)
_MAX_PAGE = 100_000
_FIRST = sa.select(_table.number, _table.subject).order_by(_table.number).limit(1)
_COLUMNS = (_table.number, _table.subject, _table.id, _table.kind, _table.timestamp, _table.experiment)


def read(connection: sa.Connection, subjects: Sequence[Subject], since: int | None, max_results: int) -> Changes:
    """What changed after a number of what these subjects are about.

    Raises:
        InvalidInput: the number or `max_results` is out of bounds.
    """
    if not 1 <= max_results <= _MAX_PAGE:
        raise InvalidInput(f"max_results must lie between 1 and {_MAX_PAGE:,}, got {max_results}")
    if since is not None and not 0 <= since <= MAX_INT:
        raise InvalidInput(f"since must be the number of a change or 0, got {since}")
    if since is not None and last_number(connection) == since:
        return Changes((), since)
    wait(connection)
    last = last_number(connection)
    if since is None:
        return Changes((), last)
    first = connection.execute(_FIRST).first()
    is_forgotten = first is not None and first.subject == FORGOTTEN and since < first.number
    query = sa.select(*_COLUMNS).where(_table.number > since, _table.subject.in_([str(one) for one in subjects]))
    items = [_change(row) for row in connection.execute(query.order_by(_table.number).limit(max_results))]
    end = items[-1].number if len(items) == max_results else last
    # A number beyond the last one was given by another database, such as one from before a backup was brought back.
    return Changes(items, end, reset=is_forgotten or since > last)


def _change(row: Any) -> Change:
    number, subject, id_, kind, timestamp, experiment = row
    return Change(
        number=number,
        subject=Subject(subject),
        id=id_,
        kind=ChangeKind(kind),
        timestamp=timestamp,
        experiment_id=None if experiment is None else str(experiment),
    )


class TrackingChanges:
    """`RecordsChanges` of the tracking store."""

    _database: Database

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        with reading.current(self._database) as connection:  # which notes the runs that died
            return read(connection, _TRACKED, since, max_results)
