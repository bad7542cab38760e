"""Delivers the journals of dead processes and says how their runs ended."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from runyard.entities import Rejection, RunStatus, RunUpdate
from runyard.errors import InvalidState, NotFound
from runyard.host import Host
from runyard.protocols.tracking import TrackingStore
from runyard.tracking.delivery import Delivery
from runyard.tracking.journal.folder import JournalFolder, journals
from runyard.tracking.journal.ownership import LOCK_FILE, OwnerLock
from runyard.tracking.journal.reader import Damage

_LEFTOVER_AGE = 3600.0


@attrs.frozen
class Recovered:
    """What came of the journal of a dead process."""

    journal_id: str
    records: int
    rejections: tuple[Rejection, ...] = ()
    damages: tuple[Damage, ...] = ()
    failed_runs: tuple[str, ...] = ()


def dead_journals(root: Path, destination: str | None = None) -> Iterator[tuple[JournalFolder, OwnerLock]]:
    """Journals for a destination, or for any, whose process is gone; each is owned by the caller, who releases it."""
    for folder in journals(root):
        header = folder.header()
        if destination is not None and (header is None or header.destination != destination):
            continue
        lock = folder.acquire()
        if lock is not None:
            yield folder, lock


def recover_journal(
    host: Host,
    store: TrackingStore,
    folder: JournalFolder,
    destination: str,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Recovered:
    """Deliver a journal that the caller owns, end its runs as failed, and remove it.

    A run that another living process works on is not ended.

    Raises:
        Unavailable: the store cannot be reached; what is delivered is not delivered again.
    """
    delivery = Delivery(host, folder, destination, on_progress=on_progress)
    try:
        delivery.deliver(store, folder.end())
        delivery.upload(store)
        failed = [
            run_id
            for run_id in folder.open_runs()
            if not is_open_elsewhere(folder, run_id)
            and _end_as_failed(store, run_id, _end_time(delivery, folder, run_id))
        ]
        delivery.finish(store)
    finally:
        delivery.close()
    return Recovered(
        folder.journal_id, delivery.records, tuple(delivery.rejections), tuple(delivery.damages), tuple(failed)
    )


def is_open_elsewhere(folder: JournalFolder, run_id: str) -> bool:
    """Whether a living process with another journal beside this one works on a run."""
    for other in journals(folder.path.parent):
        if other != folder and other.is_open(run_id):
            lock = other.acquire()
            if lock is None:
                return True
            lock.release()
    return False


def sweep(root: Path) -> None:
    """Delete what processes left that died while they made or removed a journal; nothing is in it."""
    for folder in journals(root):
        if not folder.segments():
            lock = folder.acquire()
            if lock is not None:
                folder.remove()
                lock.abandon()
    for path in root.glob(".*.new"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_AGE and (path / LOCK_FILE).exists():
            lock = OwnerLock.acquire(path)
            if lock is not None:
                shutil.rmtree(path, ignore_errors=True)
                lock.abandon()


def _end_time(delivery: Delivery, folder: JournalFolder, run_id: str) -> int:
    changed = folder.last_change()
    return min(changed, delivery.last_times.get(run_id, changed))


def _end_as_failed(store: TrackingStore, run_id: str, end_time: int) -> bool:
    try:
        run = store.get_run(run_id)
        if run.info.status is not RunStatus.RUNNING:
            return False
        store.update_run(RunUpdate(run_id, status=RunStatus.FAILED, end_time=max(end_time, run.info.start_time)))
    except (NotFound, InvalidState):  # refused at its start, or deleted since
        return False
    return True
