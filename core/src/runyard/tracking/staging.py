"""Artifacts of runs that were started while the store was away: kept in the journal, copied when the run exists."""

from __future__ import annotations

import shutil
from pathlib import Path

from runyard.errors import NotFound
from runyard.host import Host
from runyard.protocols.tracking import TrackingStore
from runyard.tracking.journal.folder import JournalFolder

KEPT_SUFFIX = ".artifacts"


def upload_staged(host: Host, store: TrackingStore, folder: JournalFolder) -> None:
    """Copy staged files to their runs' own places; those of a run the store does not have are kept beside."""
    for run_id in folder.staged_runs():
        staging = folder.staging(run_id)
        try:
            target = host.artifact_store(store.get_run(run_id).info.artifact_uri, beside=host.location_of(store))
        except NotFound:
            _keep_beside(folder, staging, run_id)
            continue
        for path in folder.staged_files(run_id):
            try:
                with path.open("rb") as source:
                    target.write(path.relative_to(staging).as_posix(), source)
            except FileNotFoundError:  # replaced or deleted by the training meanwhile
                continue
            path.unlink(missing_ok=True)


def _keep_beside(folder: JournalFolder, staging: Path, run_id: str) -> None:
    kept = folder.path.with_name(folder.journal_id + KEPT_SUFFIX)
    kept.mkdir(exist_ok=True)
    shutil.move(staging, kept / run_id)
