"""Provides the web UI on the server, and `runyard ui`, which opens it."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Command, ServerMount


@hookimpl
def runyard_server_mounts() -> list[ServerMount]:
    return [
        ServerMount(
            name="ui",
            target="runyard_ui.application:application",
            summary="The web UI.",
            prefixes=("/",),
        ),
    ]


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="ui", target="runyard_ui.command:ui", summary="Serve runs and open them in a browser."),
    ]
