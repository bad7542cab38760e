"""Notices runs whose process is gone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from runyard.entities import ChangeKind, RunStatus
from runyard_store_sql import runs
from runyard_store_sql.clock import now
from runyard_store_sql.schema import runs as table

_RUNNING = RunStatus.RUNNING.value
_FAILED = RunStatus.FAILED.value


def beat(connection: sa.Connection, run_ids: Sequence[str], expires: int) -> None:
    """Note that runs live; one that was taken for dead is RUNNING again."""
    found = runs.lock_all(connection, run_ids)
    for run_id in run_ids:
        if run_id not in found:
            raise runs.missing(run_id)
    lost = [row.id for row in found.values() if row.lost]
    alive = [row.id for row in found.values() if row.lost or row.status == _RUNNING]
    for row in found.values():
        if row.lost:
            runs.note(connection, row, ChangeKind.UPDATED)
    if lost:
        revive = table.update().where(table.c.id.in_(lost))
        connection.execute(revive.values(status=_RUNNING, end_time=None, lost=False))
    if alive:
        change = table.update().where(table.c.id.in_(alive))
        connection.execute(change.values(heartbeat_expires=expires, last_heartbeat=now()))


def is_due(connection: sa.Connection) -> bool:
    """Whether some run is to be taken for dead."""
    return (
        connection.execute(sa.select(table.c.id).where(table.c.heartbeat_expires < now()).limit(1)).first() is not None
    )


def reap(connection: sa.Connection) -> None:
    """Take for dead every run that has not beaten in time."""
    late = table.c.heartbeat_expires < now()
    found = sa.select(table.c.run_id, table.c.experiment).where(late, table.c.status == _RUNNING)
    for row in connection.execute(found.order_by(table.c.id).with_for_update(key_share=True)):
        runs.note(connection, row, ChangeKind.UPDATED)
    lose = table.update().where(late, table.c.status == _RUNNING)
    # MariaDB assigns in the order of writing, so what is read comes before what is set.
    connection.execute(lose.values(end_time=table.c.last_heartbeat, status=_FAILED, lost=True, heartbeat_expires=None))
    connection.execute(table.update().where(late).values(heartbeat_expires=None))
