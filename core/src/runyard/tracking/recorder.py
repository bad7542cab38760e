"""The default write path of this process: a journal in front of a tracking store, and a thread that ships it."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

from runyard.entities import Rejection, Run, RunData, RunInfo, RunStart, RunStatus, RunUpdate
from runyard.errors import DeliveryError, RunyardError, Unavailable
from runyard.host import Host
from runyard.protocols.artifacts import ArtifactStore
from runyard.tracking.journal.format import start_frame, update_frame
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.recovery import dead_journals, recover_journal, sweep
from runyard.tracking.run_writer import RunWriter
from runyard.tracking.shipper import Shipper, say
from runyard.tracking.staging import Outage, StagedArtifacts
from runyard.uris import Uri
from runyard.validation import check_run_id

__all__ = ["Recorder", "RunWriter", "recorder_for"]

EXIT_PATIENCE = 10.0


class Recorder:
    """The journal of this process for one tracking store, and its background delivery. Use `recorder_for`."""

    def __init__(self, host: Host, uri: Uri) -> None:
        self.host = host
        self._uri = uri
        self._destination = str(uri)
        self.key = (id(host), uri.text)
        self._root = host.settings.journal_path
        self._journal = JournalWriter(self._root, self._destination, on_open=self._opened)
        self._shipper = Shipper(host, uri, self._journal, self._recover_in_background)
        self._writers: dict[str, RunWriter] = {}
        self._open_runs: set[str] = set()
        self._outage = Outage(say)
        self._recovering = threading.Lock()
        self._recovered: list[Rejection] = []

    def start_run(self, start: RunStart) -> Run:
        """Create the run in the store at once; where the store is unavailable, journal the start and go on.

        In that case the run is a local one: its artifacts are staged in `<journal>/artifacts/<run_id>` and copied to
        the run's own place when the start is delivered; its experiment id is empty if only a name was given.
        Every other error of the store is raised. Does not open the run: see `open_run`.
        """
        check_run_id(start.run_id)
        if not self._shipper.is_down:
            try:
                return self.host.tracking_store(self._uri).create_run(start)
            except Unavailable as error:
                self._journal.open()
                self._shipper.report(error)
        self._journal.append(start_frame(_now(), start))
        return _local_run(start, Uri.from_path(self._journal.open().staging(start.run_id)))

    def run(self, run_id: str) -> RunWriter:
        """The writer for a run; the same one until the run is closed."""
        writer = self._writers.get(run_id)
        if writer is None:
            writer = self._writers.setdefault(run_id, RunWriter(self._journal, run_id))
        return writer

    def delete_tag(self, run_id: str, key: str) -> None:
        """Delete a tag in the store at once; where the store is unavailable, journal the deletion and go on.

        Raises:
            NotFound: the store says that the run has no such tag.
        """
        if not self._shipper.is_down:
            with suppress(Unavailable):  # the shipper will find out and say so, as with every record
                self.flush_run(run_id)
                self.host.tracking_store(self._uri).delete_tag(run_id, key)
                return
        self.run(run_id).delete_tag(key)

    def update_run(self, update: RunUpdate) -> None:
        """Append a change of status, end time or name."""
        check_run_id(update.run_id)
        self._journal.append(update_frame(_now(), update))

    def open_run(self, run_id: str) -> None:
        """This process works on the run from now on: it gets heartbeats, and is FAILED if the process dies."""
        check_run_id(run_id)
        self._open_runs.add(run_id)
        self._journal.open().mark_open(run_id)
        self._shipper.beat_for(run_id)

    def close_run(self, run_id: str) -> None:
        """This process no longer works on the run; append its update before."""
        self._open_runs.discard(run_id)
        self._shipper.rest_from(run_id)
        writer = self._writers.pop(run_id, None)
        if writer is not None:
            writer.close()
        if self._journal.folder is not None:
            self._journal.folder.mark_closed(run_id)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything appended so far is in the store.

        Raises:
            Unavailable: the store cannot be reached or did not answer in time; everything stays in the journal.
            DeliveryError: the store refused something since the last flush; the rest is in the store.
        """
        self._shipper.flush(timeout)
        self._upload()
        rejections = self._take_rejections()
        if rejections:
            raise DeliveryError(rejections)

    def staged_artifacts(self, run_id: str, open_store: Callable[[], ArtifactStore]) -> StagedArtifacts:
        """The artifacts of a run, to which writing goes on while their place is away."""
        return StagedArtifacts(self.host, self._journal, run_id, open_store, self._outage, self._shipper)

    def upload_artifacts(self) -> bool:
        """Before reading artifacts: copy staged ones to their own places; whether there were any and all arrived."""
        if self._shipper.is_down or not self._shipper.has_staged():
            return False
        try:
            self._shipper.flush()  # the runs must be there first
            self._upload()
        except Unavailable:  # reading meets the same and says so
            return False
        return True

    def flush_run(self, run_id: str) -> None:  # noqa: ARG002 - the journal is delivered in order, not by run
        """Before reading a run: deliver what this process and dead processes have; refusals wait for `flush`."""
        self._shipper.flush()
        self.recover()

    def recover(self) -> int:
        """Deliver the journals that dead processes left for this store; how many there were."""
        recovered = 0
        with self._recovering:
            for folder, lock in dead_journals(self._root, self._destination):
                try:
                    store = self.host.tracking_store(self._uri)
                    done = recover_journal(self.host, store, folder, self._destination)
                finally:
                    lock.release()
                recovered += 1
                self._recovered += done.rejections
                for damage in done.damages:
                    say(f"journal {done.journal_id}: {damage}; kept beside the journal, the rest is delivered")
        return recovered

    def pending(self) -> int:
        """How many bytes of this process's journal are not yet in the store; 0 means all is delivered."""
        return max(0, self._journal.end() - self._shipper.delivered)

    def close(self, timeout: float | None = None) -> None:
        """Flush, stop the thread and remove the journal; what cannot be delivered stays for the next process.

        Raises:
            Unavailable: as `flush`.
            DeliveryError: as `flush`.
        """
        _recorders.drop(self)
        try:
            self._shipper.flush(timeout)
            self._upload()
        except RunyardError:
            if self._shipper.stop(timeout):
                self._shipper.leave()
            raise
        self._shipper.stop(timeout)
        self._shipper.finish()
        rejections = self._take_rejections()
        if rejections:
            raise DeliveryError(rejections)

    def end(self, patience: float = EXIT_PATIENCE) -> None:
        """Close without raising, as when the process or the host ends: what is left is said on standard error."""
        try:
            self.close(patience)
        except DeliveryError as error:
            say(str(error))
        except RunyardError as error:
            say(f"not everything is delivered yet ({error}); the next process delivers it, or: runyard sync")

    def _upload(self) -> None:
        self._shipper.upload()
        self._outage.end()

    def _take_rejections(self) -> list[Rejection]:
        recovered, self._recovered = self._recovered, []
        return self._shipper.take_rejections() + recovered

    def _opened(self) -> None:
        folder = self._journal.folder
        assert folder is not None
        _recorders.keep(self)
        for run_id in tuple(self._open_runs):  # another thread may just open one
            folder.mark_open(run_id)
        self._shipper.start()

    def _recover_in_background(self) -> None:
        threading.Thread(target=self._recover_quietly, name="runyard-recovery", daemon=True).start()

    def _recover_quietly(self) -> None:
        try:
            sweep(self._root)
            self.recover()
        except Exception as error:  # noqa: BLE001 - the plugin boundary; the journals stay, and the next read tries again
            say(f"journals of earlier processes cannot be delivered yet: {error}")

    def _before_fork(self, stack: ExitStack) -> None:
        stack.enter_context(self._shipper.quiet())

    def _after_fork(self) -> None:
        """In a forked child: the parent's runs, thread and files are the parent's."""
        self._open_runs = set()
        self._recovering = threading.Lock()
        self._recovered = []
        self._shipper.forget()
        self._journal.after_fork()


class _Recorders:
    """The recorders of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.known: dict[tuple[int, str], Recorder] = {}
        self.forking = ExitStack()

    def all(self) -> list[Recorder]:
        return list(self.known.values())

    def keep(self, recorder: Recorder) -> Recorder:
        """The recorder known for its host and store: this one, where there is none yet."""
        with self.lock:
            known = self.known.setdefault(recorder.key, recorder)
            if known is recorder:
                recorder.host.before_close(recorder.end)
            return known

    def drop(self, recorder: Recorder) -> None:
        with self.lock:
            if self.known.get(recorder.key) is recorder:
                del self.known[recorder.key]

    def before_fork(self) -> None:
        for recorder in self.all():
            recorder._before_fork(self.forking)  # noqa: SLF001 - of this module

    def in_parent(self) -> None:
        self.forking.close()

    def in_child(self) -> None:
        self.lock = threading.RLock()
        self.forking = ExitStack()
        for recorder in self.all():
            recorder._after_fork()  # noqa: SLF001 - of this module

    def at_exit(self) -> None:
        """Deliver what is left, for a bounded time; the journal keeps the rest."""
        until = time.monotonic() + EXIT_PATIENCE
        for recorder in self.all():
            recorder.end(max(0.1, until - time.monotonic()))


_recorders = _Recorders()
atexit.register(_recorders.at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_recorders.before_fork,
        after_in_parent=_recorders.in_parent,
        after_in_child=_recorders.in_child,
    )


def recorder_for(host: Host, uri: Uri) -> Recorder:
    """The one recorder of this host and store in this process."""
    known = _recorders.known.get((id(host), uri.text))
    return known if known is not None else _recorders.keep(Recorder(host, uri))


def _local_run(start: RunStart, artifacts: Uri) -> Run:
    info = RunInfo(
        run_id=start.run_id,
        experiment_id=start.experiment_id or "",
        run_name=start.run_name,
        user_id=start.user_id,
        status=RunStatus.RUNNING,
        start_time=start.start_time,
        end_time=None,
        artifact_uri=artifacts.text,
    )
    return Run(info, RunData(tags={**start.tags, "mlflow.runName": start.run_name}))


def _now() -> int:
    return time.time_ns() // 1_000_000
