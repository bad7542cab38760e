"""A run of a project after it was launched: followed to its end, whose outcome becomes the run's."""

from __future__ import annotations

import atexit
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import attrs

from runyard.entities import RunStatus
from runyard.errors import RunyardError
from runyard.projects.settling import Outcome, exit_reason
from runyard.protocols.project import Execution

_LOOK = 0.05  # seconds between looks at the output
PATIENCE = 10.0  # seconds that a command has to end by itself

Echo = Callable[[bytes], None]


@attrs.define(eq=False)
class SubmittedRun:
    """A launched run, under MLflow's names; `settle` is called once, with how the command ended.

    `keep` is entered while the command is followed.
    """

    run_id: str
    _execution: Execution = attrs.field(alias="execution")
    _settle: Callable[[Outcome], RunStatus] = attrs.field(alias="settle")
    _echo: Echo | None = attrs.field(default=None, alias="echo")
    _limit: float | None = attrs.field(default=None, alias="limit")
    _keep: AbstractContextManager[None] = attrs.field(factory=nullcontext, alias="keep")
    outcome: Outcome | None = attrs.field(default=None, init=False)
    _status: RunStatus = attrs.field(default=RunStatus.RUNNING, init=False)
    _shown: int = attrs.field(default=0, init=False)
    _reason: str = attrs.field(default="", init=False)
    _killed: bool = attrs.field(default=False, init=False)
    _end: float | None = attrs.field(init=False)
    _last_moment: float | None = attrs.field(default=None, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)
    _error: RunyardError | None = attrs.field(default=None, init=False)

    @_end.default
    def _when(self) -> float | None:
        return None if self._limit is None else time.monotonic() + self._limit

    @property
    def status(self) -> RunStatus:
        """RUNNING until the command is over and its run is settled."""
        return self._status

    def get_status(self) -> str:
        """The same as a text."""
        return str(self._status)

    @property
    def succeeded(self) -> bool:
        """Whether it is over and did what it was to do."""
        return self._status is RunStatus.FINISHED

    @property
    def exit_code(self) -> int | None:
        """How the command ended, None before."""
        return self.outcome.code if self.outcome else None

    @property
    def reason(self) -> str:
        """Why it did not succeed."""
        return "" if self.outcome is None else self.outcome.reason or exit_reason(self.outcome.code)

    def wait(self) -> bool:
        """Wait for the end; whether the run succeeded. An interrupt ends the command as well."""
        if self._thread is None:
            self.follow()
        else:
            self._join(self._thread)
        return self.succeeded

    def cancel(self) -> None:
        """End the command and all that it has started, and wait for that; the run is KILLED."""
        self._stop("cancelled")
        self._execution.cancel()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Pass a signal on that is to end the command; one that does not end by it in ten seconds is cancelled."""
        self._stop("interrupted")
        self._execution.send_signal(number)
        self._last_moment = time.monotonic() + PATIENCE

    def follow(self) -> None:
        """Pass the output on until the command is over, then settle the run; Ctrl-C goes to the command first."""
        try:
            self._follow()
        except KeyboardInterrupt:
            self.interrupt()
            try:
                self._follow()
            except KeyboardInterrupt:
                self._execution.cancel()
                self._follow()
            raise

    def follow_in_background(self) -> None:
        """The same in a thread of its own; this process does not end before it does."""
        self._thread = threading.Thread(target=self._run, name=f"run {self.run_id}", daemon=True)
        _following.add(self)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._follow()
        except RunyardError as error:  # it is raised where somebody waits
            self._error = error
        finally:
            _following.discard(self)

    def _join(self, thread: threading.Thread) -> None:
        try:
            thread.join()
        except KeyboardInterrupt:
            self.cancel()
            raise
        if self._error is not None:
            raise self._error

    def _stop(self, reason: str) -> None:
        self._killed = True
        self._reason = self._reason or reason

    def _follow(self) -> None:
        with self._keep:
            code = self._end_of_command()
        self._pass_on()
        self.outcome = Outcome(code=code, reason=self._reason, killed=self._killed)
        self._status = self._settle(self.outcome)

    def _end_of_command(self) -> int:
        """The exit code, while the output is passed on and limits of time are kept."""
        while (code := self._execution.wait(_LOOK)) is None:
            self._pass_on()
            now = time.monotonic()
            if self._end is not None and now > self._end and not self._reason:
                self._reason = f"it took longer than the {self._limit:g} s it may take"
                self._execution.cancel()
            if self._last_moment is not None and now > self._last_moment:
                self._last_moment = None
                self._execution.cancel()
        return code

    def _pass_on(self) -> None:
        while self._echo is not None and (content := self._execution.output(self._shown)):
            self._echo(content)
            self._shown += len(content)


_following: set[SubmittedRun] = set()


@atexit.register
def _end_all() -> None:
    """Wait for the runs that are still followed; an interrupt ends them, as MLflow does."""
    interrupted = isinstance(getattr(sys, "last_value", None), KeyboardInterrupt)
    for one in list(_following):
        if interrupted:
            one.cancel()
        else:
            one.wait()
