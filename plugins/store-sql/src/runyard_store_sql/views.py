"""Saved views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import View
from runyard.errors import Conflict, NotFound
from runyard.validation import check_reference, check_view_id, check_view_name, check_view_state
from runyard_store_sql import experiments
from runyard_store_sql.clock import now
from runyard_store_sql.engine import Database
from runyard_store_sql.schema import view_experiments, views
from runyard_store_sql.statements import chunks, insert_new

_table = views.c


def save(
    connection: sa.Connection,
    view_id: str,
    fields: Mapping[str, Any],
    experiment_ids: Sequence[str],
    revision: int | None,
) -> View:
    """A new view, or a new state of one; `fields` are its name, its state and who saves it.

    Raises:
        Conflict: `revision` is given and is not the last one.
        NotFound: one of the experiments does not exist.
    """
    numbers = sorted({int(experiments.get(connection, one).experiment_id) for one in experiment_ids})
    time = now()
    if revision is None:
        first = {"view_id": view_id, **fields, "creation_time": time, "last_update_time": time, "revision": 0}
        insert_new(connection, views, first)
    row = connection.execute(sa.select(views).where(_table.view_id == view_id).with_for_update()).first()
    if row is None or revision not in {None, row.revision}:
        last = "it was deleted" if row is None else f"the last one is {row.revision}"
        raise Conflict(f"view {view_id!r} is not at revision {revision} any more: {last}; load it again")
    kept = {name: value for name, value in fields.items() if value is not None}
    change = views.update().where(_table.id == row.id)
    connection.execute(change.values(**kept, last_update_time=time, revision=row.revision + 1))
    connection.execute(view_experiments.delete().where(view_experiments.c.view == row.id))
    if numbers:
        connection.execute(view_experiments.insert(), [{"view": row.id, "experiment": number} for number in numbers])
    return get(connection, view_id)


def get(connection: sa.Connection, view_id: str) -> View:
    found = connection.execute(sa.select(views).where(_table.view_id == view_id)).all()
    if not found:
        raise missing(view_id)
    return _views(connection, found)[0]


def listing(connection: sa.Connection, experiment_id: str | None) -> list[View]:
    """All views, or those of an experiment, by name."""
    query = sa.select(views).order_by(_table.name, _table.view_id)
    if experiment_id is not None:
        number = int(experiments.get(connection, experiment_id).experiment_id)
        of_experiment = sa.select(view_experiments.c.view).where(view_experiments.c.experiment == number)
        query = query.where(_table.id.in_(of_experiment))
    return _views(connection, connection.execute(query).all())


def delete(connection: sa.Connection, view_id: str) -> None:
    if not connection.execute(views.delete().where(_table.view_id == view_id)).rowcount:
        raise missing(view_id)


def missing(view_id: str) -> NotFound:
    return NotFound(f"no view with id {view_id!r}")


def _views(connection: sa.Connection, rows: Sequence[Any]) -> list[View]:
    experiments_of: dict[int, list[str]] = defaultdict(list)
    table = view_experiments.c
    for part in chunks([row.id for row in rows]):
        query = sa.select(table.view, table.experiment).where(table.view.in_(part)).order_by(table.experiment)
        for view, experiment in connection.execute(query):
            experiments_of[view].append(str(experiment))
    return [
        View(
            view_id=row.view_id,
            name=row.name,
            experiment_ids=experiments_of.get(row.id, []),
            state=row.state,
            creation_time=row.creation_time,
            last_update_time=row.last_update_time,
            revision=row.revision,
            user_id=row.user_id,
        )
        for row in rows
    ]


class Views:
    """`KeepsViews` of the tracking store."""

    _database: Database

    def save_view(
        self,
        view_id: str,
        *,
        name: str,
        experiment_ids: Sequence[str],
        state: str,
        user_id: str | None = None,
        revision: int | None = None,
    ) -> View:
        fields = {
            "name": check_view_name(name),
            "state": check_view_state(state),
            "user_id": check_reference(user_id, "user id"),
        }
        check_view_id(view_id)
        return self._database.write(lambda connection: save(connection, view_id, fields, experiment_ids, revision))

    def get_view(self, view_id: str) -> View:
        with self._database.read() as connection:
            return get(connection, view_id)

    def list_views(self, experiment_id: str | None = None) -> Sequence[View]:
        with self._database.read() as connection:
            return listing(connection, experiment_id)

    def delete_view(self, view_id: str) -> None:
        self._database.write(lambda connection: delete(connection, view_id))
