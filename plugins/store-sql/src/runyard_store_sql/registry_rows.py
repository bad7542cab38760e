"""Registered models and versions, read from their rows: a page costs a few queries, however long it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from runyard.entities import ModelStage, ModelVersion, RegisteredModel
from runyard.errors import NotFound
from runyard.registry_history import LATEST
from runyard_store_sql.schema import (
    model_aliases,
    model_version_tags,
    model_versions,
    registered_model_tags,
    registered_models,
)
from runyard_store_sql.statements import chunks

MAX_PAGE = 1_000_000
MAX_VERSION = 2**31 - 1  # that the column holds

MODELS = sa.select(registered_models)
VERSIONS = sa.select(model_versions, registered_models.c.name).join_from(model_versions, registered_models)

Row = sa.Row[Any]
Key = tuple[int, int]  # a model's number and a version


def model_row(connection: sa.Connection, name: str, *, lock: bool = False) -> Row:
    """The row of a model by name, which is locked for the rest of the transaction when asked.

    Raises:
        NotFound: there is none.
    """
    query = MODELS.where(registered_models.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).first() if "\0" not in name else None
    if row is None or row.name != name:
        raise NotFound(f"no registered model {name!r}")
    return row


def version_row(connection: sa.Connection, model: Row, version: int) -> Row:
    """The row of a version.

    Raises:
        NotFound: the model has no such version.
    """
    query = VERSIONS.where(model_versions.c.model == model.id, model_versions.c.version == version)
    row = connection.execute(query).first() if 0 < version <= MAX_VERSION else None
    if row is None:
        raise NotFound(f"model {model.name!r} has no version {version}")
    return row


def models_of(connection: sa.Connection, rows: Sequence[Row]) -> list[RegisteredModel]:
    """Models with their tags, aliases and latest versions, in the order of the rows."""
    numbers = [row.id for row in rows]
    tags: dict[int, dict[str, str]] = defaultdict(dict)
    aliases: dict[int, dict[str, int]] = defaultdict(dict)
    for row in _where_in(connection, sa.select(registered_model_tags), registered_model_tags.c.model, numbers):
        tags[row.model][row.key] = row.value
    for row in _where_in(connection, sa.select(model_aliases), model_aliases.c.model, numbers):
        aliases[row.model][row.alias] = row.version
    latest = _latest(connection, numbers)
    return [
        RegisteredModel(
            name=row.name,
            creation_timestamp=row.creation_time,
            last_updated_timestamp=row.last_update_time,
            description=row.description,
            tags=dict(sorted(tags[row.id].items())),
            aliases=dict(sorted(aliases[row.id].items())),
            latest_versions=latest[row.id],
        )
        for row in rows
    ]


def versions_of(connection: sa.Connection, rows: Sequence[Row]) -> list[ModelVersion]:
    """Versions with their tags and aliases, in the order of the rows."""
    keys = [(row.model, row.version) for row in rows]
    tags: dict[Key, dict[str, str]] = defaultdict(dict)
    aliases: dict[Key, list[str]] = defaultdict(list)
    tag_key = sa.tuple_(model_version_tags.c.model, model_version_tags.c.version)
    for row in _where_in(connection, sa.select(model_version_tags), tag_key, keys):
        tags[row.model, row.version][row.key] = row.value
    numbers = sorted({model for model, _ in keys})
    for row in _where_in(connection, sa.select(model_aliases), model_aliases.c.model, numbers):
        aliases[row.model, row.version].append(row.alias)
    return [
        ModelVersion(
            name=row.name,
            version=row.version,
            creation_timestamp=row.creation_time,
            last_updated_timestamp=row.last_update_time,
            current_stage=ModelStage(row.stage),
            description=row.description,
            source=row.source,
            storage_location=row.storage_location,
            run_id=row.run_id,
            run_link=row.run_link,
            user_id=row.user_id,
            model_id=row.model_id,
            status=row.status,
            status_message=row.status_message,
            tags=dict(sorted(tags[row.model, row.version].items())),
            aliases=tuple(sorted(aliases[row.model, row.version])),
        )
        for row in rows
    ]


def one_version(connection: sa.Connection, model: Row, version: int) -> ModelVersion:
    return versions_of(connection, [version_row(connection, model, version)])[0]


def latest_versions(connection: sa.Connection, model: Row) -> list[ModelVersion]:
    """The highest version of each stage that has one."""
    return _latest(connection, [model.id])[model.id]


def version_of_alias(connection: sa.Connection, model: Row, alias: str) -> int | None:
    """The version an alias points to; `latest` is the highest."""
    query = sa.select(sa.func.max(model_versions.c.version)).where(model_versions.c.model == model.id)
    if alias.lower() != LATEST:
        return aliases_of(connection, model).get(alias)
    return connection.execute(query).scalar()


def aliases_of(connection: sa.Connection, model: Row) -> dict[str, int]:
    """The version of each alias, by alias."""
    query = sa.select(model_aliases).where(model_aliases.c.model == model.id)
    return {row.alias: row.version for row in sorted(connection.execute(query), key=lambda row: str(row.alias))}


def _latest(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[ModelVersion]]:
    highest = sa.select(model_versions.c.model, sa.func.max(model_versions.c.version).label("version")).group_by(
        model_versions.c.model, model_versions.c.stage
    )
    keys = [(row.model, row.version) for row in _where_in(connection, highest, model_versions.c.model, numbers)]
    version_key = sa.tuple_(model_versions.c.model, model_versions.c.version)
    rows = list(_where_in(connection, VERSIONS, version_key, keys))
    found: dict[int, list[ModelVersion]] = defaultdict(list)
    order = list(ModelStage)
    pairs = zip(rows, versions_of(connection, rows), strict=True)
    for row, version in sorted(pairs, key=lambda pair: order.index(pair[1].current_stage)):
        found[row.model].append(version)
    return found


def _where_in(
    connection: sa.Connection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Iterator[Row]:
    for part in chunks(values):
        yield from connection.execute(query.where(column.in_(part)))
