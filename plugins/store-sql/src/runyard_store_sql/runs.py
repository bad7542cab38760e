"""Runs: creation, their own fields, and the bin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import ChangeKind, RunInfo, RunStart, RunStatus, RunUpdate, Subject
from runyard.errors import AlreadyExists, InvalidState, NotFound
from runyard_store_sql import changes, experiments, folding, values
from runyard_store_sql.clock import now
from runyard_store_sql.schema import runs
from runyard_store_sql.search_rows import RUN_COLUMNS, run_info
from runyard_store_sql.statements import chunks, insert_new

NAME_TAG = "mlflow.runName"

_table = runs.c


def create(connection: sa.Connection, start: RunStart, keys: Mapping[str, int], artifact_root: str) -> bool:
    """A new run, unless the id is taken already; `keys` holds the numbers of its tags' keys.

    Raises:
        NotFound: the experiment does not exist.
        InvalidState: it is deleted.
        AlreadyExists: the id is that of a run in another experiment.
    """
    taken = connection.execute(sa.select(_table.experiment).where(_table.run_id == start.run_id)).scalar()
    if taken is not None:
        if start.experiment_id not in {None, str(taken)}:
            raise AlreadyExists(f"run {start.run_id!r} exists already, in experiment {taken}; choose another run id")
        return False
    if start.experiment_id is not None:
        experiment = experiments.active_number(connection, start.experiment_id)
    else:
        experiment = experiments.ensure(connection, str(start.experiment_name), artifact_root)
    row = {
        "run_id": start.run_id,
        "experiment": experiment,
        "name": start.run_name,
        "user_id": start.user_id,
        "status": RunStatus.RUNNING.value,
        "start_time": start.start_time,
        "artifact_uri": experiments.location(connection, experiment).join(start.run_id, "artifacts").text,
        "lost": False,
    }
    if not insert_new(connection, runs, row):
        return False
    number = connection.execute(sa.select(_table.id).where(_table.run_id == start.run_id)).scalar_one()
    tags = {**start.tags, NAME_TAG: start.run_name}
    values.set_tags(connection, [(number, keys[key], value) for key, value in tags.items()])
    changes.note(connection, Subject.RUN, start.run_id, ChangeKind.CREATED, experiment)
    return True


def tag_keys(start: RunStart) -> set[str]:
    """The keys of all tags that a new run gets."""
    return {*start.tags, NAME_TAG}


def number_of(connection: sa.Connection, run_id: str) -> int:
    """A run's number, deleted or not."""
    number = connection.execute(sa.select(_table.id).where(_table.run_id == run_id)).scalar()
    if number is None:
        raise missing(run_id)
    return int(number)


def lock(connection: sa.Connection, run_id: str) -> Any:
    """The row of a run that may be written to, kept from other writers until the transaction ends.

    Raises:
        NotFound: there is none.
        InvalidState: it is deleted.
    """
    row = lock_all(connection, [run_id]).get(run_id)
    if row is None:
        raise missing(run_id)
    if row.deleted_time is not None:
        raise deleted(run_id)
    return row


def lock_all(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, Any]:
    """The rows of those runs that exist, kept from other writers until the transaction ends."""
    found: dict[str, Any] = {}
    for part in chunks(sorted(run_ids)):
        found.update((row.run_id, row) for row in connection.execute(_LOCK, {"run_ids": part}))
    return found


# Made once, for it is a part of every write.
_LOCK = (
    sa.select(runs)
    .where(_table.run_id.in_(sa.bindparam("run_ids", expanding=True)))
    .order_by(_table.id)
    .with_for_update(key_share=True)
)


def update(connection: sa.Connection, row: Any, change: RunUpdate, name_key: int) -> None:
    """Change a run's own fields; `row` is what `lock` gave, `name_key` the number of the name tag."""
    new: dict[str, Any] = {}
    if change.status is not None:
        new |= {"status": change.status.value, "lost": False, "heartbeat_expires": None}
        if row.lost and change.end_time is None:
            new["end_time"] = None
    if change.end_time is not None:
        new["end_time"] = change.end_time
    if change.run_name is not None:
        new["name"] = change.run_name
        values.set_tags(connection, [(row.id, name_key, change.run_name)])
    if new:
        connection.execute(runs.update().where(_table.id == row.id).values(new))
        note(connection, row, ChangeKind.UPDATED)
    if change.status is not None and change.status.is_terminated:
        folding.fold_locked(connection, [row.id])


def rename(connection: sa.Connection, number: int, name: str) -> None:
    """Set a run's name to what its tag says."""
    connection.execute(runs.update().where(_table.id == number).values(name=name))


def note(connection: sa.Connection, row: Any, kind: ChangeKind) -> None:
    """Note a change of a run, given by a row with its id and experiment."""
    changes.note(connection, Subject.RUN, row.run_id, kind, row.experiment)


def delete(connection: sa.Connection, run_id: str) -> None:
    row = _row(connection, run_id)
    mark = runs.update().where(_table.id == row.id, _table.deleted_time.is_(None))
    if connection.execute(mark.values(deleted_time=now())).rowcount:
        note(connection, row, ChangeKind.DELETED)


def restore(connection: sa.Connection, run_id: str) -> None:
    row = _row(connection, run_id)
    mark = runs.update().where(_table.id == row.id, _table.deleted_time.is_not(None))
    if connection.execute(mark.values(deleted_time=None)).rowcount:
        note(connection, row, ChangeKind.RESTORED)


def _row(connection: sa.Connection, run_id: str) -> Any:
    row = connection.execute(
        sa.select(_table.id, _table.run_id, _table.experiment).where(_table.run_id == run_id)
    ).first()
    if row is None:
        raise missing(run_id)
    return row


def info(connection: sa.Connection, run_id: str) -> RunInfo:
    row = connection.execute(sa.select(*RUN_COLUMNS).where(_table.run_id == run_id)).first()
    if row is None:
        raise missing(run_id)
    return run_info(row)


def missing(run_id: str) -> NotFound:
    return NotFound(f"no run with id {run_id!r}; see runyard runs list")


def deleted(run_id: str) -> InvalidState:
    return InvalidState(f"run {run_id!r} is deleted; restore it first")
