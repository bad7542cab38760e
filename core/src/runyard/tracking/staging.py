"""Artifacts that cannot be stored now: kept in the journal, copied to their runs' own places when that works again."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import attrs

from runyard.entities import FileInfo
from runyard.errors import NotFound, Unavailable
from runyard.host import Host
from runyard.protocols.artifacts import ArtifactStore
from runyard.protocols.tracking import TrackingStore
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.writer import JournalWriter
from runyard.uris import Uri, artifact_path

KEPT_SUFFIX = ".artifacts"
PAUSE = 30.0  # seconds without another try after one that failed
_IN_MEMORY = 8 << 20  # bytes of a source that cannot be read twice, before a file takes them

# A file that is staged anew while its earlier content is copied must stay staged.
_replacing = threading.Lock()


@attrs.define
class Outage:
    """Whether artifacts could be stored when that was last tried; told once."""

    tell: Callable[[str], None]
    _until: float = attrs.field(default=0.0, init=False)
    _is_told: bool = attrs.field(default=False, init=False)

    def is_on(self) -> bool:
        """Whether it is too early to try again."""
        return time.monotonic() < self._until

    def begin(self, error: Unavailable) -> None:
        self._until = time.monotonic() + PAUSE
        if not self._is_told:
            self.tell(f"artifacts cannot be stored now ({error}); they wait in the journal until that works again")
        self._is_told = True

    def end(self) -> None:
        self._until, self._is_told = 0.0, False


class Watched(Protocol):
    """What knows how the tracking store is."""

    @property
    def is_failing(self) -> bool: ...


@attrs.frozen
class StagedArtifacts:
    """The artifacts of a run as an `ArtifactStore` to which writing goes on while the place they belong to is away.

    What waits is read from where it waits. A path that waits is written there again, so that the last word counts.
    """

    host: Host
    journal: JournalWriter
    run_id: str
    open_store: Callable[[], ArtifactStore]
    outage: Outage
    tracking: Watched

    def write(self, path: str, source: BinaryIO) -> FileInfo:
        from runyard.transfers import uploads

        name, waiting = artifact_path(path), self._waiting()
        is_away = self.outage.is_on() or self.tracking.is_failing
        if is_away or (waiting is not None and waiting.stat(name) is not None):
            return self._stage(name, source)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy:
            again = _rereadable(source, cast("BinaryIO", copy))
            start = again.tell()
            try:
                return uploads.write(self.open_store(), name, again)
            except Unavailable as error:
                self.outage.begin(error)
                again.seek(start)
                return self._stage(name, again)

    def list(self, path: str = "") -> list[FileInfo]:
        waiting = self._waiting()
        if waiting is None:
            return self.open_store().list(path)
        found = {info.path: info for store in (self.open_store(), waiting) for info in store.list(path)}
        return sorted(found.values(), key=lambda info: info.path)

    def stat(self, path: str) -> FileInfo | None:
        waiting = self._waiting()
        return (None if waiting is None else waiting.stat(path)) or self.open_store().stat(path)

    def open(self, path: str, *, start: int = 0, length: int | None = None) -> BinaryIO:
        waiting = self._waiting()
        if waiting is not None and waiting.stat(path) is not None:
            return waiting.open(path, start=start, length=length)
        return self.open_store().open(path, start=start, length=length)

    def delete(self, path: str) -> None:
        waiting = self._waiting()
        if waiting is not None and waiting.stat(path) is not None:
            waiting.delete(path)
            with suppress(NotFound):  # it need not have been stored before
                self.open_store().delete(path)
            return
        self.open_store().delete(path)

    def _waiting(self) -> ArtifactStore | None:
        """The artifacts of the run that wait; None where there are none."""
        folder = self.journal.folder
        return self._staging(folder) if folder is not None and folder.staging(self.run_id).is_dir() else None

    def _staging(self, folder: JournalFolder) -> ArtifactStore:
        return self.host.artifact_store(Uri.from_path(folder.staging(self.run_id)))

    def _stage(self, name: str, source: BinaryIO) -> FileInfo:
        staging = self._staging(self.journal.open())
        with _replacing:
            return staging.write(name, source)


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
            with suppress(FileNotFoundError):  # deleted by the training meanwhile
                _upload(target, path, path.relative_to(staging).as_posix())


def _upload(target: ArtifactStore, path: Path, name: str) -> None:
    """Copy one file and take it away, as often as it is replaced meanwhile."""
    from runyard.transfers import uploads

    is_copied = False
    while not is_copied:
        with path.open("rb") as source:
            uploads.write(target, name, source)
            with _replacing:
                is_copied = os.path.samestat(os.fstat(source.fileno()), path.stat())
                if is_copied:
                    path.unlink()


def _rereadable(source: BinaryIO, copy: BinaryIO) -> BinaryIO:
    """The source, or a copy of it where it cannot be read twice."""
    seekable = getattr(source, "seekable", None)
    if seekable is not None and seekable():
        return source
    shutil.copyfileobj(source, copy)
    copy.seek(0)
    return copy


def _keep_beside(folder: JournalFolder, staging: Path, run_id: str) -> None:
    kept = folder.path.with_name(folder.journal_id + KEPT_SUFFIX)
    kept.mkdir(exist_ok=True)
    shutil.move(staging, kept / run_id)
