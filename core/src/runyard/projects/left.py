"""Launches whose launcher is gone: what they came to is found and becomes the outcome of their runs."""

from __future__ import annotations

import sys

from runyard.errors import NotFound, RunyardError
from runyard.projects.keeping import Keeper
from runyard.projects.launches import LaunchFolder, find_folder, left_folders
from runyard.projects.launching import settled_by
from runyard.projects.settling import Outcome, fail
from runyard.projects.submitted import Echo, SubmittedRun
from runyard.protocols.project import Execution
from runyard.tracking.client import Client

NEVER_STARTED = "its launcher was killed before it was started"


def settle_left(client: Client) -> list[str]:
    """Settle runs of one tracking store whose commands are over and whose launchers are gone; the ids of these runs.

    Commands that still run are left alone, and those of which nothing can be learned now; so are those of a grid, with
    which its own launcher goes on.
    """
    settled = []
    for folder in left_folders(client.host):
        facts = folder.facts()
        if facts.get("tracking_uri", client.tracking_uri) != client.tracking_uri or facts.get("grid") is not None:
            folder.leave()
            continue
        try:
            execution = execution_of(client, folder)
            code = None if execution is None else execution.wait(0)
        except RunyardError as error:  # where it runs may be away, or the plugin may be gone
            sys.stderr.write(f"runyard: what became of run {folder.run_id} is not known: {error}\n")
            folder.leave()
            continue
        if execution is None:
            _give_up(client, folder)
        elif code is None:
            folder.leave()
            continue
        else:
            settled_by(client, folder, execution)(Outcome(code=code))
        settled.append(folder.run_id)
    return settled


def take_over(client: Client, run_id: str, echo: Echo | None) -> SubmittedRun | None:
    """A run whose launcher is gone, to be followed to its end; None where nothing is left of it.

    Raises:
        Conflict: its launcher is there.
    """
    folder = find_folder(client.host, run_id)
    if folder is None:
        return None
    folder.claim()
    execution = execution_of(client, folder)
    if execution is None:
        _give_up(client, folder)
        return None
    settled, keep = settled_by(client, folder, execution), Keeper(client, run_id, execution)
    return SubmittedRun(run_id, execution, settled, echo, keep=keep)


def execution_of(client: Client, folder: LaunchFolder) -> Execution | None:
    """What was launched, None where the launcher was killed before."""
    backend = folder.facts().get("backend")
    if not backend:
        return None
    found: Execution | None = client.host.project_backends.resolve(backend)(client.host.settings).find(
        folder.run_id, folder.state
    )
    return found


def _give_up(client: Client, folder: LaunchFolder) -> None:
    """The run of what never started is FAILED, where there is one; nothing more is kept of it."""
    try:
        is_open = not client.get_run(folder.run_id).info.status.is_terminated
    except NotFound:
        is_open = False
    if is_open:
        fail(client, folder.run_id, NEVER_STARTED)
    folder.clear()
