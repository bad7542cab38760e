"""Registered models and their versions as requests name them and as answers show them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from runyard.entities import ModelVersion, RegisteredModel
from runyard.errors import InvalidInput, NotFound
from runyard.validation import check_model_name
from runyard_api_mlflow.call import Call

_VERSION = re.compile(r"[+-]?\d+", re.ASCII)
_MAX_DIGITS = 18


def asked_model(call: Call, field: str = "name") -> str:
    """The name of a registered model, checked."""
    return check_model_name(call.text(field, required=True))


def asked_version(call: Call) -> int:
    """The number of a version, which is a text in requests and answers.

    Raises:
        InvalidInput: it is no whole number.
        NotFound: no version can have it.
    """
    text = call.text("version", required=True)
    if not _VERSION.fullmatch(text):
        raise InvalidInput(f"Parameter 'version' must be an integer, got {text!r:.60}.")
    if len(text) > _MAX_DIGITS:
        raise NotFound(f"Model Version (name={call.text('name')}, version={text:.40}…) not found")
    return int(text)


def registered_model(model: RegisteredModel) -> dict[str, Any]:
    """A registered model as MLflow shows it: what is empty is left out."""
    shown: dict[str, Any] = {
        "name": model.name,
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
    }
    extra = {
        "description": model.description,
        "latest_versions": latest_versions(model.latest_versions),
        "tags": pairs(model.tags),
        "aliases": [{"alias": alias, "version": str(version)} for alias, version in model.aliases.items()],
    }
    return shown | {field: value for field, value in extra.items() if value}


def model_version(version: ModelVersion) -> dict[str, Any]:
    """A version as MLflow shows it: its texts are there even where they are empty."""
    shown: dict[str, Any] = {
        "name": version.name,
        "version": str(version.version),
        "creation_timestamp": version.creation_timestamp,
        "last_updated_timestamp": version.last_updated_timestamp,
        "current_stage": version.current_stage.value,
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id or "",
        "status": version.status,
        "run_link": version.run_link or "",
    }
    extra = {
        "user_id": version.user_id,
        "status_message": version.status_message,
        "tags": pairs(version.tags),
        "aliases": list(version.aliases),
        "model_id": version.model_id,
        "storage_location": version.storage_location,  # not MLflow's, which keeps it to itself
    }
    return shown | {field: value for field, value in extra.items() if value}


def latest_versions(versions: Sequence[ModelVersion]) -> list[dict[str, Any]]:
    """The latest versions, from the lowest, as MLflow lists them."""
    return [model_version(version) for version in sorted(versions, key=lambda version: version.version)]


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as a list of `{key, value}` objects."""
    return [{"key": key, "value": value} for key, value in values.items()]
