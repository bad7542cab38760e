"""Provides the URI schemes `runs:` and `models:`."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import UriResolver


@hookimpl
def runyard_uri_resolvers() -> list[UriResolver]:
    return [
        UriResolver(name="runs", target="runyard_uris.resolvers:resolve_run", summary="An artifact of a run."),
        UriResolver(
            name="models",
            target="runyard_uris.resolvers:resolve_model",
            summary="A logged model, or a registered model's version.",
        ),
    ]
