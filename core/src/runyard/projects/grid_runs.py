"""The runs of a grid: some at a time, gone on with after a crash, none of them twice."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import attrs

from runyard.entities import Run, RunStatus
from runyard.errors import RunyardError
from runyard.projects.keeping import Keeper
from runyard.projects.launches import LaunchFolder, find_folder
from runyard.projects.launching import launch, settled_by
from runyard.projects.left import NEVER_STARTED, execution_of
from runyard.projects.preparing import Prepared
from runyard.projects.settling import FAILURE, Outcome, fail
from runyard.projects.submitted import SubmittedRun
from runyard.protocols.environment import Report
from runyard.protocols.project import LOST
from runyard.tracking.client import Client
from runyard.tracking.starts import PARENT

NUMBER = "runyard.grid.number"
KILLED_WITH_ITS_LAUNCHER = "it was killed together with its launcher"
_PAGE = 1_000


@attrs.frozen(kw_only=True)
class Done:
    """One run of a grid that is over, or could not be started."""

    number: int
    parameters: Mapping[str, str]
    run_id: str
    status: RunStatus
    reason: str = ""


@attrs.define(eq=False)
class Grid:
    """The runs of a grid as they are made, `parallel` at a time."""

    client: Client
    parent: Run
    prepared: Prepared
    combinations: Sequence[Mapping[str, str]]
    parallel: int
    folder: LaunchFolder
    report: Report
    told: Callable[[Done], None]
    results: dict[int, Done] = attrs.Factory(dict)
    _running: dict[int, SubmittedRun] = attrs.Factory(dict)
    _stopping: bool = False
    _lock: threading.Lock = attrs.Factory(threading.Lock)

    @property
    def run_id(self) -> str:
        return self.parent.info.run_id

    def interrupt(self, number: int) -> None:
        """Begin no more runs, and pass a signal on to those that run."""
        with self._lock:
            self._stopping = True
            running = list(self._running.values())
        for one in running:
            one.interrupt(number)

    def run(self) -> RunStatus:
        """Make all runs that are not done yet; the parent's status, which says how all of them ended."""
        try:
            adopted = self._adopt()
            with ThreadPoolExecutor(self.parallel, thread_name_prefix="grid") as pool:
                waiting = {pool.submit(self._follow, number, one) for number, one in adopted.items()}
                waiting |= {pool.submit(self._make, number) for number in self._open(adopted)}
                self._wait(waiting)
        except RunyardError as error:
            fail(self.client, self.run_id, str(error))
            raise
        return self._end()

    def _wait(self, waiting: set[Future[None]]) -> None:
        while waiting:
            try:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt:
                self.interrupt(signal.SIGINT)
                continue
            for one in finished:
                one.result()

    def _open(self, adopted: Mapping[int, SubmittedRun]) -> list[int]:
        return [number for number in range(len(self.combinations)) if number not in {*self.results, *adopted}]

    def _make(self, number: int) -> None:
        if self._stopping:
            return
        request = attrs.evolve(
            self.prepared.request,
            parameters=self.combinations[number],
            source=self.prepared.source,
            experiment_id=self.parent.info.experiment_id,
            experiment_name=None,
            run_name=None,
            run_id=None,
            parent_run_id=self.run_id,
            grid=number,
            tags={NUMBER: str(number)},
        )
        try:
            submitted = launch(request, self.client, report=self.report)
        except RunyardError as error:
            self._note(
                Done(
                    number=number, parameters=request.parameters, run_id="", status=RunStatus.FAILED, reason=str(error)
                )
            )
            return
        self._follow(number, submitted)

    def _follow(self, number: int, submitted: SubmittedRun) -> None:
        with self._lock:
            self._running[number] = submitted
            stopping = self._stopping
        if stopping:
            submitted.interrupt()
        try:
            submitted.wait()
        finally:
            with self._lock:
                del self._running[number]
        reason = "" if submitted.succeeded else submitted.reason
        self._note(
            Done(
                number=number,
                parameters=self.combinations[number],
                run_id=submitted.run_id,
                status=submitted.status,
                reason=reason,
            )
        )

    def _note(self, done: Done) -> None:
        with self._lock:
            self.results[done.number] = done
        self.told(done)

    def _adopt(self) -> dict[int, SubmittedRun]:
        """What earlier launchers came to: runs that are done are noted, and those that still run are followed."""
        adopted: dict[int, SubmittedRun] = {}
        for run in sorted(self._children(), key=lambda run: run.info.start_time):
            number = int(run.data.tags[NUMBER])
            folder = find_folder(self.client.host, run.info.run_id)
            submitted = None if folder is None else self._taken_over(folder)
            if submitted is not None:
                adopted[number] = submitted
                continue
            now = self.client.get_run(run.info.run_id)  # settling may have changed it
            if not now.info.status.is_terminated:
                fail(self.client, run.info.run_id, NEVER_STARTED)
            elif now.info.status is RunStatus.FINISHED or _failed_by_itself(now):
                self.results[number] = Done(
                    number=number,
                    parameters=self.combinations[number],
                    run_id=now.info.run_id,
                    status=now.info.status,
                    reason=now.data.tags.get(FAILURE, ""),
                )
        return adopted

    def _taken_over(self, folder: LaunchFolder) -> SubmittedRun | None:
        """A run that goes on without its launcher, or is over and not settled; None for one that is to be redone."""
        folder.claim()
        execution = execution_of(self.client, folder)
        if execution is None:
            folder.clear()
            return None
        settled = settled_by(self.client, folder, execution)
        if execution.wait(0) == LOST:
            settled(Outcome(code=LOST, reason=KILLED_WITH_ITS_LAUNCHER))
            return None
        keep = Keeper(self.client, folder.run_id, execution)
        return SubmittedRun(folder.run_id, execution, settled, None, self.prepared.request.limit, keep)

    def _children(self) -> list[Run]:
        found: list[Run] = []
        token = None
        while True:
            page = self.client.search_runs(
                [self.parent.info.experiment_id],
                f"tags.`{PARENT}` = '{self.run_id}' AND tags.`{NUMBER}` LIKE '%'",
                max_results=_PAGE,
                page_token=token,
            )
            found += page
            token = page.token
            if not token:
                return found

    def _end(self) -> RunStatus:
        bad = [one for one in self.results.values() if one.status is not RunStatus.FINISHED]
        missing = len(self.combinations) - len(self.results)
        if self._stopping:
            status, reason = RunStatus.KILLED, f"interrupted, with {missing} of {len(self.combinations)} runs not begun"
        elif bad:
            status, reason = RunStatus.FAILED, f"{len(bad)} of {len(self.combinations)} runs did not succeed"
        else:
            self.client.set_terminated(self.run_id, RunStatus.FINISHED)
            self.folder.clear()
            return RunStatus.FINISHED
        fail(self.client, self.run_id, reason, status)
        self.folder.clear()
        return status


def _failed_by_itself(run: Run) -> bool:
    """Whether a run did not succeed for a reason of its own, which would be the same again."""
    stopped = (NEVER_STARTED, KILLED_WITH_ITS_LAUNCHER)
    return run.info.status is RunStatus.FAILED and run.data.tags.get(FAILURE) not in stopped
