"""Changes of model versions and aliases, each with its entry in the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from runyard.entities import ModelStage, RegistryChange
from runyard_store_sql.registry_history import Change
from runyard_store_sql.registry_rows import Row, aliases_of, version_row
from runyard_store_sql.schema import model_aliases, model_version_tags, model_versions, registered_models
from runyard_store_sql.statements import upsert


def create(change: Change, fields: Mapping[str, Any], tags: Mapping[str, str], description: str) -> int:
    """The next version's number, with the version made; the model is locked, so nobody else gets it."""
    number: int = change.model.last_version + 1
    _touch(change, last_version=number)
    change.connection.execute(
        model_versions.insert().values(
            model=change.model.id,
            version=number,
            creation_time=change.now,
            last_update_time=change.now,
            stage=ModelStage.NONE.value,
            description=description,
            status="READY",
            status_message="",
            **fields,
        )
    )
    change.note(RegistryChange.CREATED, version=number, new=fields["source"])
    change.note(RegistryChange.DESCRIPTION, version=number, new=description or None)
    _write_tags(change, number, tags)
    return number


def describe(change: Change, version: int, description: str) -> None:
    row = _row(change, version)
    _update(change, version, description=description)
    change.note(RegistryChange.DESCRIPTION, version=version, old=row.description or None, new=description or None)


def move(change: Change, version: int, stage: ModelStage, *, archive_others: bool) -> None:
    """Move a version to a stage, and the others there to the archive when asked."""
    old = _row(change, version).stage
    _touch(change)
    if archive_others:
        _archive(change, stage, except_for=version)
    _update(change, version, stage=stage.value)
    change.note(RegistryChange.STAGE, version=version, old=old, new=stage.value)


def delete(change: Change, version: int) -> None:
    """Delete a version; its number stays taken, its aliases go with it."""
    row = _row(change, version)
    _touch(change)
    for alias, target in _aliases(change).items():
        if target == version:
            _point(change, alias, version, None)
    for table in (model_version_tags, model_versions):
        change.connection.execute(table.delete().where(table.c.model == change.model.id, table.c.version == version))
    change.note(RegistryChange.DELETED, version=version, old=row.source)


def set_tags(change: Change, version: int, tags: Mapping[str, str]) -> None:
    _row(change, version)
    _write_tags(change, version, tags)


def delete_tag(change: Change, version: int, key: str) -> None:
    _row(change, version)
    change.note(RegistryChange.TAG, version=version, subject=key, old=_tags(change, version).get(key))
    change.connection.execute(model_version_tags.delete().where(*_of(change, version), model_version_tags.c.key == key))


def set_alias(change: Change, alias: str, version: int) -> None:
    _row(change, version)
    _point(change, alias, _aliases(change).get(alias), version)


def delete_alias(change: Change, alias: str) -> None:
    _point(change, alias, _aliases(change).get(alias), None)


def _archive(change: Change, stage: ModelStage, *, except_for: int) -> None:
    query = sa.select(model_versions.c.version).where(
        model_versions.c.model == change.model.id,
        model_versions.c.stage == stage.value,
        model_versions.c.version != except_for,
    )
    for version in sorted(change.connection.execute(query).scalars()):
        _update(change, version, stage=ModelStage.ARCHIVED.value)
        change.note(RegistryChange.STAGE, version=version, old=stage.value, new=ModelStage.ARCHIVED.value)


def _point(change: Change, alias: str, old: int | None, new: int | None) -> None:
    if old is not None and new is None:
        change.connection.execute(
            model_aliases.delete().where(model_aliases.c.model == change.model.id, model_aliases.c.alias == alias)
        )
    if new is not None:
        upsert(change.connection, model_aliases, [{"model": change.model.id, "alias": alias, "version": new}])
    change.note(
        RegistryChange.ALIAS,
        version=old if new is None else new,
        subject=alias,
        old=None if old is None else str(old),
        new=None if new is None else str(new),
    )


def _write_tags(change: Change, version: int, tags: Mapping[str, str]) -> None:
    known = _tags(change, version)
    for key, value in tags.items():
        change.note(RegistryChange.TAG, version=version, subject=key, old=known.get(key), new=value)
    rows = [{"model": change.model.id, "version": version, "key": key, "value": value} for key, value in tags.items()]
    upsert(change.connection, model_version_tags, rows)


def _tags(change: Change, version: int) -> dict[str, str]:
    query = sa.select(model_version_tags.c.key, model_version_tags.c.value).where(*_of(change, version))
    return {row.key: row.value for row in change.connection.execute(query)}


def _of(change: Change, version: int) -> tuple[sa.ColumnElement[bool], ...]:
    return model_version_tags.c.model == change.model.id, model_version_tags.c.version == version


def _row(change: Change, version: int) -> Row:
    return version_row(change.connection, change.model, version)


def _aliases(change: Change) -> dict[str, int]:
    return aliases_of(change.connection, change.model)


def _touch(change: Change, **fields: Any) -> None:
    """The model changed, too."""
    change.connection.execute(
        registered_models.update()
        .where(registered_models.c.id == change.model.id)
        .values(last_update_time=change.now, **fields)
    )


def _update(change: Change, version: int, **fields: Any) -> None:
    change.connection.execute(
        model_versions.update()
        .where(model_versions.c.model == change.model.id, model_versions.c.version == version)
        .values(last_update_time=change.now, **fields)
    )
