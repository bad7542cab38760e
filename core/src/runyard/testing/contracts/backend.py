"""What every project backend must do: inherit `BackendContract`; give the fixtures `spec` and `settings`."""

from __future__ import annotations

import json
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from runyard.errors import InvalidInput
from runyard.projects.shell import command_line
from runyard.protocols.project import Execution, Launch, ProjectBackend
from runyard.settings import Settings
from runyard.specs import BackendSpec

# What a project of the tests has: programs that say what they were given, and what they meet.
PROGRAMS: Mapping[str, str] = {
    "say.py": "import json, sys\nprint(json.dumps(sys.argv[1:]))\n",
    "look.py": "import json, os\nprint(json.dumps([os.getcwd(), sorted(os.listdir()), dict(os.environ)]))\n",
    "slow.py": "import time\nprint('begun', flush=True)\ntime.sleep(600)\n",
    "told.py": (
        "import signal, sys, time\n"
        "def told(number, frame):\n    print('told', number, flush=True)\n    sys.exit(7)\n"
        "signal.signal(signal.SIGINT, told)\nprint('begun', flush=True)\ntime.sleep(600)\n"
    ),
    "family.py": (
        "import os, signal, sys, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    while True:\n        print('beat', flush=True)\n        time.sleep(0.05)\n"
        "print('begun', flush=True)\ntime.sleep(600)\n"
    ),
}
HOSTILE = (
    "two words",
    "it's",
    'a "b" c',
    "$HOME `id` $(id)",
    "a;b&&c|d>e<f",
    "back\\slash\\",
    "*?[x]{y}~!#",
    "größe 日本語",
    "line\nbreak",
    "--flag",
    "%s {alpha}",
    "",
)


@attrs.define
class Starter:
    """Launches commands in a project of the tests; what still runs at the end of a test is ended."""

    backend: ProjectBackend
    folder: Path
    surroundings: Mapping[str, Any] = attrs.field(factory=dict)
    running: list[Execution] = attrs.Factory(list)

    def __call__(self, command: str, **fields: Any) -> tuple[Execution, Launch]:
        project, run_id = self.folder / "a project", uuid.uuid4().hex
        project.mkdir(exist_ok=True)
        for name, text in PROGRAMS.items():
            (project / name).write_text(text)
        state = self.folder / "launches" / run_id
        state.mkdir(parents=True)
        launch = Launch(
            run_id=run_id,
            experiment_id="1",
            artifact_uri=(self.folder / "artifacts").as_uri(),
            name="probe",
            folder=project,
            root=project,
            command=command,
            state=state,
            **{
                "variables": {"RUNYARD_RUN_ID": run_id},
                "describe": lambda: None,
                "environment": lambda _: None,
                **self.surroundings,
                **fields,
            },
        )
        execution = self.backend.launch(launch, lambda _: None)
        self.running.append(execution)
        return execution, launch

    def end(self) -> None:
        for execution in self.running:
            if execution.wait(0) is None:
                execution.cancel()
            execution.forget()


class BackendContract:
    """The tests. `surroundings` are further fields of `Launch`, such as the image of a container that has `python`."""

    @pytest.fixture
    def spec(self) -> BackendSpec:
        raise NotImplementedError("override the fixture spec")

    @pytest.fixture
    def settings(self) -> Settings:
        raise NotImplementedError("override the fixture settings")

    @pytest.fixture
    def surroundings(self) -> Mapping[str, Any]:
        return {}

    @pytest.fixture
    def started(
        self, spec: BackendSpec, settings: Settings, surroundings: Mapping[str, Any], tmp_path: Path
    ) -> Iterator[Starter]:
        starter = Starter(spec.target.resolve()(settings), tmp_path, surroundings)
        yield starter
        starter.end()

    def test_a_command_succeeds_and_what_it_writes_is_there(self, started: Starter) -> None:
        execution, _ = started("echo out; echo err >&2; echo end")
        assert execution.wait(120) == 0
        assert sorted(_output(execution).split()) == ["end", "err", "out"]

    @pytest.mark.parametrize("code", [1, 3, 77])
    def test_a_command_fails_with_its_exit_code(self, started: Starter, code: int) -> None:
        execution, _ = started(f"exit {code}")
        assert execution.wait(120) == code
        assert execution.wait() == code

    def test_a_command_that_is_not_there_fails(self, started: Starter) -> None:
        execution, _ = started("no-such-program --x")
        assert execution.wait(120) == 127
        assert "no-such-program" in _output(execution)

    def test_it_works_in_the_project_with_its_variables(self, started: Starter) -> None:
        execution, launch = started(
            "python look.py", variables={"RUNYARD_RUN_ID": "abc", "RUNYARD_TRACKING_URI": "x y", "MINE": "größe $HOME"}
        )
        assert execution.wait(120) == 0, _output(execution)
        folder, files, variables = json.loads(_output(execution))
        assert {"say.py", "look.py"} <= set(files)
        assert Path(folder).name
        assert variables["RUNYARD_RUN_ID"] == "abc"
        assert (variables["RUNYARD_TRACKING_URI"], variables["MINE"]) == ("x y", "größe $HOME")
        assert launch.folder.is_dir()

    @pytest.mark.parametrize("template", ["python say.py {v}", 'python say.py "{v}"', "python say.py '{v}'"])
    def test_a_parameter_reaches_the_program_as_it_is(self, started: Starter, template: str) -> None:
        lines = [command_line(template, {"v": value}, {"more": value}, "a test") for value in HOSTILE]
        execution, _ = started("\n".join(lines))
        assert execution.wait(120) == 0, _output(execution)
        assert [json.loads(line) for line in _output(execution).splitlines()] == [
            [value, "--more", value] for value in HOSTILE
        ]

    def test_it_is_waited_for_in_steps_and_output_is_read_from_where_one_was(self, started: Starter) -> None:
        execution, _ = started("python slow.py")
        assert _until(lambda: _output(execution), "begun\n")
        assert execution.wait(0.05) is None
        assert execution.output(3) == b"un\n"
        assert execution.output(6) == b""

    def test_a_signal_is_passed_on(self, started: Starter) -> None:
        execution, _ = started("python told.py")
        assert _until(lambda: _output(execution), "begun\n")
        execution.send_signal(signal.SIGINT)
        assert execution.wait(60) == 7
        assert "told 2" in _output(execution)

    def test_a_cancelled_command_is_over_with_all_it_has_started(self, started: Starter) -> None:
        execution, _ = started("python family.py")
        assert _until(lambda: "begun" in _output(execution) and "beat" in _output(execution), True)
        execution.cancel()
        assert execution.wait(0) not in {None, 0}
        written = len(_output(execution))
        time.sleep(0.3)
        assert len(_output(execution)) == written, "something still writes"

    def test_cancelling_what_is_over_does_nothing(self, started: Starter) -> None:
        execution, _ = started("exit 3")
        assert execution.wait(120) == 3
        execution.cancel()
        execution.send_signal(signal.SIGINT)
        assert execution.wait(0) == 3

    def test_what_runs_is_found_again(self, started: Starter, spec: BackendSpec, settings: Settings) -> None:
        execution, launch = started("python told.py")
        assert _until(lambda: _output(execution), "begun\n")
        found = _found(spec, settings, launch)
        assert found is not None
        assert found.wait(0) is None
        assert _until(lambda: _output(found), "begun\n")
        found.send_signal(signal.SIGINT)
        assert found.wait(60) == 7
        assert execution.wait(60) == 7

    def test_what_is_over_is_found_again(self, started: Starter, spec: BackendSpec, settings: Settings) -> None:
        execution, launch = started("echo done; exit 4")
        assert execution.wait(120) == 4
        found = _found(spec, settings, launch)
        assert found is not None
        assert found.wait(0) == 4
        assert _output(found) == "done\n"

    def test_what_was_never_launched_is_not_found(self, spec: BackendSpec, settings: Settings, tmp_path: Path) -> None:
        backend: ProjectBackend = spec.target.resolve()(settings)
        state = tmp_path / "state"
        state.mkdir()
        assert backend.find(uuid.uuid4().hex, state) is None

    def test_a_configuration_that_it_does_not_know_is_refused(self, started: Starter) -> None:
        with pytest.raises(InvalidInput, match="no-such-option"):
            started("true", config={"no-such-option": 1})


def _output(execution: Execution) -> str:
    content = b""
    while more := execution.output(len(content)):
        content += more
    return content.decode()


def _until(look: Callable[[], object], wanted: object, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look() == wanted:
            return True
        time.sleep(0.02)
    return False


def _found(spec: BackendSpec, settings: Settings, launch: Launch) -> Execution | None:
    backend: ProjectBackend = spec.target.resolve()(settings)
    return backend.find(launch.run_id, launch.state)
