"""Experiments: creation, names, tags, and the bin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from runyard.entities import ChangeKind, Experiment, LifecycleStage, Subject
from runyard.errors import AlreadyExists, InvalidState, NotFound
from runyard.uris import Uri
from runyard_store_sql import changes
from runyard_store_sql.clock import now
from runyard_store_sql.schema import experiment_tags, experiments, runs
from runyard_store_sql.statements import insert_new, upsert

_table = experiments.c


def create(
    connection: sa.Connection, name: str, artifact_root: str, artifact_location: str | None, tags: Mapping[str, str]
) -> Experiment:
    """A new experiment.

    Raises:
        AlreadyExists: an active one has the name.
    """
    number = _insert(connection, name, artifact_root, artifact_location)
    if number is None:
        raise _taken(connection, name)
    _set_tags(connection, number, tags)
    return get(connection, str(number))


def ensure(connection: sa.Connection, name: str, artifact_root: str) -> int:
    """The number of the active experiment of that name, made where it is missing."""
    number = _named(connection, name)
    if number is None:
        number = _insert(connection, name, artifact_root, None)
    if number is None:  # another process was faster
        number = _named(connection, name)
    if number is None:
        raise NotFound(f"experiment {name!r} was deleted in this moment; try again")
    return number


def get(connection: sa.Connection, experiment_id: str) -> Experiment:
    """The experiment, deleted or not."""
    return _experiment(connection, _row(connection, experiment_id))


def find(connection: sa.Connection, name: str) -> Experiment | None:
    """The active experiment of that name, else the last deleted one."""
    query = sa.select(experiments).where(_table.name == name)
    order = (sa.case((_table.deleted_time.is_(None), 0), else_=1), _table.deleted_time.desc())
    row = connection.execute(query.order_by(*order).limit(1)).first()
    return None if row is None else _experiment(connection, row)


def rename(connection: sa.Connection, experiment_id: str, name: str) -> None:
    number = active_number(connection, experiment_id)
    other = _named(connection, name)
    if other not in {None, number}:
        raise _taken(connection, name)
    _update(connection, number, name, ChangeKind.UPDATED, name=name, active_name=name)


def delete(connection: sa.Connection, experiment_id: str) -> None:
    """Mark an experiment and all its runs deleted."""
    row = _row(connection, experiment_id)
    if row.deleted_time is not None:
        raise NotFound(f"no active experiment with id {experiment_id!r}; it is deleted already")
    # Deletions are told apart by their time, so that the last one of a name is known.
    last = connection.execute(sa.select(sa.func.max(_table.deleted_time))).scalar() or 0
    time = max(now(), last + 1)
    _update(connection, row.id, row.name, ChangeKind.DELETED, active_name=None, deleted_time=time)
    mark = runs.update().where(runs.c.experiment == row.id, runs.c.deleted_time.is_(None))
    connection.execute(mark.values(deleted_time=time))


def restore(connection: sa.Connection, experiment_id: str) -> None:
    """Undo a deletion, all runs included."""
    row = _row(connection, experiment_id)
    if row.deleted_time is None:
        raise NotFound(f"no deleted experiment with id {experiment_id!r}; it is active")
    if _named(connection, row.name) is not None:
        raise _taken(connection, row.name)
    _update(connection, row.id, row.name, ChangeKind.RESTORED, active_name=row.name, deleted_time=None)
    connection.execute(runs.update().where(runs.c.experiment == row.id).values(deleted_time=None))


def set_tags(connection: sa.Connection, experiment_id: str, tags: Mapping[str, str]) -> None:
    number = active_number(connection, experiment_id)
    _set_tags(connection, number, tags)
    _touch(connection, number)


def delete_tag(connection: sa.Connection, experiment_id: str, key: str) -> None:
    number = active_number(connection, experiment_id)
    table = experiment_tags.c
    gone = connection.execute(experiment_tags.delete().where(table.experiment == number, table.key == key))
    if not gone.rowcount:
        raise NotFound(f"experiment {experiment_id!r} has no tag {key!r}")
    _touch(connection, number)


def active_number(connection: sa.Connection, experiment_id: str) -> int:
    """The number of an experiment that may be written to.

    Raises:
        NotFound: there is none.
        InvalidState: it is deleted.
    """
    row = _row(connection, experiment_id)
    if row.deleted_time is not None:
        raise InvalidState(f"experiment {experiment_id!r} is deleted; restore it first")
    return int(row.id)


def _row(connection: sa.Connection, experiment_id: str) -> Any:
    number = _number(experiment_id)
    row = None
    if number is not None:
        row = connection.execute(sa.select(experiments).where(_table.id == number)).first()
    if row is None:
        raise NotFound(f"no experiment with id {experiment_id!r}; see runyard experiments list")
    return row


def _number(experiment_id: str) -> int | None:
    """Ids are whole numbers in their shortest form; anything else is the id of nothing."""
    is_plain = experiment_id.isascii() and experiment_id.isdigit() and len(experiment_id) < 19
    return int(experiment_id) if is_plain and str(int(experiment_id)) == experiment_id else None


def _named(connection: sa.Connection, name: str) -> int | None:
    return connection.execute(sa.select(_table.id).where(_table.active_name == name)).scalar()


def location(connection: sa.Connection, number: int) -> Uri:
    """Where an experiment keeps artifacts."""
    return Uri.parse(connection.execute(sa.select(_table.artifact_location).where(_table.id == number)).scalar_one())


def _insert(connection: sa.Connection, name: str, artifact_root: str, artifact_location: str | None) -> int | None:
    """The number of a new experiment; None where the name is taken."""
    time = now()
    row = {
        "name": name,
        "active_name": name,
        "artifact_location": artifact_location or "",
        "creation_time": time,
        "last_update_time": time,
    }
    if not insert_new(connection, experiments, row):
        return None
    number = _named(connection, name)
    if number is not None and not artifact_location:
        place = f"{artifact_root}/{number}"
        connection.execute(experiments.update().where(_table.id == number).values(artifact_location=place))
    if number is not None:
        changes.note(connection, Subject.EXPERIMENT, str(number), ChangeKind.CREATED, number)
    return number


def _touch(connection: sa.Connection, number: int) -> None:
    connection.execute(experiments.update().where(_table.id == number).values(last_update_time=now()))
    changes.note(connection, Subject.EXPERIMENT, str(number), ChangeKind.UPDATED, number)


def _update(connection: sa.Connection, number: int, wanted: str, kind: ChangeKind, **values: Any) -> None:
    try:
        connection.execute(experiments.update().where(_table.id == number).values(last_update_time=now(), **values))
    except IntegrityError as error:  # another process took the name in this moment
        raise AlreadyExists(f"an experiment {wanted!r} exists already; choose another name") from error
    changes.note(connection, Subject.EXPERIMENT, str(number), kind, number)


def _set_tags(connection: sa.Connection, number: int, tags: Mapping[str, str]) -> None:
    rows = [{"experiment": number, "key": key, "value": value} for key, value in sorted(tags.items())]
    upsert(connection, experiment_tags, rows)


def _taken(connection: sa.Connection, name: str) -> AlreadyExists:
    number = _named(connection, name)
    return AlreadyExists(f"an experiment {name!r} exists already, with id '{number}'; choose another name")


def _experiment(connection: sa.Connection, row: Any) -> Experiment:
    query = sa.select(experiment_tags.c.key, experiment_tags.c.value).where(experiment_tags.c.experiment == row.id)
    tags = {key: value for key, value in connection.execute(query.order_by(experiment_tags.c.key))}  # noqa: C416
    return to_experiment(row, tags)


def to_experiment(row: Any, tags: Mapping[str, str]) -> Experiment:
    """The experiment of a row of the table."""
    return Experiment(
        experiment_id=str(row.id),
        name=row.name,
        artifact_location=row.artifact_location,
        lifecycle_stage=LifecycleStage.ACTIVE if row.deleted_time is None else LifecycleStage.DELETED,
        creation_time=row.creation_time,
        last_update_time=row.last_update_time,
        deleted_time=row.deleted_time,
        tags=tags,
    )
