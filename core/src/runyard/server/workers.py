"""Several serving processes, forked from one parent that has imported everything and opened nothing."""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

import attrs

from runyard.errors import RunyardError

SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
PAUSE = 1.0  # seconds between the deaths of a worker and its successor, where it did not live longer

Work = Callable[[Callable[[], None], int], None]
"""What a worker does; it is given what to call when it is ready, and a pipe that ends with the parent."""


class _Leaving(BaseException):
    """A worker was told to stop before it had begun to serve."""


@attrs.define
class Worker:
    """A child process, since when, and the end of the pipe on which it says that it is ready."""

    pid: int
    since: float
    ready: int


@attrs.define
class Workers:
    """Starts workers, replaces those that die, and ends with them."""

    count: int
    work: Work
    patience: float  # seconds that workers get to end
    _alive: dict[int, Worker] = attrs.field(factory=dict, init=False)
    _life: tuple[int, int] = attrs.field(factory=os.pipe, init=False)

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM. The first worker opens the stores before the others are started.

        Raises:
            RunyardError: the first worker could not start; it has said why.
        """
        gc.freeze()  # so that the children's collector leaves the pages alone that they share
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        first = self._start()
        if not _says_ready(first):
            os.waitpid(first.pid, 0)
            raise SystemExit(1)
        for _ in range(self.count - 1):
            self._start()
        ready()
        while True:
            received = signal.sigwait(SIGNALS)
            if received != signal.SIGCHLD:
                break
            self._replace_dead()
        self._stop()

    def _start(self) -> Worker:
        ready, say_ready = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(ready)
            self._be_worker(say_ready)
        os.close(say_ready)
        worker = Worker(pid, time.monotonic(), ready)
        self._alive[pid] = worker
        return worker

    def _be_worker(self, say_ready: int) -> NoReturn:
        """Work, and never return into the parent's code."""
        code = 1
        try:
            os.close(self._life[1])
            # Ctrl-C goes to all processes of a terminal; only the parent heeds it, and tells the workers.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, _leave)  # until the server is up and has a way of its own
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self.work(lambda: os.close(say_ready) if os.write(say_ready, b"1") else None, self._life[0])
            code = 0
        except _Leaving:
            code = 0
        except RunyardError as error:
            sys.stderr.write(f"runyard: {error}\n")
        except BaseException:  # noqa: BLE001 - the end of a process
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _replace_dead(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                pid = 0
            if not pid:
                return
            worker = self._alive.pop(pid, None)
            if worker is None:
                continue
            os.close(worker.ready)
            sys.stderr.write(f"runyard: server process {pid} ended ({_ending(status)}); starting another\n")
            if time.monotonic() - worker.since < PAUSE:
                time.sleep(PAUSE)
            self._start()

    def _stop(self) -> None:
        """Let every worker finish; a second signal, or too long a time, kills them."""
        deadline = time.monotonic() + self.patience
        for pid in self._alive:
            os.kill(pid, signal.SIGTERM)
        failed = False
        while self._alive:
            received = signal.sigtimedwait(SIGNALS, max(0.0, deadline - time.monotonic()))
            if received is None or received.si_signo != signal.SIGCHLD:
                for pid in self._alive:
                    os.kill(pid, signal.SIGKILL)
                failed = True
                deadline = time.monotonic() + self.patience
            for pid in list(self._alive):
                found, status = os.waitpid(pid, os.WNOHANG)
                if found:
                    failed = failed or status != 0
                    del self._alive[pid]
        if failed:
            raise SystemExit(1)


def _says_ready(worker: Worker) -> bool:
    select.select([worker.ready], [], [])
    return os.read(worker.ready, 1) == b"1"


def _ending(status: int) -> str:
    return (
        f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit code {os.waitstatus_to_exitcode(status)}"
    )


def _leave(_signal: int, _frame: object) -> None:
    raise _Leaving
