"""The part of the client that looks after registered models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from runyard.entities import ModelVersion, Page, RegisteredModel, RegistryChange
from runyard.errors import AlreadyExists
from runyard.protocols.registry import ModelQuery
from runyard.query.tree import Target
from runyard.tracking.model_versions import ModelVersions
from runyard.tracking.search import parsed
from runyard.validation import MAX_REGISTRY_TAG_VALUE, check_model_name, check_tags


class RegisteredModels(ModelVersions):
    """Registered models and their versions; the changes are noted with the user who made them."""

    def create_registered_model(
        self, name: str, tags: Mapping[str, Any] | None = None, description: str | None = None
    ) -> RegisteredModel:
        return self.registry.create_registered_model(
            check_model_name(name),
            tags=check_tags(tags, MAX_REGISTRY_TAG_VALUE),
            description=description or "",
            user_id=self.user,
        )

    def get_registered_model(self, name: str) -> RegisteredModel:
        return self.registry.get_registered_model(name)

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: Sequence[str] | None = None,
        page_token: str | None = None,
    ) -> Page[RegisteredModel]:
        """One page of the registered models that match a filter, by name unless ordered otherwise."""
        condition, order = parsed(Target.MODELS, filter_string, order_by)
        return self.registry.search_registered_models(
            ModelQuery(filter=condition, order_by=order, max_results=max_results, page_token=page_token)
        )

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Rename a model; its versions and its history go with it."""
        return self.registry.rename_registered_model(name, check_model_name(new_name), user_id=self.user)

    def update_registered_model(self, name: str, description: str | None = None) -> RegisteredModel:
        """Describe a model anew; no description takes it away."""
        return self.registry.update_registered_model(name, description=description or "", user_id=self.user)

    def delete_registered_model(self, name: str) -> None:
        """Delete a model with its versions; its history stays."""
        versions = self.versions_of(name)
        self.registry.delete_registered_model(name, user_id=self.user)
        for version in reversed(versions):
            self._announce(version, RegistryChange.DELETED, old=version.source)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        for tag, text in check_tags({key: value}, MAX_REGISTRY_TAG_VALUE).items():
            self.registry.set_registered_model_tag(name, tag, text)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self.registry.delete_registered_model_tag(name, key)

    def register_model(self, model_uri: str, name: str, *, tags: Mapping[str, Any] | None = None) -> ModelVersion:
        """Register what lies at a URI as the next version of a model, which is created where it is missing."""
        scheme, _, rest = str(model_uri).partition(":")
        if scheme == "models":
            return self.copy_model_version(model_uri, name)
        run_id = rest.lstrip("/").partition("/")[0] if scheme == "runs" else None
        source = self.host.resolve(model_uri).text
        with suppress(AlreadyExists):
            self.create_registered_model(name)
        return self.create_model_version(name, source, run_id=run_id, tags=tags)
