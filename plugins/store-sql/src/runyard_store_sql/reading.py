"""Reads of a database that first bring up to date what is done late: dead runs, and points on their way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import sqlalchemy as sa

from runyard.errors import Forbidden
from runyard_store_sql import folding, heartbeat
from runyard_store_sql.engine import Database
from runyard_store_sql.statements import chunks

_RUNS_AT_ONCE = 16  # so that writers are not kept waiting


@contextmanager
def current(
    database: Database, *, experiment_ids: Sequence[str] = (), run_ids: Sequence[str] = ()
) -> Iterator[sa.Connection]:
    """A connection that sees dead runs as such, and all points of these runs and of the runs of these experiments.

    A database that is read-only is shown as it is.
    """
    with database.read() as connection:
        is_due = heartbeat.is_due(connection)
        staged = folding.staged(connection, experiment_ids, run_ids)
        if not is_due and not staged:
            yield connection
            return
    with suppress(Forbidden):
        if is_due:
            database.write(heartbeat.reap)
        for part in chunks(staged, _RUNS_AT_ONCE):
            _fold(database, part)
    with database.read() as connection:
        yield connection


def _fold(database: Database, numbers: Sequence[int]) -> None:
    database.write(lambda connection: folding.fold(connection, numbers))
