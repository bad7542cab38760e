"""The part of the client that looks after registered models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import attrs

from runyard.entities import ModelVersion, Page, RegisteredModel, RegistryChange
from runyard.errors import AlreadyExists, InvalidInput
from runyard.protocols.logged_models import logged_model_at
from runyard.protocols.registry import ModelQuery
from runyard.query.tree import Target
from runyard.tracking.model_versions import ModelVersions, logged_model_in
from runyard.tracking.search import parsed
from runyard.uris import Uri, artifact_path
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
            self.registry.set_registered_model_tag(name, tag, text, user_id=self.user)

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        self.registry.delete_registered_model_tag(name, key, user_id=self.user)

    def register_model(
        self,
        model_uri: str,
        name: str,
        *,
        tags: Mapping[str, Any] | None = None,
        run_id: str | None = None,
        description: str | None = None,
    ) -> ModelVersion:
        """Register what lies at a URI as the next version of a model, which is created where it is missing.

        Of `runs:/RUN/NAME` and of `models:/MODEL_ID` the run and the logged model are kept with the version; `run_id`
        says the run where the URI does not. A version of another model is copied, with its description.
        """
        uri = str(model_uri)
        if uri.startswith("models:") and logged_model_in(uri) is None:
            return self._copy(self._version_at(uri), name, tags, description)
        origin = self._origin(uri)
        if run_id is not None and origin.run_id not in {None, run_id}:
            raise InvalidInput(f"{uri} is of run {origin.run_id}, not of {run_id}; leave run_id out")
        with suppress(AlreadyExists):
            self.create_registered_model(name)
        return self.create_model_version(
            name,
            origin.source,
            run_id=origin.run_id or run_id,
            model_id=origin.model_id,
            tags=tags,
            description=description,
        )

    def _origin(self, uri: str) -> _Origin:
        """What lies at a URI that is no version: a logged model, something of a run, or anything else."""
        model_id = logged_model_in(uri)
        if model_id is not None:
            return _Origin(uri, self.get_logged_model(model_id).source_run_id, model_id)
        scheme, _, rest = uri.partition(":")
        if scheme != "runs":
            return _Origin(self.host.resolve(uri).text)
        run_id, _, path = rest.lstrip("/").partition("/")
        run, path = self.get_run(run_id).info, artifact_path(path)
        found = logged_model_at(self.store, run, path)
        if found is None:
            return _Origin(self._below(run.artifact_uri, path), run_id)
        model, below = found
        source = self._below(model.artifact_uri, below) if below else model.model_uri
        return _Origin(source, run_id, model.model_id)

    def _below(self, location: str, path: str) -> str:
        return Uri.parse(location, relative_to=self.host.settings.root).join(path).text


@attrs.frozen
class _Origin:
    """Where a version's files lie, and the run and the logged model that they come from."""

    source: str
    run_id: str | None = None
    model_id: str | None = None
