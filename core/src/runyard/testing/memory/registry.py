"""The reference of a model registry: plain dictionaries under one lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from runyard.entities import (
    ChangeKind,
    Changes,
    ModelStage,
    ModelVersion,
    Page,
    RegisteredModel,
    RegistryChange,
    RegistryEvent,
    Subject,
)
from runyard.errors import AlreadyExists, InvalidInput, NotFound
from runyard.protocols.registry import ModelQuery
from runyard.registry_history import LATEST, concerns, past_version
from runyard.settings import Settings
from runyard.testing.memory.changes import ChangeLog
from runyard.testing.memory.paging import page_of
from runyard.testing.memory.registry_search import search_models, search_versions
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


def open_store(uri: Uri, settings: Settings) -> MemoryRegistryStore:
    """An empty registry; a host keeps the one it opened, so that a URI means the same registry again."""
    del uri, settings
    return MemoryRegistryStore()


@attrs.define
class Model:
    """What the reference keeps of a registered model; `versions` hold no aliases."""

    number: int
    name: str
    created: int
    updated: int
    last_version: int
    description: str = ""
    tags: dict[str, str] = attrs.field(factory=dict)
    versions: dict[int, ModelVersion] = attrs.field(factory=dict)
    aliases: dict[str, int] = attrs.field(factory=dict)


class MemoryRegistryStore:
    """Keeps registered models in memory."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._models: dict[str, Model] = {}
        self._events: list[tuple[int, RegistryEvent]] = []  # with the model's number
        self._count = 0
        self._changes = ChangeLog()

    # --- models ---------------------------------------------------------------------------------------------------

    def create_registered_model(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> RegisteredModel:
        check_text(check_model_name(name), "model name")
        kept = self._checked_tags(tags)
        check_text(description, "description")
        check_reference(user_id, "user id")
        with self._lock:
            self._check_free(name)
            self._count += 1
            now = self._now(name)
            model = Model(self._count, name, now, now, self._last_number(name))
            self._models[name] = model
            self._note(model, RegistryChange.CREATED, now, user_id, new=name)
            self._describe(model, None, description, now, user_id)
            self._tag(model, None, kept, user_id)
            self._tell(name, ChangeKind.CREATED)
            return self._model(model)

    def get_registered_model(self, name: str) -> RegisteredModel:
        with self._lock:
            return self._model(self._find(name))

    def search_registered_models(self, query: ModelQuery) -> Page[RegisteredModel]:
        with self._lock:
            models = [self._model(model) for model in self._models.values()]
        return search_models(models, query)

    def rename_registered_model(self, name: str, new_name: str, *, user_id: str | None = None) -> RegisteredModel:
        check_text(check_model_name(new_name), "model name")
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            if new_name == name:
                return self._model(model)
            self._check_free(new_name)
            now = max(self._now(name), self._now(new_name))
            self._models[new_name] = self._models.pop(name)
            model.name, model.updated = new_name, now
            model.last_version = max(model.last_version, self._last_number(new_name))
            model.versions = {
                number: attrs.evolve(version, name=new_name, last_updated_timestamp=now)
                for number, version in model.versions.items()
            }
            self._note(model, RegistryChange.RENAMED, now, user_id, old=name, new=new_name)
            self._tell(name, ChangeKind.DELETED)
            self._tell(new_name, ChangeKind.CREATED)
            return self._model(model)

    def update_registered_model(self, name: str, *, description: str, user_id: str | None = None) -> RegisteredModel:
        check_text(description, "description")
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            model.updated = self._now(name)
            self._describe(model, None, description, model.updated, user_id)
            self._tell(name)
            return self._model(model)

    def delete_registered_model(self, name: str, *, user_id: str | None = None) -> None:
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            now = self._now(name)
            for version in sorted(model.versions):
                self._drop_version(model, version, now, user_id)
            self._note(model, RegistryChange.DELETED, now, user_id, old=name)
            del self._models[name]
            self._tell(name, ChangeKind.DELETED)

    def set_registered_model_tag(self, name: str, key: str, value: str, *, user_id: str | None = None) -> None:
        kept = self._checked_tags({key: value})
        check_reference(user_id, "user id")
        with self._lock:
            self._tag(self._find(name), None, kept, user_id)
            self._tell(name)

    def delete_registered_model_tag(self, name: str, key: str, *, user_id: str | None = None) -> None:
        check_reference(user_id, "user id")
        with self._lock:
            self._tag(self._find(name), None, {key: None}, user_id)
            self._tell(name)

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
        check_source(source)
        if storage_location is not None:
            check_source(storage_location)
        for value, what in ((run_id, "run id"), (model_id, "model id"), (user_id, "user id")):
            check_reference(value, what)
        check_text(run_link or "", "run link")
        check_text(description, "description")
        kept = self._checked_tags(tags)
        with self._lock:
            model = self._find(name)
            now = self._now(name)
            model.updated, model.last_version = now, model.last_version + 1
            version = ModelVersion(
                name=name,
                version=model.last_version,
                creation_timestamp=now,
                last_updated_timestamp=now,
                source=source,
                storage_location=storage_location,
                run_id=run_id,
                run_link=run_link,
                user_id=user_id,
                model_id=model_id,
            )
            model.versions[version.version] = version
            self._note(model, RegistryChange.CREATED, now, user_id, version=version.version, new=source)
            self._describe(model, version, description, now, user_id)
            self._tag(model, version.version, kept, user_id)
            self._tell(name)
            return self._version(model, version.version)

    def get_model_version(self, name: str, version: int) -> ModelVersion:
        with self._lock:
            return self._version(self._find(name), version)

    def search_model_versions(self, query: ModelQuery) -> Page[ModelVersion]:
        with self._lock:
            versions = [self._version(model, number) for model in self._models.values() for number in model.versions]
        return search_versions(versions, query)

    def get_latest_versions(self, name: str, stages: Sequence[ModelStage] = ()) -> list[ModelVersion]:
        with self._lock:
            return self._latest(self._find(name), stages)

    def update_model_version(
        self, name: str, version: int, *, description: str, user_id: str | None = None
    ) -> ModelVersion:
        check_text(description, "description")
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            self._describe(model, self._version(model, version), description, self._now(name), user_id)
            self._tell(name)
            return self._version(model, version)

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
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            self._version(model, version)
            model.updated = now = self._now(name)
            if archive_existing_versions:
                for number, other in sorted(model.versions.items()):
                    if other.current_stage is stage and number != version:
                        self._move(model, number, ModelStage.ARCHIVED, now, user_id)
            self._move(model, version, stage, now, user_id)
            self._tell(name)
            return self._version(model, version)

    def delete_model_version(self, name: str, version: int, *, user_id: str | None = None) -> None:
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            self._version(model, version)
            model.updated = self._now(name)
            self._drop_version(model, version, model.updated, user_id)
            self._tell(name)

    def set_model_version_tag(
        self, name: str, version: int, key: str, value: str, *, user_id: str | None = None
    ) -> None:
        kept = self._checked_tags({key: value})
        check_reference(user_id, "user id")
        with self._lock:
            self._tag(self._find(name), version, kept, user_id)
            self._tell(name)

    def delete_model_version_tag(self, name: str, version: int, key: str, *, user_id: str | None = None) -> None:
        check_reference(user_id, "user id")
        with self._lock:
            self._tag(self._find(name), version, {key: None}, user_id)
            self._tell(name)

    # --- aliases and history --------------------------------------------------------------------------------------

    def set_registered_model_alias(self, name: str, alias: str, version: int, *, user_id: str | None = None) -> None:
        check_alias(alias)
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            self._version(model, version)
            self._point(model, alias, version, self._now(name), user_id)
            self._tell(name)

    def delete_registered_model_alias(self, name: str, alias: str, *, user_id: str | None = None) -> None:
        check_reference(user_id, "user id")
        with self._lock:
            model = self._find(name)
            self._point(model, alias, None, self._now(name), user_id)
            self._tell(name)

    def get_model_version_by_alias(self, name: str, alias: str, *, at: int | None = None) -> ModelVersion:
        with self._lock:
            if at is not None:
                past = past_version(self._histories(name), name, alias, at)
                return past.as_it_was(self.get_model_version(past.name, past.version))
            model = self._find(name)
            number = max(model.versions, default=None) if alias.lower() == LATEST else model.aliases.get(alias)
            if number is None:
                known = ", ".join(sorted(model.aliases)) or "none"
                raise NotFound(f"model {name!r} has no alias {alias!r} (aliases: {known})")
            return self._version(model, number)

    def history(
        self, name: str, *, version: int | None = None, max_results: int = 1000, page_token: str | None = None
    ) -> Page[RegistryEvent]:
        with self._lock:
            numbers = [number for number, last in self._last_names().items() if last == name]
            if not numbers:
                raise NotFound(f"there never was a registered model {name!r}, or it bears another name now")
            events = [(index, event) for index, (number, event) in enumerate(self._events) if number in numbers]
        found = [(index, event) for index, event in events if version is None or concerns(event, version)]
        page = page_of(found, max_results, page_token, lambda item: [item[0]], _is_later)
        return Page([event for _, event in page], page.token)

    def changes(self, since: int | None = None, *, max_results: int = 1000) -> Changes:
        with self._lock:
            return self._changes.since(since, max_results)

    def close(self) -> None:
        """Nothing is open."""

    # --- inside ---------------------------------------------------------------------------------------------------

    def _tell(self, name: str, kind: ChangeKind = ChangeKind.UPDATED) -> None:
        self._changes.note(Subject.MODEL, name, kind)

    def _find(self, name: str) -> Model:
        try:
            return self._models[name]
        except KeyError:
            raise NotFound(f"no registered model {name!r}") from None

    def _check_free(self, name: str) -> None:
        if name in self._models:
            raise AlreadyExists(f"a registered model {name!r} exists already")

    def _model(self, model: Model) -> RegisteredModel:
        return RegisteredModel(
            name=model.name,
            creation_timestamp=model.created,
            last_updated_timestamp=model.updated,
            description=model.description,
            tags=dict(model.tags),
            aliases=dict(sorted(model.aliases.items())),
            latest_versions=self._latest(model),
        )

    def _version(self, model: Model, version: int) -> ModelVersion:
        try:
            found = model.versions[version]
        except KeyError:
            raise NotFound(f"model {model.name!r} has no version {version}") from None
        return attrs.evolve(
            found, aliases=tuple(sorted(alias for alias, target in model.aliases.items() if target == version))
        )

    def _latest(self, model: Model, stages: Sequence[ModelStage] = ()) -> list[ModelVersion]:
        highest = {version.current_stage: number for number, version in sorted(model.versions.items())}
        wanted = [stage for stage in ModelStage if stage in (stages or ModelStage)]
        return [self._version(model, highest[stage]) for stage in wanted if stage in highest]

    def _now(self, name: str) -> int:
        """The time, never before the last event of the name: the order of events is the order of their times."""
        last = max((event.timestamp for _, event in self._events if event.name == name), default=0)
        return max(time.time_ns() // 1_000_000, last)

    def _last_number(self, name: str) -> int:
        """The highest version that any model had while it bore a name."""
        numbers = {number for number, event in self._events if event.name == name}
        return max((event.version or 0 for number, event in self._events if number in numbers), default=0)

    def _last_names(self) -> dict[int, str]:
        return {number: event.name for number, event in self._events}

    def _histories(self, name: str) -> list[list[RegistryEvent]]:
        numbers = sorted({number for number, event in self._events if event.name == name})
        return [[event for number, event in self._events if number == wanted] for wanted in numbers]

    def _note(
        self,
        model: Model,
        change: RegistryChange,
        now: int,
        user_id: str | None,
        **fields: Any,
    ) -> None:
        event = RegistryEvent(name=model.name, change=change, timestamp=now, user_id=user_id, **fields)
        self._events.append((model.number, event))

    def _describe(
        self, model: Model, version: ModelVersion | None, description: str, now: int, user_id: str | None
    ) -> None:
        old = model.description if version is None else version.description
        if version is None:
            model.description = description
        else:
            model.versions[version.version] = attrs.evolve(
                model.versions[version.version], description=description, last_updated_timestamp=now
            )
        if description != old:
            number = None if version is None else version.version
            self._note(
                model,
                RegistryChange.DESCRIPTION,
                now,
                user_id,
                version=number,
                old=old or None,
                new=description or None,
            )

    def _tag(self, model: Model, version: int | None, tags: Mapping[str, str | None], user_id: str | None) -> None:
        """Set tags, or take away those that are None."""
        known = model.tags if version is None else dict(self._version(model, version).tags)
        for key, value in tags.items():
            old = known.pop(key, None)
            if value is not None:
                known[key] = value
            if value != old:
                change, now = RegistryChange.TAG, self._now(model.name)
                self._note(model, change, now, user_id, version=version, subject=key, old=old, new=value)
        if version is not None:
            model.versions[version] = attrs.evolve(model.versions[version], tags=known)

    def _move(self, model: Model, number: int, stage: ModelStage, now: int, user_id: str | None) -> None:
        old = model.versions[number].current_stage
        model.versions[number] = attrs.evolve(model.versions[number], current_stage=stage, last_updated_timestamp=now)
        if old is not stage:
            self._note(model, RegistryChange.STAGE, now, user_id, version=number, old=old.value, new=stage.value)

    def _point(self, model: Model, alias: str, version: int | None, now: int, user_id: str | None) -> None:
        old = model.aliases.pop(alias, None)
        if version is not None:
            model.aliases[alias] = version
        if old != version:
            self._note(
                model,
                RegistryChange.ALIAS,
                now,
                user_id,
                version=old if version is None else version,
                subject=alias,
                old=None if old is None else str(old),
                new=None if version is None else str(version),
            )

    def _drop_version(self, model: Model, number: int, now: int, user_id: str | None) -> None:
        for alias in self._version(model, number).aliases:
            self._point(model, alias, None, now, user_id)
        version = model.versions.pop(number)
        self._note(model, RegistryChange.DELETED, now, user_id, version=number, old=version.source)

    @staticmethod
    def _checked_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
        kept = check_tags(tags, MAX_REGISTRY_TAG_VALUE)
        return {key: check_text(value, f"tag {key!r}") for key, value in kept.items()}


def _is_later(place: list[Any], seen: list[Any]) -> bool:
    if len(seen) != 1 or type(seen[0]) is not int:
        raise InvalidInput("not a page token of a history; use the token of the page before")
    return bool(place > seen)
