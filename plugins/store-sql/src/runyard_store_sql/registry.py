"""The model registry on SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from runyard.entities import (
    ChangeKind,
    Changes,
    ModelStage,
    ModelVersion,
    Page,
    RegisteredModel,
    RegistryEvent,
    Subject,
)
from runyard.errors import NotFound
from runyard.protocols.registry import ModelQuery
from runyard.registry_history import past_version
from runyard.settings import Settings
from runyard.uris import Uri
from runyard.validation import (
    MAX_REGISTRY_TAG_VALUE,
    check_alias,
    check_archiving,
    check_model_name,
    check_reference,
    check_source,
    check_tags,
    check_text,
)
from runyard_store_sql import (
    changes,
    changes_reading,
    registry_history,
    registry_models,
    registry_rows,
    registry_search,
    registry_versions,
)
from runyard_store_sql.engine import Database, close_engine, open_engine
from runyard_store_sql.registry_history import Change

ResultT = TypeVar("ResultT")


def open_store(uri: Uri, settings: Settings) -> SqlRegistryStore:
    """The model registry in the database at a URI."""
    return SqlRegistryStore(open_engine(uri, settings))


class SqlRegistryStore:
    """Keeps registered models in a database; a change and its history are one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- models ---------------------------------------------------------------------------------------------------

    def create_registered_model(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> RegisteredModel:
        _check_name(name)
        kept = _check_tags(tags)
        check_text(description, "description")
        check_reference(user_id, "user id")

        def work(connection: sa.Connection) -> RegisteredModel:
            registry_models.create(connection, name, kept, description, user_id)
            changes.note(connection, Subject.MODEL, name, ChangeKind.CREATED)
            return _model(connection, name)

        return self._database.write(work)

    def get_registered_model(self, name: str) -> RegisteredModel:
        with self._database.read() as connection:
            return _model(connection, name)

    def search_registered_models(self, query: ModelQuery) -> Page[RegisteredModel]:
        with self._database.read() as connection:
            return registry_search.search_models(connection, query)

    def rename_registered_model(self, name: str, new_name: str, *, user_id: str | None = None) -> RegisteredModel:
        _check_name(new_name)

        def work(change: Change) -> RegisteredModel:
            if new_name != name:
                registry_models.rename(change, new_name)
                changes.note(change.connection, Subject.MODEL, name, ChangeKind.DELETED)
                changes.note(change.connection, Subject.MODEL, new_name, ChangeKind.CREATED)
            return _model(change.connection, new_name)

        return self._change(name, user_id, work, None)

    def update_registered_model(self, name: str, *, description: str, user_id: str | None = None) -> RegisteredModel:
        check_text(description, "description")

        def work(change: Change) -> RegisteredModel:
            registry_models.describe(change, description)
            return _model(change.connection, name)

        return self._change(name, user_id, work)

    def delete_registered_model(self, name: str, *, user_id: str | None = None) -> None:
        self._change(name, user_id, registry_models.delete, ChangeKind.DELETED)

    def set_registered_model_tag(self, name: str, key: str, value: str, *, user_id: str | None = None) -> None:
        kept = _check_tags({key: value})
        self._change(name, user_id, lambda change: registry_models.set_tags(change, kept))

    def delete_registered_model_tag(self, name: str, key: str, *, user_id: str | None = None) -> None:
        self._change(name, user_id, lambda change: registry_models.delete_tag(change, key))

    # --- versions -------------------------------------------------------------------------------------------------

    def create_model_version(
        self,
        name: str,
        source: str,
        *,
        run_id: str | None = None,
        run_link: str | None = None,
        model_id: str | None = None,
        storage_location: str | None = None,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> ModelVersion:
        check_text(description, "description")
        kept = _check_tags(tags)
        fields = {
            "source": check_source(source),
            "storage_location": storage_location and check_source(storage_location),
            "run_id": check_reference(run_id, "run id"),
            "run_link": run_link and check_text(run_link, "run link"),
            "model_id": check_reference(model_id, "model id"),
            "user_id": user_id,
        }

        def work(change: Change) -> ModelVersion:
            number = registry_versions.create(change, fields, kept, description)
            return registry_rows.one_version(change.connection, change.model, number)

        return self._change(name, user_id, work)

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        with self._database.read() as connection:
            return registry_rows.one_version(connection, registry_rows.model_row(connection, name), version)

    def search_model_versions(self, query: ModelQuery) -> Page[ModelVersion]:
        with self._database.read() as connection:
            return registry_search.search_versions(connection, query)

    def get_latest_versions(self, name: str, stages: Sequence[ModelStage] = ()) -> list[ModelVersion]:
        with self._database.read() as connection:
            latest = registry_rows.latest_versions(connection, registry_rows.model_row(connection, name))
        return [version for version in latest if not stages or version.current_stage in stages]

    def update_model_version(
        self, name: str, version: int, *, description: str, user_id: str | None = None
    ) -> ModelVersion:
        check_text(description, "description")

        def work(change: Change) -> ModelVersion:
            registry_versions.describe(change, version, description)
            return registry_rows.one_version(change.connection, change.model, version)

        return self._change(name, user_id, work)

    def transition_model_version_stage(
        self,
        name: str,
        version: int,
        stage: ModelStage,
        *,
        archive_existing_versions: bool = False,
        user_id: str | None = None,
    ) -> ModelVersion:
        check_archiving(stage, archive_existing_versions=archive_existing_versions)

        def work(change: Change) -> ModelVersion:
            registry_versions.move(change, version, stage, archive_others=archive_existing_versions)
            return registry_rows.one_version(change.connection, change.model, version)

        return self._change(name, user_id, work)

    def delete_model_version(self, name: str, version: int, *, user_id: str | None = None) -> None:
        self._change(name, user_id, lambda change: registry_versions.delete(change, version))

    def set_model_version_tag(
        self, name: str, version: int, key: str, value: str, *, user_id: str | None = None
    ) -> None:
        kept = _check_tags({key: value})
        self._change(name, user_id, lambda change: registry_versions.set_tags(change, version, kept))

    def delete_model_version_tag(self, name: str, version: int, key: str, *, user_id: str | None = None) -> None:
        self._change(name, user_id, lambda change: registry_versions.delete_tag(change, version, key))

    # --- aliases and history --------------------------------------------------------------------------------------

    def set_registered_model_alias(self, name: str, alias: str, version: int, *, user_id: str | None = None) -> None:
        check_alias(alias)
        self._change(name, user_id, lambda change: registry_versions.set_alias(change, alias, version))

    def delete_registered_model_alias(self, name: str, alias: str, *, user_id: str | None = None) -> None:
        self._change(name, user_id, lambda change: registry_versions.delete_alias(change, alias))

    def get_model_version_by_alias(self, name: str, alias: str, *, at: int | None = None) -> ModelVersion:
        with self._database.read() as connection:
            if at is None:
                return _by_alias(connection, name, alias)
            past = past_version(registry_history.histories(connection, name), name, alias, at)
            model = registry_rows.model_row(connection, past.name)
            return past.as_it_was(registry_rows.one_version(connection, model, past.version))

    def history(
        self, name: str, *, version: int | None = None, max_results: int = 1000, page_token: str | None = None
    ) -> Page[RegistryEvent]:
        with self._database.read() as connection:
            return registry_history.history(connection, name, version, max_results, page_token)

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        with self._database.read() as connection:
            return changes_reading.read(connection, (Subject.MODEL,), since, max_results)

    def close(self) -> None:
        close_engine(self._database)

    def _change(
        self,
        name: str,
        user_id: str | None,
        work: Callable[[Change], ResultT],
        kind: ChangeKind | None = ChangeKind.UPDATED,
    ) -> ResultT:
        check_reference(user_id, "user id")

        def noted(connection: sa.Connection) -> ResultT:
            result = work(Change.of(connection, name, user_id))
            if kind is not None:
                changes.note(connection, Subject.MODEL, name, kind)
            return result

        return self._database.write(noted)


def _model(connection: sa.Connection, name: str) -> RegisteredModel:
    return registry_rows.models_of(connection, [registry_rows.model_row(connection, name)])[0]


def _by_alias(connection: sa.Connection, name: str, alias: str) -> ModelVersion:
    model = registry_rows.model_row(connection, name)
    number = registry_rows.version_of_alias(connection, model, alias)
    if number is None:
        known = ", ".join(registry_rows.aliases_of(connection, model)) or "none"
        raise NotFound(f"model {name!r} has no alias {alias!r} (aliases: {known})")
    return registry_rows.one_version(connection, model, number)


def _check_name(name: str) -> None:
    check_text(check_model_name(name), "model name")


def _check_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    kept = check_tags(tags, MAX_REGISTRY_TAG_VALUE)
    return {key: check_text(value, f"tag {key!r}") for key, value in kept.items()}
