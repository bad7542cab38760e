"""Logged models as they are kept: found, locked and read with all that belongs to them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import LifecycleStage, LoggedModel, LoggedModelStatus, ModelMetric
from runyard.errors import InvalidState, NotFound
from runyard.protocols.logged_models import point_order
from runyard_store_sql.schema import (
    experiments,
    logged_model_metrics,
    logged_model_params,
    logged_model_tags,
    logged_models,
)
from runyard_store_sql.statements import chunks

COLUMNS = (*logged_models.c, experiments.c.deleted_time.label("experiment_deleted_time"))
SOURCE = logged_models.join(experiments, experiments.c.id == logged_models.c.experiment)

_table = logged_models.c


def find(connection: sa.Connection, model_id: str) -> Any | None:
    """The row of a model, deleted or not."""
    return connection.execute(sa.select(*COLUMNS).select_from(SOURCE).where(_table.model_id == model_id)).first()


def present(connection: sa.Connection, model_id: str, *, allow_deleted: bool = False) -> Any:
    """The row of a model, which must not be deleted itself unless that is allowed.

    Raises:
        NotFound: there is none.
    """
    row = find(connection, model_id)
    if row is None or (row.deleted_time is not None and not allow_deleted):
        raise missing(model_id, is_deleted=row is not None)
    return row


def lock_all(connection: sa.Connection, model_ids: Sequence[str]) -> dict[str, Any]:
    """The rows of those models that exist, kept from other writers until the transaction ends."""
    found: dict[str, Any] = {}
    for part in chunks(sorted(model_ids)):
        # Not in one query with the experiments, which not every database could leave unlocked.
        lock = sa.select(_table.id).where(_table.model_id.in_(part)).order_by(_table.id)
        numbers = connection.execute(lock.with_for_update(key_share=True)).scalars().all()
        query = sa.select(*COLUMNS).select_from(SOURCE).where(_table.id.in_(numbers))
        found.update((row.model_id, row) for row in connection.execute(query))
    return found


def writable(connection: sa.Connection, model_ids: Sequence[str]) -> dict[str, Any]:
    """The same of models that may be written to.

    Raises:
        NotFound: one does not exist, or is deleted.
        InvalidState: the experiment of one is deleted.
    """
    found = lock_all(connection, model_ids)
    for model_id in model_ids:
        check_writable(model_id, found.get(model_id))
    return found


def check_writable(model_id: str, row: Any) -> None:
    """Refuse a model of which there is no row, and one that may not be written to."""
    if row is None or row.deleted_time is not None:
        raise missing(model_id, is_deleted=row is not None)
    if row.experiment_deleted_time is not None:
        raise InvalidState(f"experiment '{row.experiment}' of logged model {model_id!r} is deleted; restore it first")


def missing(model_id: str, *, is_deleted: bool = False) -> NotFound:
    return NotFound(f"logged model {model_id!r} is deleted" if is_deleted else f"no logged model with id {model_id!r}")


def complete(connection: sa.Connection, rows: Sequence[Any]) -> list[LoggedModel]:
    """The models of rows that begin with `COLUMNS`, with their params, tags and points."""
    found: list[LoggedModel] = []
    for part in chunks(rows):
        numbers = [row.id for row in part]
        params = _texts(connection, logged_model_params, numbers)
        tags = _texts(connection, logged_model_tags, numbers)
        points = _points(connection, {row.id: row.model_id for row in part})
        found.extend(
            _model(row, params.get(row.id, {}), tags.get(row.id, {}), sorted(points.get(row.id, ()), key=point_order))
            for row in part
        )
    return found


def _texts(connection: sa.Connection, table: sa.Table, numbers: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    query = sa.select(table.c.model, table.c.key, table.c.value).where(table.c.model.in_(numbers))
    for model, key, value in connection.execute(query.order_by(table.c.model, table.c.key)):
        found[model][key] = value
    return found


def _points(connection: sa.Connection, ids: Mapping[int, str]) -> dict[int, list[ModelMetric]]:
    found: dict[int, list[ModelMetric]] = defaultdict(list)
    table = logged_model_metrics.c
    columns = (table.model, table.key, table.value, table.timestamp, table.step)
    query = sa.select(*columns, table.run_id, table.dataset_name, table.dataset_digest)
    for model, key, value, *rest in connection.execute(query.where(table.model.in_(list(ids)))):
        found[model].append(ModelMetric(ids[model], key, math.nan if value is None else value, *rest))
    return found


def _model(row: Any, params: Mapping[str, str], tags: Mapping[str, str], metrics: Sequence[ModelMetric]) -> LoggedModel:
    deleted = row.experiment_deleted_time if row.deleted_time is None else row.deleted_time
    return LoggedModel(
        model_id=row.model_id,
        experiment_id=str(row.experiment),
        name=row.name,
        artifact_uri=row.artifact_uri,
        creation_timestamp=row.creation_time,
        last_updated_timestamp=row.last_update_time,
        status=LoggedModelStatus(row.status),
        status_message=row.status_message,
        model_type=row.model_type,
        source_run_id=row.source_run_id,
        creator_id=row.creator_id,
        params=params,
        tags=tags,
        metrics=metrics,
        lifecycle_stage=LifecycleStage.ACTIVE if deleted is None else LifecycleStage.DELETED,
        deleted_time=deleted,
    )
