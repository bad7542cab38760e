"""Changes of registered models, each with its entry in the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from runyard.entities import RegistryChange
from runyard.errors import AlreadyExists
from runyard_store_sql import registry_versions
from runyard_store_sql.registry_history import Change, highest_model, highest_number
from runyard_store_sql.schema import model_versions, registered_model_tags, registered_models
from runyard_store_sql.statements import upsert


def create(
    connection: sa.Connection, name: str, tags: Mapping[str, str], description: str, user_id: str | None
) -> None:
    """A new model; it goes on counting where an earlier one of the name stopped."""
    fields: dict[str, Any] = {
        "name": name,
        "description": description,
        "creation_time": 0,
        "last_update_time": 0,
        "last_version": 0,
    }
    if connection.dialect.name == "sqlite":
        # SQLite gives the number of the last row again once it is deleted, and with it that model's history.
        newest = connection.execute(sa.select(sa.func.max(registered_models.c.id))).scalar() or 0
        fields["id"] = 1 + max(newest, highest_model(connection))
    _claim(connection, name, registered_models.insert().values(fields))
    change = Change.of(connection, name, user_id)
    change.take_name(name)
    _update(
        change,
        creation_time=change.now,
        last_update_time=change.now,
        last_version=highest_number(connection, name),
    )
    change.note(RegistryChange.CREATED, new=name)
    change.note(RegistryChange.DESCRIPTION, new=description or None)
    set_tags(change, tags)


def rename(change: Change, name: str) -> None:
    connection, model = change.connection, change.model
    _claim(connection, name, registered_models.update().where(registered_models.c.id == model.id).values(name=name))
    change.take_name(name)
    _update(
        change,
        last_update_time=change.now,
        last_version=max(model.last_version, highest_number(connection, name)),
    )
    connection.execute(
        model_versions.update().where(model_versions.c.model == model.id).values(last_update_time=change.now)
    )
    change.note(RegistryChange.RENAMED, old=model.name, new=name)


def describe(change: Change, description: str) -> None:
    _update(change, description=description, last_update_time=change.now)
    change.note(RegistryChange.DESCRIPTION, old=change.model.description or None, new=description or None)


def delete(change: Change) -> None:
    """Delete a model with all that belongs to it; every version that goes is in the history."""
    of_model = model_versions.c.model == change.model.id
    versions = change.connection.execute(sa.select(model_versions.c.version).where(of_model)).scalars()
    for version in sorted(versions):
        registry_versions.delete(change, version)
    change.connection.execute(registered_models.delete().where(registered_models.c.id == change.model.id))
    change.note(RegistryChange.DELETED, old=change.model.name)


def set_tags(change: Change, tags: Mapping[str, str]) -> None:
    known = _tags(change)
    for key, value in tags.items():
        change.note(RegistryChange.TAG, subject=key, old=known.get(key), new=value)
    rows = [{"model": change.model.id, "key": key, "value": value} for key, value in tags.items()]
    upsert(change.connection, registered_model_tags, rows)


def delete_tag(change: Change, key: str) -> None:
    change.note(RegistryChange.TAG, subject=key, old=_tags(change).get(key))
    of_model = registered_model_tags.c.model == change.model.id
    change.connection.execute(registered_model_tags.delete().where(of_model, registered_model_tags.c.key == key))


def _tags(change: Change) -> dict[str, str]:
    columns = registered_model_tags.c
    query = sa.select(columns.key, columns.value).where(columns.model == change.model.id)
    return {row.key: row.value for row in change.connection.execute(query)}


def _claim(connection: sa.Connection, name: str, statement: sa.Insert | sa.Update) -> None:
    """Write the row that takes a name; two that try at once are told apart by the database."""
    try:
        connection.execute(statement)
    except exc.IntegrityError as error:
        raise AlreadyExists(f"a registered model {name!r} exists already; choose another name") from error


def _update(change: Change, **fields: Any) -> None:
    connection = change.connection
    connection.execute(registered_models.update().where(registered_models.c.id == change.model.id).values(fields))
