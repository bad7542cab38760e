"""The listener: says what happened, in the words of the README, to the command that the settings name."""

from __future__ import annotations

from typing import Any

from runyard import hookimpl
from runyard.entities import ModelVersion, RegistryEvent, Run
from runyard.host import Host
from runyard.settings import Settings
from runyard_notify.settings import COMMAND, EVENTS, MODEL_VERSION_CHANGED, RUN_FINISHED, check_events


class Notifier:
    """Tells the command of each event that the settings choose."""

    @hookimpl
    def runyard_run_finished(self, host: Host, run: Run) -> None:
        about = {
            "run_id": run.info.run_id,
            "run_name": run.info.run_name,
            "experiment_id": run.info.experiment_id,
            "status": run.info.status.value,
            "start_time": run.info.start_time,
            "end_time": run.info.end_time,
            "user": run.info.user_id,
        }
        _tell(host.settings, {"event": RUN_FINISHED, "time": run.info.end_time, "run": about})

    @hookimpl
    def runyard_model_version_changed(self, host: Host, version: ModelVersion, event: RegistryEvent) -> None:
        about = {
            "name": version.name,
            "version": version.version,
            "change": event.change.value,
            "subject": event.subject,
            "old": event.old,
            "new": event.new,
            "user": event.user_id,
        }
        _tell(host.settings, {"event": MODEL_VERSION_CHANGED, "time": event.timestamp, "version": about})


def _tell(settings: Settings, message: dict[str, Any]) -> None:
    if settings.lookup(COMMAND).value and message["event"] in check_events(settings.lookup(EVENTS).value):
        from runyard_notify.command import run_command

        run_command(settings, message)


listener = Notifier()
