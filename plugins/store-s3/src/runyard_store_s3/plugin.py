"""Provides artifacts in the buckets of Amazon S3 and of every service that speaks its protocol."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ArtifactScheme

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting

SCHEMES = {
    "s3": "Artifacts on Amazon S3, or on a service that speaks its protocol.",
    "r2": "Artifacts on Cloudflare R2.",
    "b2": "Artifacts on Backblaze B2.",
}


@hookimpl
def runyard_artifact_schemes() -> list[ArtifactScheme]:
    return [
        ArtifactScheme(name=scheme, target="runyard_store_s3.store:open_store", summary=summary)
        for scheme, summary in SCHEMES.items()
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_store_s3.settings import SETTINGS

    return list(SETTINGS)
