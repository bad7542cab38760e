"""Provides `runyard server`, which serves the sub-applications that plugins mount."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="server", target="runyard_server.command:server", summary="Serve runs, models and artifacts."),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_server.settings import SETTINGS

    return list(SETTINGS)
