"""Provides artifacts in a local folder."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(
            name="file", target="runyard_store_local.store:LocalArtifactStore", summary="Artifacts in a local folder."
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_store_local.settings import FSYNC

    return [FSYNC]
