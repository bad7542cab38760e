"""What a model registry implements. `user_id` says who makes a change and goes into the history.

Names, aliases and tags are checked by `runyard.validation`. `NotFound` is raised for a model or version that does not
exist, `AlreadyExists` for a name that is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import attrs

from runyard.entities import ModelStage, ModelVersion, Page, RegisteredModel, RegistryEvent
from runyard.query import Filter, OrderBy


@attrs.frozen(kw_only=True)
class ModelQuery:
    """Which registered models or versions. Default order: name, then version from the highest."""

    filter: Filter | None = None
    order_by: Sequence[OrderBy] = ()
    max_results: int = 100
    page_token: str | None = None


class RegistryStore(Protocol):
    """Keeps registered models, their versions and who changed what. Safe to use from several threads."""

    def create_registered_model(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        description: str = "",
        user_id: str | None = None,
    ) -> RegisteredModel: ...

    def get_registered_model(self, name: str) -> RegisteredModel: ...

    def search_registered_models(self, query: ModelQuery) -> Page[RegisteredModel]: ...

    def rename_registered_model(self, name: str, new_name: str, *, user_id: str | None = None) -> RegisteredModel:
        """Rename a model; its versions and its history go with it."""

    def update_registered_model(
        self, name: str, *, description: str, user_id: str | None = None
    ) -> RegisteredModel: ...

    def delete_registered_model(self, name: str, *, user_id: str | None = None) -> None:
        """Delete a model with its versions; its history stays."""

    def set_registered_model_tag(self, name: str, key: str, value: str, *, user_id: str | None = None) -> None: ...

    def delete_registered_model_tag(self, name: str, key: str, *, user_id: str | None = None) -> None: ...

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
        """The next version; numbers start at 1 and are never used again, even after a deletion.

        `storage_location` is where its files lie, for a source that only stands for it, as `models:` does. A registry
        behind a server leaves finding it to the server.
        """

    def get_model_version(self, name: str, version: int) -> ModelVersion: ...

    def search_model_versions(self, query: ModelQuery) -> Page[ModelVersion]: ...

    def get_latest_versions(self, name: str, stages: Sequence[ModelStage] = ()) -> list[ModelVersion]:
        """The highest version of each of these stages, of all stages where none is given."""

    def update_model_version(
        self, name: str, version: int, *, description: str, user_id: str | None = None
    ) -> ModelVersion: ...

    def transition_model_version_stage(
        self,
        name: str,
        version: int,
        stage: ModelStage,
        *,
        archive_existing_versions: bool = False,
        user_id: str | None = None,
    ) -> ModelVersion:
        """Move a version to a stage; `archive_existing_versions` (Staging, Production) archives the others there."""

    def delete_model_version(self, name: str, version: int, *, user_id: str | None = None) -> None: ...

    def set_model_version_tag(
        self, name: str, version: int, key: str, value: str, *, user_id: str | None = None
    ) -> None: ...

    def delete_model_version_tag(self, name: str, version: int, key: str, *, user_id: str | None = None) -> None: ...

    def set_registered_model_alias(
        self, name: str, alias: str, version: int, *, user_id: str | None = None
    ) -> None: ...

    def delete_registered_model_alias(self, name: str, alias: str, *, user_id: str | None = None) -> None:
        """Take an alias away; one that is not there is no error."""

    def get_model_version_by_alias(self, name: str, alias: str, *, at: int | None = None) -> ModelVersion:
        """The version an alias points to, now or at an earlier time; `latest` is the highest version.

        For an earlier time the version is returned with the stage and aliases it had then; one that was deleted since
        is NotFound, named with its number.
        """

    def history(
        self, name: str, *, version: int | None = None, max_results: int = 1000, page_token: str | None = None
    ) -> Page[RegistryEvent]:
        """What happened to a model, oldest first; it outlives the model."""

    def close(self) -> None: ...
