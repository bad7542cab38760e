"""Provides `runyard models serve`, which answers MLflow's scoring protocol."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_commands() -> list[Command]:
    return [
        Command(name="models serve", target="runyard_serve_http.command:serve", summary="Serve a model over HTTP."),
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_serve_http.settings import SETTINGS

    return list(SETTINGS)
