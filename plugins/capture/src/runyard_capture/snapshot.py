"""The listener that keeps the uncommitted diff and the package versions with every new run."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from runyard import hookimpl
from runyard.entities import Run
from runyard.host import Host
from runyard.running import run_source
from runyard.tracking.captured import PACKAGES as PACKAGES_FILE
from runyard.tracking.captured import PATCH as PATCH_FILE
from runyard_capture import git
from runyard_capture.changes import patch
from runyard_capture.memory import Remembered
from runyard_capture.packages import requirements
from runyard_capture.settings import DIFF, DIFF_LIMIT, PACKAGES


class Snapshot:
    """Writes both files; their content is worked out once and used for every run of the process."""

    def __init__(self) -> None:
        self._diffs: Remembered[bytes] = Remembered()
        self._packages: Remembered[bytes] = Remembered()

    @hookimpl
    def runyard_run_started(self, host: Host, run: Run) -> None:
        """Write what the settings ask for into the run's artifacts."""
        store = host.artifact_store(run.info.artifact_uri)
        if host.settings.lookup(PACKAGES).value:
            source = run_source()
            python = Path(sys.executable) if source is None else source.python
            if python is not None:
                content = self._packages.get(python, lambda: requirements(python).encode())
                store.write(PACKAGES_FILE, BytesIO(content))
        if host.settings.lookup(DIFF).value:
            state = git.state()
            if state is not None and state.dirty:
                limit = int(host.settings.lookup(DIFF_LIMIT).value)
                content = self._diffs.get((state, limit), lambda: patch(state, limit))
                store.write(PATCH_FILE, BytesIO(content))


listener = Snapshot()
