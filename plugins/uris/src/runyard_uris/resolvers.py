"""Resolves `runs:` and `models:` to where the artifacts lie."""

from __future__ import annotations

from typing import Any

import attrs

from runyard.entities import ModelStage, ModelVersion
from runyard.errors import InvalidInput, NotFound
from runyard.host import Host
from runyard.protocols.logged_models import KeepsLoggedModels, logged_model_at
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import capability
from runyard.registry_history import LATEST, parse_time
from runyard.uris import Uri, artifact_path
from runyard.validation import check_alias, check_model_name, check_run_id, check_stage, is_logged_model_id

RUN_FORM = "runs:/RUN_ID/PATH, where PATH may be left out"
MODEL_FORMS = (
    "models:/MODEL_ID, models:/NAME/3, models:/NAME/latest, models:/NAME/Production, models:/NAME@ALIAS"
    " or models:/NAME@ALIAS?at=2026-03-01"
)
AT = "?at="


def resolve_run(uri: Uri, host: Host) -> Uri:
    """Where an artifact of a run lies: in the logged model that the path begins with, else in the run's own folder.

    Raises:
        InvalidInput: it does not read `runs:/RUN_ID/PATH`, or the path leads out of the run.
        NotFound: there is no such run.
    """
    run_id, _, path = _rest(uri, RUN_FORM).partition("/")
    below = artifact_path(path)
    store = host.tracking_store()
    run = store.get_run(check_run_id(run_id)).info
    root = run.artifact_uri
    found = logged_model_at(store, run, below)
    if found is not None:
        root, below = found[0].artifact_uri, found[1]
    return Uri.parse(root, relative_to=host.settings.root).join(below)


def resolve_model(uri: Uri, host: Host) -> Uri:
    """Where the files of a logged model or of a registered model's version lie.

    Raises:
        InvalidInput: it has none of the forms, or a path in it leads out of the model.
        NotFound: there is no such model, version, stage or alias, or there was none then.
    """
    asked = LoggedModelUri.parse(uri) or ModelUri.parse(uri)
    return Uri.parse(asked.location(host), relative_to=host.settings.root).join(asked.path)


@attrs.frozen
class LoggedModelUri:
    """What a `models:` URI asks for that begins with the id of a logged model; and a path below."""

    model_id: str
    path: str = ""

    @classmethod
    def parse(cls, uri: Uri) -> LoggedModelUri | None:
        """None where it asks for a registered model: one may be named like an id, and is meant with a version."""
        model_id, _, path = _rest(uri, MODEL_FORMS).partition("/")
        if not is_logged_model_id(model_id) or _which(path.partition("/")[0]):
            return None
        return cls(model_id, artifact_path(path))

    def location(self, host: Host) -> str:
        store = capability(host.tracking_store(), KeepsLoggedModels)  # type: ignore[type-abstract]
        return store.get_logged_model(self.model_id).artifact_uri


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
    def parse(cls, uri: Uri) -> ModelUri:
        rest, is_past, time = _rest(uri, MODEL_FORMS).partition(AT)
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
            raise _not_understood(uri, MODEL_FORMS)
        if is_past and "alias" not in which:
            raise InvalidInput(f"{uri} asks for an earlier time, which goes with an alias or latest only")
        at = parse_time(time) if is_past else None
        return cls(name=check_model_name(name), at=at, path=artifact_path("/".join(path)), **which)

    def location(self, host: Host) -> str:
        return self.find(host.registry_store()).location

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


def _rest(uri: Uri, forms: str) -> str:
    """What follows `scheme:/`."""
    rest = uri.text.partition(":")[2]
    if not rest.startswith("/") or rest.startswith("//") or len(rest) == 1:
        raise _not_understood(uri, forms)
    return rest[1:]


def _not_understood(uri: Uri, forms: str) -> InvalidInput:
    return InvalidInput(f"cannot read {uri}; write {forms}")
