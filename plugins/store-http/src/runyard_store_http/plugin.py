"""Provides tracking, the model registry and artifacts on a server that speaks MLflow's REST API."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme, RegistryScheme, TrackingScheme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting

SCHEMES = ("http", "https")


@hookimpl
def runyard_tracking_schemes() -> list[TrackingScheme]:
    return [
        TrackingScheme(
            name=scheme, target="runyard_store_http.tracking:open_store", summary=f"Runs on a server ({scheme})."
        )
        for scheme in SCHEMES
    ]


@hookimpl
def runyard_registry_schemes() -> list[RegistryScheme]:
    return [
        RegistryScheme(
            name=scheme, target="runyard_store_http.registry:open_store", summary=f"Models on a server ({scheme})."
        )
        for scheme in SCHEMES
    ]


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(
            name="mlflow-artifacts",
            target="runyard_store_http.artifacts:open_store",
            summary="Artifacts kept by a server.",
        ),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_store_http.settings import SETTINGS

    return list(SETTINGS)
