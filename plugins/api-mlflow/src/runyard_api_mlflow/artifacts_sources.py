"""The stores that hold the artifacts of a run, a logged model or a registered model's version."""

from __future__ import annotations

from runyard.errors import InvalidInput
from runyard.protocols.artifacts import ArtifactStore
from runyard.server.service import Stores
from runyard_api_mlflow.version_locations import location_of, logged_models

RUNS = "runs:"


def run_location(stores: Stores, run_id: str) -> str:
    return stores.tracking.get_run(run_id).info.artifact_uri


def model_location(stores: Stores, model_id: str) -> str:
    return logged_models(stores).get_logged_model(model_id).artifact_uri


def run_store(stores: Stores, run_id: str) -> ArtifactStore:
    return stores.artifact_store(run_location(stores, run_id))


def model_store(stores: Stores, model_id: str) -> ArtifactStore:
    return stores.artifact_store(model_location(stores, model_id))


def version_store(stores: Stores, name: str, version: str) -> ArtifactStore:
    """The files of a version.

    Raises:
        InvalidInput: the version is no number.
        Forbidden: its source is no place that this server may open.
    """
    if not (version.isascii() and version.isdigit()):
        raise InvalidInput(f"Parameter 'version' must be an integer, got '{version[:200]}'.")
    location = location_of(stores, stores.registry.get_model_version(name, int(version)).location)
    if not location.lower().startswith(RUNS):
        return stores.artifact_store(location)
    run_id, _, below = location[len(RUNS) :].strip("/").partition("/")
    root = run_location(stores, run_id)
    return stores.artifact_store(f"{root.rstrip('/')}/{below}" if below else root)
