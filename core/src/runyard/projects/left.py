"""Launches whose launcher is gone: what they came to is found and becomes the outcome of their runs."""

from __future__ import annotations

from runyard.errors import NotFound
from runyard.projects.launches import LaunchFolder, left_folders
from runyard.projects.settling import Outcome, fail, settle
from runyard.protocols.project import Execution
from runyard.tracking.client import Client

NEVER_STARTED = "its launcher was killed before it was started"


def settle_left(client: Client) -> list[str]:
    """Settle runs of one tracking store whose commands are over and whose launchers are gone; the ids of these runs.

    Commands that still run are left alone; so are those of a grid, with which its own launcher goes on.
    """
    settled = []
    for folder in left_folders(client.host):
        facts = folder.facts()
        if facts.get("tracking_uri", client.tracking_uri) != client.tracking_uri or facts.get("grid"):
            folder.leave()
            continue
        execution = execution_of(client, folder)
        code = None if execution is None else execution.wait(0)
        if execution is None:
            _give_up(client, folder.run_id)
        elif code is None:
            folder.leave()
            continue
        else:
            settle(client, folder.run_id, execution, Outcome(code=code))
        settled.append(folder.run_id)
        folder.clear()
    return settled


def execution_of(client: Client, folder: LaunchFolder) -> Execution | None:
    """What was launched, None where the launcher was killed before."""
    backend = folder.facts().get("backend")
    if not backend:
        return None
    found: Execution | None = client.host.project_backends.resolve(backend)(client.host.settings).find(
        folder.run_id, folder.state
    )
    return found


def _give_up(client: Client, run_id: str) -> None:
    """The run of what never started is FAILED, where there is one."""
    try:
        is_open = not client.get_run(run_id).info.status.is_terminated
    except NotFound:
        return
    if is_open:
        fail(client, run_id, NEVER_STARTED)
