"""The contract of project backends passes for a plain one and catches every way one can be wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest

from runyard.errors import InvalidInput
from runyard.protocols.environment import Report
from runyard.protocols.project import Launch
from runyard.settings import Settings
from runyard.specs import BackendSpec
from runyard.testing.contracts.backend import BackendContract, Starter
from runyard.testing.doubles import assert_caught, assert_each_has_a_double

PROCESSES: dict[Path, subprocess.Popen[bytes]] = {}


@attrs.define
class PlainExecution:
    """A process whose output is in a file and whose exit code is written by the shell around it."""

    state: Path
    process: subprocess.Popen[bytes] | None

    @property
    def tags(self) -> Mapping[str, str]:
        return {}

    def output(self, start: int) -> bytes:
        return (self.state / "output").read_bytes()[start:]

    def wait(self, timeout: float | None = None) -> int | None:
        if self.process is not None:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout)
        code = self.state / "code"
        return int(code.read_text()) if code.exists() else None

    def send_signal(self, number: int) -> None:
        if self.process is not None and self.wait(0) is None:
            os.killpg(self.process.pid, number)

    def cancel(self) -> None:
        if self.process is not None and self.process.poll() is None:
            for one in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                    one.kill()
            self.wait()

    def forget(self) -> None:
        pass


@attrs.frozen
class Plain:
    """Processes of this machine: enough for what the contract asks for."""

    settings: Settings

    def launch(self, launch: Launch, report: Report) -> PlainExecution:
        if launch.config:
            raise InvalidInput(f"no configuration: {', '.join(launch.config)}")
        with (launch.state / "output").open("wb") as output:
            process = subprocess.Popen(
                self.words(launch),
                cwd=launch.folder,
                env=self.variables(launch),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        PROCESSES[launch.state] = process
        return self.execution(launch.state, process)

    def find(self, run_id: str, state: Path) -> PlainExecution | None:
        return self.execution(state, PROCESSES[state]) if state in PROCESSES else None

    def words(self, launch: Launch) -> list[str]:
        script = f'trap : INT TERM; bash -c "$1"; echo $? > "{launch.state}/code"'
        return ["bash", "-c", script, "runyard", launch.command]

    def variables(self, launch: Launch) -> dict[str, str]:
        return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **launch.variables}

    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return PlainExecution(state, process)


class LosesOutput(PlainExecution):
    def output(self, start: int) -> bytes:
        return super().output(0)[start:4]


class FromTheBeginning(PlainExecution):
    def output(self, start: int) -> bytes:
        return super().output(0 if start < 6 else start)


class AlwaysWell(PlainExecution):
    def wait(self, timeout: float | None = None) -> int | None:
        return None if super().wait(timeout) is None else 0


class SaysNothingOfTheEnd(PlainExecution):
    def wait(self, timeout: float | None = None) -> int | None:
        return super().wait(timeout) and 1


class IsDeaf(PlainExecution):
    def send_signal(self, number: int) -> None:
        if number == signal.SIGINT:
            super().send_signal(signal.SIGKILL)


class EndsTheFirstAlone(PlainExecution):
    def cancel(self) -> None:
        if self.process is not None and self.wait(0) is None:
            psutil.Process(self.process.pid).children()[0].kill()
            self.wait()


class CancelsWhatIsOver(PlainExecution):
    def cancel(self) -> None:
        if self.wait(0) is not None:
            (self.state / "code").write_text("137")
        super().cancel()


class Lossy(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return LosesOutput(state, process)


class Repeating(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return FromTheBeginning(state, process)


class Smiling(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return AlwaysWell(state, process)


class OneCode(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return SaysNothingOfTheEnd(state, process)


class Deaf(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return IsDeaf(state, process)


class Careless(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return EndsTheFirstAlone(state, process)


class Changeable(Plain):
    def execution(self, state: Path, process: subprocess.Popen[bytes] | None) -> PlainExecution:
        return CancelsWhatIsOver(state, process)


class Elsewhere(Plain):
    def words(self, launch: Launch) -> list[str]:
        *words, command = super().words(launch)
        return [*words, f"cd / && {command}"]


class Interpreting(Plain):
    def words(self, launch: Launch) -> list[str]:
        *words, command = super().words(launch)
        return [*words, f'eval "{command}"']


class Forgetful(Plain):
    def find(self, run_id: str, state: Path) -> PlainExecution | None:
        return None


class FindsAll(Plain):
    def find(self, run_id: str, state: Path) -> PlainExecution | None:
        return super().find(run_id, state) or self.execution(state, None)


class TakesAll(Plain):
    def launch(self, launch: Launch, report: Report) -> PlainExecution:
        return super().launch(attrs.evolve(launch, config={}), report)


DOUBLES: dict[str, type[Plain]] = {
    "test_a_command_succeeds_and_what_it_writes_is_there": Lossy,
    "test_a_command_fails_with_its_exit_code": OneCode,
    "test_a_command_that_is_not_there_fails": Smiling,
    "test_it_works_in_the_project_with_its_variables": Elsewhere,
    "test_a_parameter_reaches_the_program_as_it_is": Interpreting,
    "test_it_is_waited_for_in_steps_and_output_is_read_from_where_one_was": Repeating,
    "test_a_signal_is_passed_on": Deaf,
    "test_a_cancelled_command_is_over_with_all_it_has_started": Careless,
    "test_cancelling_what_is_over_does_nothing": Changeable,
    "test_what_runs_is_found_again": Forgetful,
    "test_what_is_over_is_found_again": Forgetful,
    "test_what_was_never_launched_is_not_found": FindsAll,
    "test_a_configuration_that_it_does_not_know_is_refused": TakesAll,
}


@pytest.fixture(autouse=True)
def _this_module_can_be_referred_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Specs name their targets; `importlib` mode keeps test modules out of the import path."""
    monkeypatch.setitem(sys.modules, "backend_doubles", sys.modules[__name__])


def spec_of(kind: type[Plain]) -> BackendSpec:
    return BackendSpec(name="plain", target=f"backend_doubles:{kind.__name__}", summary="For tests.")


class TestPlain(BackendContract):
    @pytest.fixture
    def spec(self) -> BackendSpec:
        return spec_of(Plain)

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings()


def test_each_test_of_the_contract_has_a_double() -> None:
    assert_each_has_a_double(BackendContract, DOUBLES)


@pytest.fixture
def starters(tmp_path: Path) -> Iterator[list[Starter]]:
    """The starters of wrong backends; what they leave is ended by a right one."""
    made: list[Starter] = []
    yield made
    for state in (tmp_path / "launches").glob("*"):
        found = Plain(Settings()).find(state.name, state)
        if found is not None:
            found.cancel()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if re.search(r"family\.py", " ".join(process.cmdline())) and process.cwd() == str(tmp_path / "a project"):
                process.kill()


@pytest.mark.parametrize("test", DOUBLES)
def test_a_wrong_backend_is_caught(test: str, tmp_path: Path, starters: list[Starter]) -> None:
    def started() -> Starter:
        starters.append(Starter(DOUBLES[test](Settings()), tmp_path))
        return starters[-1]

    values: dict[str, Any] = {
        "started": started,
        "spec": lambda: spec_of(DOUBLES[test]),
        "settings": Settings,
        "tmp_path": lambda: tmp_path,
    }
    assert_caught(BackendContract, test, **values)
