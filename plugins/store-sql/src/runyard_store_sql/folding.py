"""What is staged of runs: whether there is any, and into the history with it. What needs numpy comes when there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from runyard_store_sql.schema import runs, staged_points
from runyard_store_sql.statements import chunks, experiment_numbers

_table = staged_points.c
_ANY = sa.select(_table.id).limit(1)
_RUNS = sa.select(_table.run).distinct().join_from(staged_points, runs, runs.c.id == _table.run)


def staged(connection: sa.Connection, experiment_ids: Sequence[str], run_ids: Sequence[str]) -> list[int]:
    """The numbers of those of these runs, and of the runs of these experiments, that have staged points."""
    if not experiment_ids and not run_ids:
        return []
    if connection.execute(_ANY).first() is None:
        return []
    found: set[int] = set()
    for part in chunks(run_ids):
        found.update(connection.execute(_RUNS.where(runs.c.run_id.in_(part))).scalars())
    if experiment_ids:
        found.update(
            connection.execute(_RUNS.where(runs.c.experiment.in_(experiment_numbers(experiment_ids)))).scalars()
        )
    return sorted(found)


def fold(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Take what is staged of runs into the history."""
    for part in chunks(sorted(numbers)):
        lock = sa.select(runs.c.id).where(runs.c.id.in_(part)).order_by(runs.c.id).with_for_update(key_share=True)
        connection.execute(lock).all()
        fold_locked(connection, part)


def fold_locked(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """The same where the caller holds the locks of the runs."""
    query = sa.select(_table.run, _table.points, _table.format, _table.data).where(_table.run.in_(numbers))
    rows: Sequence[Any] = connection.execute(query.order_by(_table.id)).all()
    if rows:
        from runyard_store_sql import series, staging

        series.append_points(connection, *staging.decoded(rows))
        connection.execute(staged_points.delete().where(_table.run.in_(numbers)))
