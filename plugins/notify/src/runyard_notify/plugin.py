"""Provides the command that is run when something happened."""

from __future__ import annotations

from runyard import hookimpl
from runyard.specs import Listener

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runyard.settings import Setting


@hookimpl
def runyard_listeners() -> list[Listener]:
    return [
        Listener(
            name="command",
            target="runyard_notify.notifier:listener",
            events=("runyard_run_finished", "runyard_model_version_changed"),
            summary="A command of the user's, told of finished runs and changed model versions.",
        )
    ]


@hookimpl
def runyard_settings() -> list[Setting]:
    from runyard_notify.settings import ALL

    return list(ALL)
