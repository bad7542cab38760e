"""What a `models:` source means, and where the files of a version lie behind it."""

from __future__ import annotations

import attrs

from runyard.entities import LoggedModel, ModelVersion, RegistryChange
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import capability
from runyard.registry_history import LATEST
from runyard.server.service import Stores
from runyard.validation import check_logged_model_id, check_model_name, check_stage

SCHEME = "models:"
FORMS = "models:/MODEL_ID, models:/NAME/VERSION, models:/NAME/latest, models:/NAME/STAGE or models:/NAME@ALIAS"


@attrs.frozen
class LoggedModelSource:
    """`models:/MODEL_ID`."""

    model_id: str

    def find(self, stores: Stores) -> LoggedModel:
        return logged_models(stores).get_logged_model(self.model_id)


@attrs.frozen
class VersionSource:
    """`models:/NAME/VERSION`, `models:/NAME/STAGE` or `models:/NAME@ALIAS`; `models:/NAME/latest` is an alias."""

    name: str
    which: str
    is_alias: bool = False

    @property
    def number(self) -> int | None:
        return None if self.is_alias or not is_number(self.which) else int(self.which)

    def find(self, registry: RegistryStore) -> ModelVersion:
        """The version that is meant now.

        Raises:
            NotFound: there is no such model, version or stage.
            InvalidInput: there is no such alias, or what is written is no stage.
        """
        if self.number is not None:
            return registry.get_model_version(self.name, self.number)
        model = registry.get_registered_model(self.name)
        if not self.is_alias:
            stage = check_stage(self.which)
            for version in registry.get_latest_versions(self.name, [stage]):
                return version
            raise NotFound(f"No versions of model with name '{self.name}' and stage '{stage}' found")
        if self.which != LATEST and self.which not in model.aliases:
            raise InvalidInput(f"Registered model alias {self.which} not found.")
        return registry.get_model_version_by_alias(self.name, self.which)


def parse_model_source(source: str) -> LoggedModelSource | VersionSource:
    """What a `models:` URI means.

    Raises:
        InvalidInput: it has none of the forms.
    """
    rest = source[len(SCHEME) :]
    segments = rest[1:].split("/")
    if not rest.startswith("/") or len(segments) > 2 or not all(segments):
        raise InvalidInput(f"Invalid model version source: '{source}'. A models: URI reads {FORMS}.")
    if len(segments) == 2:
        is_latest = segments[1].lower() == LATEST
        return VersionSource(check_model_name(segments[0]), LATEST if is_latest else segments[1], is_alias=is_latest)
    name, mark, alias = segments[0].rpartition("@")
    if mark:
        return VersionSource(check_model_name(name), LATEST if alias.lower() == LATEST else alias, is_alias=True)
    return LoggedModelSource(check_logged_model_id(segments[0]))


def location_of(stores: Stores, source: str) -> str:
    """Where the files behind a source lie: those of a version or a logged model, else the source as it was given.

    Raises:
        NotFound: what the source stands for is gone, or leads back to itself.
    """
    seen: set[str] = set()
    while source.lower().startswith(SCHEME):
        if source in seen:
            raise NotFound(f"{source} is a copy of itself")
        seen.add(source)
        meant = parse_model_source(source)
        if isinstance(meant, LoggedModelSource):
            return meant.find(stores).artifact_uri
        source = _location_behind(stores.registry, meant)
    return source


def logged_models(stores: Stores) -> KeepsLoggedModels:
    """The tracking store as one that keeps logged models."""
    # mypy asks for a concrete type where a class is wanted, and protocols have none.
    return capability(stores.tracking, KeepsLoggedModels)  # type: ignore[type-abstract]


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _location_behind(registry: RegistryStore, meant: VersionSource) -> str:
    """The location of a version, or the source of a deleted one, for its files are still there."""
    try:
        return meant.find(registry).location
    except NotFound:
        for event in registry.history(meant.name, version=meant.number):
            if event.change is RegistryChange.CREATED and event.version == meant.number and event.new:
                return event.new
        raise
