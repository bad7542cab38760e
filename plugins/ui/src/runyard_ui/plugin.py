"""Provides the web UI on the server, what it can be told, and `runyard ui`, which opens it."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Command, ServerMount

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_server_mounts() -> list[ServerMount]:
    return [
        ServerMount(
            name="ui",
            target="runyard_ui.application:application",
            summary="The web UI.",
            prefixes=("/", "/api/ui/v1"),
        ),
    ]


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="ui", target="runyard_ui.command:ui", summary="Serve runs and open them in a browser."),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_ui.settings import SETTINGS

    return list(SETTINGS)
