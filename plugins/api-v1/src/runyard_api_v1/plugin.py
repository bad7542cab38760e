"""Provides Runyard's own REST API on the server, under /api/v1."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import ServerMount


@hookimpl
def runyard_server_mounts() -> list[ServerMount]:
    return [
        ServerMount(
            name="v1",
            target="runyard_api_v1.application:application",
            summary="Runyard's own REST API.",
            prefixes=("/api/v1",),
            streams=("/api/v1/artifacts/file", "/api/v1/events"),
            openapi="runyard_api_v1.openapi:document",
        ),
    ]
