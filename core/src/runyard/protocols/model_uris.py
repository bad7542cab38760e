"""What `models:` URIs ask for: a logged model, or a version of a registered one."""

from __future__ import annotations

from typing import Any

import attrs

from runyard.entities import LoggedModel, ModelStage, ModelVersion
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore, capability
from runyard.registry_history import LATEST, parse_time
from runyard.uris import Uri, artifact_path
from runyard.validation import check_alias, check_model_name, check_stage, is_logged_model_id

MODEL_FORMS = (
    "models:/MODEL_ID, models:/NAME/3, models:/NAME/latest, models:/NAME/Production, models:/NAME@ALIAS"
    " or models:/NAME@ALIAS?at=2026-03-01"
)
AT = "?at="


@attrs.frozen
class LoggedModelUri:
    """What a `models:` URI asks for that begins with the id of a logged model; and a path below."""

    model_id: str
    path: str = ""

    @classmethod
    def parse(cls, uri: Uri) -> LoggedModelUri | None:
        """None where it asks for a registered model: one may be named like an id, and is meant with a version."""
        model_id, _, path = rest_of(uri, MODEL_FORMS).partition("/")
        if not is_logged_model_id(model_id) or _which(path.partition("/")[0]):
            return None
        return cls(model_id, artifact_path(path))

    def find(self, store: TrackingStore) -> LoggedModel:
        """The model that is meant."""
        return capability(store, KeepsLoggedModels).get_logged_model(self.model_id)  # type: ignore[type-abstract]


@attrs.frozen(kw_only=True)
class ModelUri:
    """What a `models:` URI asks for: a version, a stage, or an alias now or at a time; and a path below."""

    name: str
    version: int | None = None
    stage: ModelStage | None = None
    alias: str = ""
    at: int | None = None
    path: str = ""

    @classmethod
    def of_registered(cls, uri: Uri) -> ModelUri | None:
        """What a URI asks for of a registered model; None where it asks for a logged one."""
        return None if LoggedModelUri.parse(uri) else cls.parse(uri)

    @classmethod
    def parse(cls, uri: Uri) -> ModelUri:
        rest, is_past, time = rest_of(uri, MODEL_FORMS).partition(AT)
        segments = rest.split("/")
        head, chosen = segments[0], segments[1] if len(segments) > 1 else ""
        name, is_aliased, alias = head.rpartition("@")
        # A name may hold an @, too.
        if is_aliased and not _which(chosen):
            which: dict[str, Any] = {"alias": alias if alias.lower() == LATEST else check_alias(alias)}
            path = segments[1:]
        else:
            name, which, path = head, _which(chosen), segments[2:]
        if not which:
            raise not_understood(uri, MODEL_FORMS)
        if is_past and "alias" not in which:
            raise InvalidInput(f"{uri} asks for an earlier time, which goes with an alias or latest only")
        at = parse_time(time) if is_past else None
        return cls(name=check_model_name(name), at=at, path=artifact_path("/".join(path)), **which)

    @property
    def can_move(self) -> bool:
        """Whether it may mean another version later."""
        return self.version is None and self.at is None

    def find(self, store: RegistryStore) -> ModelVersion:
        """The version that is meant."""
        if self.version is not None:
            return store.get_model_version(self.name, self.version)
        if self.stage is None:
            return store.get_model_version_by_alias(self.name, self.alias, at=self.at)
        latest = store.get_latest_versions(self.name, [self.stage])
        if not latest:
            raise NotFound(f"model {self.name!r} has no version in stage {self.stage}")
        return latest[0]


def _which(text: str) -> dict[str, Any]:
    """What the segment after a model's name chooses, as a field of `ModelUri`; nothing where it is none of these."""
    if text.isascii() and text.isdigit():
        return {"version": int(text)} if len(text) < 18 else {}
    if text.lower() == LATEST:
        return {"alias": LATEST}
    return {"stage": check_stage(text)} if text.lower() in {stage.lower() for stage in ModelStage} else {}


def rest_of(uri: Uri, forms: str) -> str:
    """What follows `scheme:/`."""
    rest = uri.text.partition(":")[2]
    if not rest.startswith("/") or rest.startswith("//") or len(rest) == 1:
        raise not_understood(uri, forms)
    return rest[1:]


def not_understood(uri: Uri, forms: str) -> InvalidInput:
    return InvalidInput(f"cannot read {uri}; write {forms}")
