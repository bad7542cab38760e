"""Logged models: creation, their own fields, what is logged to them, and the bin."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa

from runyard.entities import (
    ChangeKind,
    LoggedModel,
    LoggedModelStatus,
    ModelInput,
    ModelMetric,
    ModelOutput,
    Page,
    Subject,
)
from runyard.errors import AlreadyExists, InvalidState, NotFound
from runyard.protocols.logged_models import LoggedModelQuery
from runyard.tracking.names import run_name as random_name
from runyard.validation import (
    check_integer,
    check_logged_model_id,
    check_logged_model_name,
    check_logged_model_type,
    check_model_metric,
    check_params,
    check_reference,
    check_tags,
)
from runyard_store_sql import changes, experiments, logged_model_rows, run_models, runs
from runyard_store_sql.clock import now
from runyard_store_sql.engine import Database
from runyard_store_sql.logged_model_values import add_params, add_points, set_tags
from runyard_store_sql.schema import logged_model_tags, logged_models
from runyard_store_sql.statements import chunks, insert_new

ResultT = TypeVar("ResultT")


class LoggedModels:
    """`KeepsLoggedModels`."""

    _database: Database

    def create_logged_model(
        self,
        experiment_id: str,
        *,
        model_id: str | None = None,
        name: str | None = None,
        model_type: str | None = None,
        source_run_id: str | None = None,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        user_id: str | None = None,
    ) -> LoggedModel:
        values = {
            "model_id": f"m-{uuid.uuid4().hex}" if model_id is None else check_logged_model_id(model_id),
            "name": random_name() if name is None else check_logged_model_name(name),
            "model_type": check_logged_model_type(model_type),
            "source_run_id": check_reference(source_run_id, "source run id"),
            "creator_id": check_reference(user_id, "user"),
        }
        checked_params, checked_tags = check_params(params), check_tags(tags)
        return self._database.write(
            lambda connection: _create(connection, experiment_id, values, checked_params, checked_tags)
        )

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> LoggedModel:
        return self._change(model_id, lambda _connection, _row: None, status=LoggedModelStatus(status).value)

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        with self._database.read() as connection:
            row = logged_model_rows.present(connection, model_id, allow_deleted=allow_deleted)
            return logged_model_rows.complete(connection, [row])[0]

    def delete_logged_model(self, model_id: str) -> None:
        def work(connection: sa.Connection) -> None:
            row = logged_model_rows.lock_all(connection, [model_id]).get(model_id)
            if row is None:
                raise logged_model_rows.missing(model_id)
            if row.deleted_time is None:
                _touch(connection, row, ChangeKind.DELETED, deleted_time=now())

        self._database.write(work)

    def purge_logged_models(self, model_ids: Sequence[str]) -> None:
        self._database.write(lambda connection: _purge(connection, model_ids))

    def search_logged_models(self, query: LoggedModelQuery) -> Page[LoggedModel]:
        from runyard_store_sql import logged_model_search

        with self._database.read() as connection:
            return logged_model_search.search(connection, query)

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, str]) -> LoggedModel:
        checked = check_tags(tags)
        return self._change(model_id, lambda connection, row: set_tags(connection, row.id, checked))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        def work(connection: sa.Connection, row: Any) -> None:
            table = logged_model_tags.c
            gone = connection.execute(logged_model_tags.delete().where(table.model == row.id, table.key == key))
            if not gone.rowcount:
                raise NotFound(f"logged model {model_id!r} has no tag {key!r}")

        self._change(model_id, work)

    def log_logged_model_params(self, model_id: str, params: Mapping[str, str]) -> None:
        checked = check_params(params)
        self._change(model_id, lambda connection, row: add_params(connection, row, checked))

    def log_model_metrics(self, run_id: str, metrics: Sequence[ModelMetric]) -> None:
        points = [attrs.evolve(check_model_metric(metric), run_id=run_id) for metric in metrics]

        def work(connection: sa.Connection) -> None:
            runs.lock(connection, run_id)
            rows = logged_model_rows.writable(connection, list(dict.fromkeys(point.model_id for point in points)))
            for model_id in add_points(connection, {model_id: row.id for model_id, row in rows.items()}, points):
                _note(connection, rows[model_id], ChangeKind.METRICS)

        self._database.write(work)

    def log_model_inputs(self, run_id: str, models: Sequence[ModelInput]) -> None:
        self._log_models(run_id, {check_logged_model_id(model.model_id): 0 for model in models}, produced=False)

    def log_model_outputs(self, run_id: str, models: Sequence[ModelOutput]) -> None:
        steps = {
            check_logged_model_id(model.model_id): check_integer(model.step, "step of a model") for model in models
        }
        self._log_models(run_id, steps, produced=True)

    def _log_models(self, run_id: str, steps: Mapping[str, int], *, produced: bool) -> None:
        def work(connection: sa.Connection) -> None:
            row = runs.lock(connection, run_id)
            run_models.add(connection, row.id, steps, produced=produced)
            runs.note(connection, row, ChangeKind.UPDATED)

        self._database.write(work)

    def _change(self, model_id: str, work: Callable[[sa.Connection, Any], None], **fields: Any) -> LoggedModel:
        """Do work on a model that may be written to; the model as it is then."""

        def change(connection: sa.Connection) -> LoggedModel:
            row = logged_model_rows.writable(connection, [model_id])[model_id]
            work(connection, row)
            _touch(connection, row, ChangeKind.UPDATED, **fields)
            return logged_model_rows.complete(connection, [logged_model_rows.present(connection, model_id)])[0]

        return self._database.write(change)


def _create(
    connection: sa.Connection,
    experiment_id: str,
    values: Mapping[str, Any],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> LoggedModel:
    model_id = values["model_id"]
    if logged_model_rows.find(connection, model_id) is None:
        _insert(connection, experiment_id, values, params, tags)
    row = logged_model_rows.find(connection, model_id)
    if row is None:
        raise NotFound(f"experiment {experiment_id!r} was erased in this moment")
    if str(row.experiment) != experiment_id:
        raise AlreadyExists(f"a logged model {model_id!r} exists already, in another experiment")
    return logged_model_rows.complete(connection, [row])[0]


def _insert(
    connection: sa.Connection,
    experiment_id: str,
    values: Mapping[str, Any],
    params: Mapping[str, str],
    tags: Mapping[str, str],
) -> None:
    experiment = experiments.active_number(connection, experiment_id)
    root = experiments.location(connection, experiment)
    time = now()
    row = {
        **values,
        "experiment": experiment,
        "artifact_uri": root.join("models", values["model_id"], "artifacts").text,
        "status": LoggedModelStatus.PENDING.value,
        "status_message": "",
        "creation_time": time,
        "last_update_time": time,
    }
    if insert_new(connection, logged_models, row):
        made = logged_model_rows.find(connection, values["model_id"])
        assert made is not None
        add_params(connection, made, params)
        set_tags(connection, made.id, tags)
        _note(connection, made, ChangeKind.CREATED)


def _purge(connection: sa.Connection, model_ids: Sequence[str]) -> None:
    found = logged_model_rows.lock_all(connection, model_ids)
    for model_id in model_ids:
        if model_id not in found:
            raise logged_model_rows.missing(model_id)
        row = found[model_id]
        if row.deleted_time is None and row.experiment_deleted_time is None:
            raise InvalidState(f"logged model {model_id!r} is active; delete it first")
    # What else a model has goes with it by its foreign keys.
    for part in chunks([row.id for row in found.values()]):
        connection.execute(logged_models.delete().where(logged_models.c.id.in_(part)))
    for row in found.values():
        _note(connection, row, ChangeKind.DELETED)


def _touch(connection: sa.Connection, row: Any, kind: ChangeKind, **fields: Any) -> None:
    change = logged_models.update().where(logged_models.c.id == row.id)
    connection.execute(change.values(last_update_time=now(), **fields))
    _note(connection, row, kind)


def _note(connection: sa.Connection, row: Any, kind: ChangeKind) -> None:
    changes.note(connection, Subject.LOGGED_MODEL, row.model_id, kind, row.experiment)
