"""The part of the client that looks after versions of registered models: stages, aliases, history."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from runyard.entities import ModelStage, ModelVersion, Page, RegistryChange, RegistryEvent
from runyard.errors import AlreadyExists, InvalidInput, NotFound, RunyardError
from runyard.protocols.logged_models import note_version
from runyard.protocols.registry import ModelQuery
from runyard.query import Comparison, Filter, Identifier, Kind, Operator
from runyard.query.tree import Target
from runyard.tracking.connection import now
from runyard.tracking.logged_models import LoggedModels
from runyard.tracking.search import everything, parsed
from runyard.validation import MAX_REGISTRY_TAG_VALUE, check_alias, check_tags, is_logged_model_id


class ModelVersions(LoggedModels):
    """Versions of registered models. Versions are numbers; text such as "3" is understood."""

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int | None = 300,  # noqa: ARG002 - MLflow's; a version is ready when it is there
        model_id: str | None = None,
    ) -> ModelVersion:
        """The next version of a registered model; what is known of its logged model is filled in.

        Raises:
            NotFound: there is no such registered model, or no such logged model.
        """
        named = logged_model_in(source)
        if named is not None and model_id not in {None, named}:
            raise InvalidInput(
                f"source {source} is another logged model than model_id {model_id}; leave one of them out"
            )
        model_id = model_id or named
        if model_id is not None and run_id is None:
            run_id = self.get_logged_model(model_id).source_run_id
        version = self.registry.create_model_version(
            name,
            source,
            run_id=run_id,
            run_link=run_link,
            model_id=model_id,
            storage_location=self._storage_location(source),
            tags=check_tags(tags, MAX_REGISTRY_TAG_VALUE),
            description=description or "",
            user_id=self.user,
        )
        self._announce(version, RegistryChange.CREATED, new=source)
        if model_id is not None:
            self._note_on_model(model_id, version)
        return version

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Give a version of one model to another, which is created where it is missing."""
        return self._copy(self._version_at(src_model_uri), dst_name)

    def get_model_version(self, name: str, version: int | str) -> ModelVersion:
        return self.registry.get_model_version(name, version_number(version))

    def get_model_version_download_uri(self, name: str, version: int | str) -> str:
        """Where the files of a version are."""
        return self.host.resolve(self.get_model_version(name, version).location).text

    def get_model_version_stages(self, name: str, version: int | str) -> list[str]:  # noqa: ARG002 - as in MLflow
        return [stage.value for stage in ModelStage]

    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """The highest version of each of these stages, of all stages where none is given."""
        return self.registry.get_latest_versions(name, [model_stage(stage) for stage in stages or ()])

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Page[ModelVersion]:
        """One page of the versions that match a filter, those changed last first unless ordered otherwise."""
        condition, order = parsed(Target.VERSIONS, filter_string, order_by or ["last_updated_timestamp DESC"])
        return self.registry.search_model_versions(
            ModelQuery(filter=condition, order_by=order, max_results=max_results, page_token=page_token)
        )

    def update_model_version(self, name: str, version: int | str, description: str | None = None) -> ModelVersion:
        """Describe a version anew; no description takes it away."""
        before = self.get_model_version(name, version)
        after = self.registry.update_model_version(
            name, before.version, description=description or "", user_id=self.user
        )
        self._announce(after, RegistryChange.DESCRIPTION, old=before.description or None, new=after.description or None)
        return after

    def transition_model_version_stage(
        self, name: str, version: int | str, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage; `archive_existing_versions` archives the others that are there."""
        target = model_stage(stage)
        before = self.get_model_version(name, version)
        others = self.versions_of(name) if archive_existing_versions else []
        after = self.registry.transition_model_version_stage(
            name,
            before.version,
            target,
            archive_existing_versions=archive_existing_versions,
            user_id=self.user,
        )
        for other in others:
            if other.version != after.version and other.current_stage is target:
                archived = self.get_model_version(name, other.version)
                self._announce(archived, RegistryChange.STAGE, old=other.current_stage, new=archived.current_stage)
        self._announce(after, RegistryChange.STAGE, old=before.current_stage, new=after.current_stage)
        return after

    def delete_model_version(self, name: str, version: int | str) -> None:
        before = self.get_model_version(name, version)
        self.registry.delete_model_version(name, before.version, user_id=self.user)
        self._announce(before, RegistryChange.DELETED, old=before.source)

    def set_model_version_tag(
        self, name: str, version: int | str | None = None, key: str = "", value: Any = None, stage: str | None = None
    ) -> None:
        """Tag a version, given by its number or as the latest one of a stage."""
        before = self.get_model_version(name, self._number(name, version, stage))
        for tag, text in check_tags({key: value}, MAX_REGISTRY_TAG_VALUE).items():
            self.registry.set_model_version_tag(name, before.version, tag, text, user_id=self.user)
            self._announce_tag(before, tag)

    def delete_model_version_tag(
        self, name: str, version: int | str | None = None, key: str = "", stage: str | None = None
    ) -> None:
        """Take a tag away; one that is not there is no event."""
        before = self.get_model_version(name, self._number(name, version, stage))
        self.registry.delete_model_version_tag(name, before.version, key, user_id=self.user)
        self._announce_tag(before, key)

    def set_registered_model_alias(self, name: str, alias: str, version: int | str) -> None:
        """Point an alias to a version; from another one it is taken away."""
        target = self.get_model_version(name, version)
        earlier = self._pointed_at(name, check_alias(alias))
        self.registry.set_registered_model_alias(name, alias, target.version, user_id=self.user)
        after = self.get_model_version(name, target.version)
        old = None if earlier is None else str(earlier)
        self._announce(after, RegistryChange.ALIAS, subject=alias, old=old, new=str(after.version))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Take an alias away; one that is not there is no error."""
        earlier = self._pointed_at(name, alias)
        self.registry.delete_registered_model_alias(name, alias, user_id=self.user)
        if earlier is not None:
            version = self.get_model_version(name, earlier)
            self._announce(version, RegistryChange.ALIAS, subject=alias, old=str(earlier))

    def get_model_version_by_alias(self, name: str, alias: str, *, at: int | None = None) -> ModelVersion:
        """The version an alias points to, now or at an earlier time (milliseconds); `latest` is the highest."""
        return self.registry.get_model_version_by_alias(name, alias, at=at)

    def history(self, name: str, *, version: int | str | None = None) -> list[RegistryEvent]:
        """What happened to a registered model, or to one of its versions, oldest first."""
        number = None if version is None else version_number(version)
        return everything(
            lambda size, token: self.registry.history(name, version=number, max_results=size, page_token=token), None
        )

    def versions_of(self, name: str) -> list[ModelVersion]:
        """All versions of a registered model, from the highest."""
        tree = Comparison(Identifier(Kind.ATTRIBUTE, "name"), Operator.EQ, name)
        condition = Filter(f"name = {name!r}", tree)
        return everything(
            lambda size, token: self.registry.search_model_versions(
                ModelQuery(filter=condition, max_results=size, page_token=token)
            ),
            None,
        )

    def _storage_location(self, source: str) -> str | None:
        """Where the files of a version lie that is copied, whatever becomes of the names in its source."""
        if not is_version_uri(source):
            return None
        return self._version_at(source).location

    def _copy(
        self,
        source: ModelVersion,
        dst_name: str,
        tags: Mapping[str, Any] | None = None,
        description: str | None = None,
    ) -> ModelVersion:
        with suppress(AlreadyExists):
            self.registry.create_registered_model(dst_name, user_id=self.user)
        return self.create_model_version(
            dst_name,
            f"models:/{source.name}/{source.version}",
            run_id=source.run_id,
            tags={**source.tags, **(tags or {})},
            run_link=source.run_link,
            description=source.description if description is None else description,
            model_id=source.model_id,
        )

    def _version_at(self, model_uri: str) -> ModelVersion:
        name, kind, value = split_model_uri(model_uri)
        match kind:
            case "alias":
                return self.get_model_version_by_alias(name, value)
            case "version":
                return self.get_model_version(name, value)
            case _:
                latest = self.get_latest_versions(name, [value])
        if not latest:
            raise NotFound(f"registered model {name!r} has no version in stage {value}")
        return latest[0]

    def _pointed_at(self, name: str, alias: str) -> int | None:
        return self.registry.get_registered_model(name).aliases.get(alias)

    def _number(self, name: str, version: int | str | None, stage: str | None) -> int:
        if (version is None) == (stage is None):
            raise InvalidInput("give either version or stage")
        if version is not None:
            return version_number(version)
        latest = self.get_latest_versions(name, [str(stage)])
        if not latest:
            raise NotFound(f"registered model {name!r} has no version in stage {stage}")
        return latest[0].version

    def _note_on_model(self, model_id: str, version: ModelVersion) -> None:
        """Tell a logged model which version it became; the version stands without it."""
        try:
            note_version(self.logged_models, model_id, version)
        except RunyardError as error:
            name, number = version.name, version.version
            sys.stderr.write(f"runyard: version {number} of {name!r} is not noted on its logged model: {error}\n")

    def _announce_tag(self, before: ModelVersion, key: str) -> None:
        after = self.get_model_version(before.name, before.version)
        self._announce(after, RegistryChange.TAG, subject=key, old=before.tags.get(key), new=after.tags.get(key))

    def _announce(
        self,
        version: ModelVersion,
        change: RegistryChange,
        *,
        subject: str = "",
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        """Tell listeners of a change that is done; what changed nothing is no event."""
        if old == new:
            return
        event = RegistryEvent(
            name=version.name,
            change=change,
            timestamp=now(),
            user_id=self.user,
            version=version.version,
            subject=subject,
            old=old,
            new=new,
        )
        self.host.notify("runyard_model_version_changed", version=version, event=event)


def logged_model_in(source: str) -> str | None:
    """The id in `models:/m-…`, a source that is a logged model as a whole; None for every other one."""
    scheme, _, path = source.partition(":")
    model_id = path.lstrip("/")
    return model_id if scheme == "models" and is_logged_model_id(model_id) else None


def split_model_uri(uri: str) -> tuple[str, str, str]:
    """The name in a `models:` URI, and the kind and value of what follows: a version, an alias or a stage.

    Raises:
        InvalidInput: it is none.
    """
    scheme, _, path = uri.partition(":")
    name, slash, version = path.lstrip("/").partition("/")
    model, at, alias = name.partition("@")
    if scheme == "models" and model and alias and at and not slash:
        return model, "alias", alias
    if scheme == "models" and name and version and not at and "/" not in version:
        kind = "version" if version.isdigit() else "alias" if version.lower() == "latest" else "stage"
        return name, kind, version
    raise InvalidInput(f"not a model version: {uri!r}; write models:/NAME/3, models:/NAME@ALIAS or models:/NAME/Stage")


def is_version_uri(uri: str) -> bool:
    """Whether a URI names a version of a registered model."""
    try:
        split_model_uri(uri)
    except InvalidInput:
        return False
    return True


def version_number(version: int | str) -> int:
    text = str(version)
    if isinstance(version, bool) or not (text.isascii() and text.isdigit()):
        raise InvalidInput(f"a version is a number, such as 3, got {version!r}")
    return int(text)


def model_stage(stage: str) -> ModelStage:
    """A stage by name, in upper or lower case."""
    for known in ModelStage:
        if known.lower() == str(stage).lower():
            return known
    raise InvalidInput(f"not a stage: {stage!r}; there are {', '.join(ModelStage)}")
