"""The background thread that brings this process's journal to its store and keeps its runs' hearts beating."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runyard.entities import Rejection
from runyard.errors import NotFound, NotSupported, RunyardError, Unavailable
from runyard.host import Host
from runyard.protocols.tracking import KeepsHeartbeats, TrackingStore
from runyard.tracking.delivery import Delivery
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.journal.writer import JournalWriter
from runyard.uris import Uri

INTERVAL = 0.25
IDLE_INTERVAL = 1.0
LONGEST_PAUSE = 30.0
RECOVERY_INTERVAL = 30.0
LEAST_EXPIRY = 60.0
_FORK_PATIENCE = 5.0


class Shipper:
    """Delivers one journal in the background. It reads the journal's files, so nothing waits in memory.

    Its thread starts with the journal's first record and is a daemon: a store that hangs never keeps a process alive.
    """

    def __init__(self, host: Host, uri: Uri, journal: JournalWriter, recover: Callable[[], None]) -> None:
        self._host = host
        self._uri = uri
        self._journal = journal
        self._recover = recover
        self.forget()

    def forget(self) -> None:
        """Begin anew, as in a forked child, which has neither the thread nor the parent's journal."""
        self._state = threading.Condition()
        self._working = threading.Lock()  # held while the store is being used
        self._thread: threading.Thread | None = None
        self._delivery: Delivery | None = None
        self._wanted = False
        self._stopping = False
        self._begun = 0  # attempts
        self._ended = 0
        self._failures = 0  # attempts that failed, in a row
        self._failure: Exception | None = None
        self._told = False
        self._rejections: list[Rejection] = []
        self._open_runs: set[str] = set()
        self._next_beat = 0.0
        self._is_heard = True
        self._next_recovery = 0.0
        self._next_sync = 0.0
        self._retry_at = 0.0

    @property
    def is_down(self) -> bool:
        """Whether the store did not answer lately and it is too early to ask again."""
        return self.is_failing and time.monotonic() < self._retry_at

    @property
    def is_failing(self) -> bool:
        """Whether the store did not answer when it was last asked."""
        return isinstance(self._failure, Unavailable)

    @property
    def delivered(self) -> int:
        return self._delivery.position if self._delivery is not None else 0

    def start(self) -> None:
        """Start the thread if it does not run."""
        with self._state:
            if self._thread is not None and self._thread.is_alive():
                return
            self._stopping = False
            self._thread = threading.Thread(target=self._run, name="runyard-shipper", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is ending: flush works without the thread
                self._thread = None

    def beat_for(self, run_id: str) -> None:
        with self._state:
            self._open_runs.add(run_id)
            self._next_beat = 0.0
            self._state.notify_all()

    def rest_from(self, run_id: str) -> None:
        with self._state:
            self._open_runs.discard(run_id)

    def flush(self, timeout: float | None = None) -> None:
        """Wait until everything appended before this call is in the store.

        Raises:
            Unavailable: the store cannot be reached, or not in time.
        """
        target = self._journal.end()
        if self.delivered >= target:
            return
        self.start()
        if self._thread is None:
            self._attempt()
        with self._state:
            attempt = self._begun + 1
            if self._thread is not None:
                self._wanted = True
                self._state.notify_all()
                self._state.wait_for(
                    lambda: self.delivered >= target or (self._ended >= attempt and self._failure is not None), timeout
                )
            if self.delivered >= target:
                return
            failure = self._failure
        if failure is None:
            raise Unavailable(
                f"{self._uri} did not take what was logged within {timeout:g} s; it stays in {self._place()}"
            )
        if isinstance(failure, RunyardError):
            raise failure
        raise RunyardError(f"{self._uri} failed: {type(failure).__name__}: {failure}; {self._kept()}") from failure

    def take_rejections(self) -> list[Rejection]:
        """What the store refused since the last call."""
        with self._state:
            taken, self._rejections = self._rejections, []
        return taken

    def has_staged(self) -> bool:
        """Whether artifacts wait in the journal."""
        return self._journal.folder is not None and bool(self._journal.folder.staged_runs())

    def upload(self) -> None:
        """Copy staged artifacts to where they belong, where there are any."""
        folder = self._journal.folder
        if folder is not None and folder.staged_runs():
            with self._working:
                self._delivery_of(folder).upload(self._host.tracking_store(self._uri))

    def stop(self, timeout: float | None) -> bool:
        """End the thread; whether it did, for one that hangs in the store is left behind."""
        with self._state:
            self._stopping = True
            self._state.notify_all()
            thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout)
        return not thread.is_alive()

    def leave(self) -> None:
        """Let go of the journal as it is: any process may deliver the rest."""
        with self._working:
            delivery, self._delivery = self._delivery, None
            if delivery is not None:
                delivery.close()
            self._journal.close(remove=False)

    def finish(self) -> None:
        """Remove the journal and have the store forget it, unless something came since it was delivered."""
        with self._working, self._journal.lock:
            delivery, folder = self._delivery, self._journal.folder
            if delivery is None or folder is None or delivery.position < self._journal.end() or folder.staged_runs():
                return
            self._delivery = None
            self._journal.close(remove=True)
        delivery.finish(self._host.tracking_store(self._uri))

    def report(self, error: Exception) -> None:
        """Take note that the store failed, and say so once."""
        with self._state:
            self._failure = error
            self._failures += 1
            pause = min(LONGEST_PAUSE, INTERVAL * 2**self._failures) * random.uniform(0.5, 1)  # noqa: S311 - only jitter
            self._retry_at = time.monotonic() + pause
            told, self._told = self._told, True
        if not told:
            cause = str(error) if isinstance(error, RunyardError) else f"{type(error).__name__}: {error}"
            say(f"the tracking store {self._uri} is not available ({cause}); {self._kept()}")

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Keep the thread out of the store meanwhile, or for as long as patience lasts."""
        held = self._working.acquire(timeout=_FORK_PATIENCE)
        try:
            yield
        finally:
            if held:
                self._working.release()

    def _run(self) -> None:
        state, idle = self._state, 0
        while True:
            with state:
                if not (self._wanted or self._stopping):
                    state.wait(self._pause(idle))
                if state is not self._state:
                    return
                if self._stopping and not self._wanted:
                    return
            self._sync()
            due = self._has_work()
            idle = 0 if due else idle + 1
            if due:
                self._attempt()
            with state:
                if not due:
                    self._wanted = False

    def _pause(self, idle: int) -> float:
        now = time.monotonic()
        if self._failure is not None:
            pause = self._retry_at - now
        else:
            pause = min(
                IDLE_INTERVAL if idle > 20 else INTERVAL, self._next_beat - now if self._open_runs else INTERVAL
            )
        if self._host.settings.journal_fsync > 0:
            pause = min(pause, self._next_sync - now)
        return max(0.01, pause)

    def _has_work(self) -> bool:
        now = time.monotonic()
        beat = bool(self._open_runs) and now >= self._next_beat
        return beat or self.delivered < self._journal.end() or now >= self._next_recovery

    def _attempt(self) -> None:
        """Bring the store up to date once; whatever fails is kept for `flush` and tried again later."""
        state = self._state
        with state:
            self._begun += 1
            self._wanted = False
        failure: Exception | None = None
        try:
            with self._working:
                self._deliver()
        except Exception as error:  # noqa: BLE001 - the plugin boundary: a store may raise anything
            failure = error
        if failure is not None:
            self.report(failure)
        with state:
            if failure is None and self._told:
                self._told = False
                say(f"the tracking store {self._uri} is available again; everything logged meanwhile is delivered")
            if failure is None:
                self._failure, self._failures = None, 0
            self._ended += 1
            state.notify_all()
        if failure is None and time.monotonic() >= self._next_recovery:
            self._next_recovery = time.monotonic() + RECOVERY_INTERVAL
            self._recover()

    def _deliver(self) -> None:
        end = self._journal.end()
        store = self._host.tracking_store(self._uri)
        delivery = None if self._journal.folder is None else self._delivery_of(self._journal.folder)
        if delivery is not None and delivery.position < end:
            try:
                delivery.deliver(store, end)
            finally:
                with self._state:
                    self._rejections += delivery.rejections
                delivery.rejections = []
        self._beat(store)

    def _delivery_of(self, folder: JournalFolder) -> Delivery:
        if self._delivery is None:
            self._delivery = Delivery(self._host, folder, str(self._uri))
        return self._delivery

    def _sync(self) -> None:
        interval = self._host.settings.journal_fsync
        if interval > 0 and time.monotonic() >= self._next_sync:
            self._next_sync = time.monotonic() + interval
            try:
                self._journal.sync()
            except OSError as error:
                self.report(error)

    def _beat(self, store: TrackingStore) -> None:
        every = self._host.settings.heartbeat
        if not self._open_runs or every <= 0 or time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + every
        if isinstance(store, KeepsHeartbeats) and self._is_heard:
            expires = int((time.time() + max(5 * every, LEAST_EXPIRY)) * 1000)
            for run_id in sorted(self._open_runs):
                try:
                    store.heartbeat([run_id], expires=expires)
                except NotFound:  # its start was refused; flush tells
                    self._open_runs.discard(run_id)
                except NotSupported:  # what the store stands for, such as a server of MLflow's, keeps none
                    self._is_heard = False
                    return

    def _place(self) -> str:
        folder = self._journal.folder
        return str(folder.path if folder is not None else self._host.settings.journal_path)

    def _kept(self) -> str:
        return f"what is logged stays safe in {self._place()} and is delivered as soon as that works again"


def say(message: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"runyard: {message}\n")
