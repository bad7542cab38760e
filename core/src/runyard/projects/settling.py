"""How a launched run ends: its output becomes an artifact, its exit code the run's status."""

from __future__ import annotations

import io
import sys

import attrs

from runyard.entities import RunStatus
from runyard.errors import RunyardError
from runyard.protocols.project import LOST, Execution
from runyard.tracking.client import Client

OUTPUT = "runyard/output.log"
FAILURE = "runyard.failure"
_LIMIT = 7_000  # characters of a reason; a tag holds 8,000


@attrs.frozen(kw_only=True)
class Outcome:
    """How a command ended. `reason` says why it was stopped, if it was; `killed` that somebody wanted that."""

    code: int
    reason: str = ""
    killed: bool = False


def settle(client: Client, run_id: str, execution: Execution, outcome: Outcome) -> RunStatus:
    """Keep the output with the run and end it; a program that ended its run itself and then succeeded is believed."""
    reader = _Output(execution)
    if execution.output(0):
        try:
            client.log_stream(run_id, io.BufferedReader(reader), OUTPUT)
        except RunyardError as error:
            sys.stderr.write(f"runyard: the output of run {run_id} is not kept: {error}\n")
    tags = dict(execution.tags)
    if tags:
        client.recorder.run(run_id).set_tags(tags)
    status = end(client, run_id, outcome)
    execution.forget()
    return status


def end(client: Client, run_id: str, outcome: Outcome) -> RunStatus:
    """Give a run the status that the outcome means; the run's status."""
    if outcome.code == 0 and not outcome.reason:
        found = client.get_run(run_id).info.status
        if found.is_terminated:
            return found
        client.set_terminated(run_id, RunStatus.FINISHED)
        return RunStatus.FINISHED
    status = RunStatus.KILLED if outcome.killed else RunStatus.FAILED
    fail(client, run_id, outcome.reason or exit_reason(outcome.code), status)
    return status


def fail(client: Client, run_id: str, reason: str, status: RunStatus = RunStatus.FAILED) -> None:
    """End a run that did not succeed, and say why."""
    client.recorder.run(run_id).set_tags({FAILURE: reason[:_LIMIT]})
    client.set_terminated(run_id, status)


def exit_reason(code: int) -> str:
    """What an exit code means."""
    if code == LOST:
        return f"exit code {code}: the command was killed by the system, perhaps for want of memory"
    if code > 128:
        return f"exit code {code}: the command was ended by signal {code - 128}"
    return f"exit code {code}"


class _Output(io.RawIOBase):
    """What a command has written, as a stream."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._at = 0
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = self._execution.output(self._at)
            self._at += len(self._rest)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
