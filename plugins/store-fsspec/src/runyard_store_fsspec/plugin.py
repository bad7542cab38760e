"""Provides artifacts in the file systems that fsspec knows."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme
from runyard_store_fsspec.schemes import SCHEMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(
            name=scheme.name,
            target="runyard_store_fsspec.opening:open_store",
            summary=f"Artifacts in {scheme.place}.",
        )
        for scheme in SCHEMES
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_store_fsspec.settings import SETTINGS

    return list(SETTINGS)
