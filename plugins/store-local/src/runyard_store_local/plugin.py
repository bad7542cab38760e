"""Provides artifacts in a local folder."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(
            name="file", target="runyard_store_local.store:LocalArtifactStore", summary="Artifacts in a local folder."
        )
    ]
