"""What the user's command is told, and that nothing it does harms a run: real commands, real processes."""

from __future__ import annotations

import json
import os
import re
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import runyard as ry
from runyard import Host, Settings
from runyard.host import set_default_host
from runyard.specs import Listener
from runyard.testing.contracts.context import ListenerContract
from runyard.testing.memory import plugin as memory
from runyard.tracking.recorder import recorder_for
from runyard_notify import plugin

KEEP = "import sys; open('told.jsonl', 'a').write(sys.stdin.read())"


def python(code: str, *arguments: str) -> str:
    """A command line that runs some Python."""
    return shlex.join([sys.executable, "-c", code, *arguments])


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Makes the default host, with these settings of notify; it works in `tmp_path`."""
    hosts: list[Host] = []
    earlier = set_default_host(None)

    def host(command: str | None = python(KEEP), *, strict: bool = False, **settings: Any) -> Host:
        extra = {f"notify.{name}": value for name, value in settings.items()}
        made = Host(
            Settings(
                tracking_uri=f"memory:{tmp_path.name}",
                data_dir=str(tmp_path / "data"),
                root=tmp_path,
                user="ann",
                strict_plugins=strict,
                extra=extra if command is None else {"notify.command": command, **extra},
            ),
            plugins={"memory": memory, "notify": plugin},
            discover=False,
        )
        hosts.append(made)
        set_default_host(made)
        return made

    yield host
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    for made in hosts:
        recorder_for(made, made.tracking_uri()).close()
        made.close()


def told(folder: Path) -> list[dict[str, Any]]:
    """What `KEEP` was told, in its order."""
    file = folder / "told.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def finish_a_run() -> str:
    """A run that logs something, is ended and read back; its id."""
    with ry.start_run(run_name="baseline") as run:
        ry.log_metric("loss", 0.5)
    kept = ry.get_run(run.info.run_id)
    assert (kept.info.status, kept.data.metrics) == ("FINISHED", {"loss": 0.5})
    return run.info.run_id


class TestListener(ListenerContract):
    @pytest.fixture
    def spec(self) -> Listener:
        return plugin.runyard_listeners()[0]


class TestListenerWithACommand(TestListener):
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        command = python("import sys; sys.stdin.read(); print('loud'); print('louder', file=sys.stderr)")
        return Settings(strict_plugins=True, root=tmp_path, extra={"notify.command": command})


class TestWhatIsTold:
    def test_a_finished_run(self, start: Callable[..., Host], tmp_path: Path) -> None:
        start(strict=True)
        run_id = finish_a_run()
        info = ry.get_run(run_id).info
        assert told(tmp_path) == [
            {
                "event": "run_finished",
                "time": info.end_time,
                "run": {
                    "run_id": run_id,
                    "run_name": "baseline",
                    "experiment_id": info.experiment_id,
                    "status": "FINISHED",
                    "start_time": info.start_time,
                    "end_time": info.end_time,
                    "user": "ann",
                },
            }
        ]
        assert info.end_time is not None
        assert info.end_time >= info.start_time

    @pytest.mark.parametrize(("error", "status"), [(ValueError, "FAILED"), (KeyboardInterrupt, "KILLED")])
    def test_a_run_that_an_exception_ended(
        self, start: Callable[..., Host], tmp_path: Path, error: type[BaseException], status: str
    ) -> None:
        start(strict=True)
        with pytest.raises(error), ry.start_run():
            raise error
        assert [message["run"]["status"] for message in told(tmp_path)] == [status]

    def test_a_run_that_is_resumed_is_told_again(self, start: Callable[..., Host], tmp_path: Path) -> None:
        start(strict=True)
        run_id = finish_a_run()
        ry.start_run(run_id)
        ry.end_run("FAILED")
        assert [(message["run"]["run_id"], message["run"]["status"]) for message in told(tmp_path)] == [
            (run_id, "FINISHED"),
            (run_id, "FAILED"),
        ]

    def test_an_alias_that_moves(self, start: Callable[..., Host], tmp_path: Path) -> None:
        start(strict=True)
        client = ry.Client()
        client.create_registered_model("digits")
        for number in (1, 2):
            client.create_model_version("digits", f"memory:source/{number}")
        client.set_registered_model_alias("digits", "prod", 1)
        client.set_registered_model_alias("digits", "prod", 2)
        messages = told(tmp_path)
        assert [message["version"]["change"] for message in messages] == ["created", "created", "alias", "alias"]
        last = messages[-1]
        assert abs(last.pop("time") - time.time() * 1000) < 60_000
        assert last == {
            "event": "model_version_changed",
            "version": {
                "name": "digits",
                "version": 2,
                "change": "alias",
                "subject": "prod",
                "old": "1",
                "new": "2",
                "user": "ann",
            },
        }

    def test_a_decision_on_a_version(self, start: Callable[..., Host], tmp_path: Path) -> None:
        start(strict=True)
        client = ry.Client()
        client.create_registered_model("digits")
        client.create_model_version("digits", "memory:source")
        client.set_model_version_tag("digits", 1, "runyard.approval", "requested")
        client.set_model_version_tag("digits", 1, "runyard.approval", "approved: fast enough")
        client.set_model_version_tag("digits", 1, "runyard.approval", "approved: fast enough")
        client.delete_model_version_tag("digits", 1, "runyard.approval")
        versions = [message["version"] for message in told(tmp_path)[1:]]
        assert {(one["version"], one["change"], one["subject"]) for one in versions} == {(1, "tag", "runyard.approval")}
        assert [(one["old"], one["new"]) for one in versions] == [
            (None, "requested"),
            ("requested", "approved: fast enough"),
            ("approved: fast enough", None),
        ]

    @pytest.mark.parametrize(
        ("events", "expected"),
        [
            ("run_finished", ["run_finished"]),
            ("model_version_changed", ["model_version_changed"]),
            (["model_version_changed", "run_finished"], ["run_finished", "model_version_changed"]),
            ([], []),
        ],
    )
    def test_only_the_events_that_the_setting_names(
        self, start: Callable[..., Host], tmp_path: Path, events: Any, expected: list[str]
    ) -> None:
        start(events=events, strict=True)
        finish_a_run()
        client = ry.Client()
        client.create_registered_model("digits")
        client.create_model_version("digits", "memory:source")
        assert [message["event"] for message in told(tmp_path)] == expected

    def test_names_of_any_script_arrive(self, start: Callable[..., Host], tmp_path: Path) -> None:
        start(strict=True)
        with ry.start_run(run_name='größe "ß"\n数字'):
            pass
        assert told(tmp_path)[0]["run"]["run_name"] == 'größe "ß"\n数字'

    def test_the_command_gets_its_arguments_as_they_are_and_no_shell(
        self, start: Callable[..., Host], tmp_path: Path
    ) -> None:
        words = ["two words", "$HOME", "|", "*", "~"]
        start(python("import json, sys; json.dump(sys.argv[1:], open('words.json', 'w'))", *words), strict=True)
        finish_a_run()
        assert json.loads((tmp_path / "words.json").read_text()) == words

    def test_a_script_beside_runyard_toml_is_found(
        self, start: Callable[..., Host], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = tmp_path / "tell"
        script.write_text(f"#!{sys.executable}\n{KEEP}\n", encoding="utf-8")
        script.chmod(0o755)
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        start("./tell", strict=True)
        finish_a_run()
        assert len(told(tmp_path)) == 1


class TestSwitchedOff:
    @pytest.mark.parametrize("command", [None, "", "  "])
    def test_what_starts_commands_is_not_even_imported(
        self,
        start: Callable[..., Host],
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        command: str | None,
    ) -> None:
        monkeypatch.delitem(sys.modules, "runyard_notify.command", raising=False)
        start(command, strict=True)
        finish_a_run()
        assert "runyard_notify.command" not in sys.modules
        assert tuple(capfd.readouterr()) == ("", "")


class TestNoHarm:
    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("no-such-command --token=hunter2", r"cannot be started in .*: .*'no-such-command'"),
            ("./no-such-file", r"cannot be started in .*: .*'./no-such-file'"),
            ("/", r"cannot be started in .*: .*'/'"),
            ("''", r"cannot be started in .*"),
            (python("import sys; sys.exit(3)"), r"'.*python.*' exited with 3"),
            (python("import sys; sys.exit('no\\n  \\x1b[1mno chat \\n\\n')"), r".* exited with 1: \[1mno chat"),
            (python("import os; os.kill(os.getpid(), 9)"), r".* was ended by signal 9"),
        ],
    )
    def test_a_command_that_fails_gives_one_line_each_time(
        self, start: Callable[..., Host], capfd: pytest.CaptureFixture[str], command: str, said: str
    ) -> None:
        host = start(command)
        for count in (1, 2):
            finish_a_run()
            assert len(host.plugins.failures) == count
        out, err = capfd.readouterr()
        assert out == ""
        assert "hunter2" not in err
        lines = err.splitlines()
        assert len(lines) == 2
        for line in lines:
            pattern = rf"runyard: plugin 'notify:command' failed at event: CommandFailed: notify\.command {said}"
            assert re.fullmatch(pattern, line), line

    def test_a_setting_that_cannot_be_used_gives_one_line(
        self, start: Callable[..., Host], capfd: pytest.CaptureFixture[str]
    ) -> None:
        start(events=["run_finish"])
        finish_a_run()
        (line,) = capfd.readouterr().err.splitlines()
        assert line.endswith(", not 'run_finish', did you mean 'run_finished'?")

    def test_a_command_that_takes_too_long_is_killed_with_all_it_started(
        self, start: Callable[..., Host], tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        # The pipe ends when the last of its writers is gone: the command and the one it started.
        os.mkfifo(tmp_path / "alive")
        reader = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
        child = "import time; time.sleep(60)"
        code = (
            "import os, subprocess, sys\n"
            "alive = os.open('alive', os.O_WRONLY)\n"
            "child = subprocess.Popen([sys.executable, '-c', sys.argv[1]], pass_fds=[alive])\n"
            "os.write(alive, b'here')\n"
            "child.wait()\n"
        )
        start(python(code, child), timeout=2)
        begun = time.monotonic()
        finish_a_run()
        assert 2 <= time.monotonic() - begun < 20
        (line,) = capfd.readouterr().err.splitlines()
        assert line.endswith("took longer than 2 s (notify.timeout) and was killed")
        assert os.read(reader, 10) == b"here"
        assert select.select([reader], [], [], 20)[0]
        assert os.read(reader, 10) == b""
        os.close(reader)

    def test_what_a_command_leaves_in_the_background_is_not_waited_for(
        self, start: Callable[..., Host], tmp_path: Path
    ) -> None:
        start("sh -c 'sleep 20 & cat > told.jsonl'", timeout=15, strict=True)
        begun = time.monotonic()
        finish_a_run()
        assert time.monotonic() - begun < 15
        assert len(told(tmp_path)) == 1

    @pytest.mark.parametrize(
        "code",
        [
            "pass",
            "import os; os.close(0)",
            "import sys; sys.stdin.read(); sys.stderr.write('x' * 10_000_000)",
            "import sys; sys.stdin.read(); sys.stdout.write('x' * 10_000_000)",
        ],
        ids=["reads nothing", "closes its input", "says much", "prints much"],
    )
    def test_a_command_need_not_read_and_may_say_much(
        self, start: Callable[..., Host], capfd: pytest.CaptureFixture[str], code: str
    ) -> None:
        start(python(code), strict=True)
        finish_a_run()
        assert tuple(capfd.readouterr()) == ("", "")

    def test_an_error_of_the_run_stays_the_one_that_is_raised(self, start: Callable[..., Host]) -> None:
        start("no-such-command")
        run = ry.start_run()
        ry.log_param("lr", 1)
        with pytest.raises(ZeroDivisionError), run:
            raise ZeroDivisionError
        kept = ry.get_run(run.info.run_id)
        assert (kept.info.status, kept.data.params) == ("FAILED", {"lr": "1"})

    def test_a_change_of_a_model_is_kept_whatever_the_command_does(
        self, start: Callable[..., Host], capfd: pytest.CaptureFixture[str]
    ) -> None:
        start("no-such-command")
        client = ry.Client()
        client.create_registered_model("digits")
        client.create_model_version("digits", "memory:source")
        client.set_registered_model_alias("digits", "prod", 1)
        assert client.get_model_version_by_alias("digits", "prod").version == 1
        assert len(capfd.readouterr().err.splitlines()) == 2


class TestInstalled:
    """The plugin as it is found, in a program of its own."""

    @pytest.fixture
    def program(self, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
        (tmp_path / "runyard.toml").write_text("disabled_plugins = ['capture']\n", encoding="utf-8")

        def run(code: str, command: str) -> subprocess.CompletedProcess[str]:
            environ = {**os.environ, "RUNYARD_NOTIFY_COMMAND": command, "RUNYARD_NOTIFY_TIMEOUT": "60"}
            return subprocess.run(
                [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
            )

        return run

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("import runyard as ry; ry.start_run()", "FINISHED"),
            ("import runyard as ry; ry.start_run(); 1 / 0", "FAILED"),
        ],
    )
    def test_a_run_that_the_end_of_the_program_ends_is_told(
        self,
        program: Callable[..., subprocess.CompletedProcess[str]],
        tmp_path: Path,
        code: str,
        status: str,
    ) -> None:
        done = program(code, python(KEEP))
        assert done.returncode == int("1 / 0" in code)
        assert "runyard:" not in done.stderr
        assert [message["run"]["status"] for message in told(tmp_path)] == [status]

    def test_what_the_command_tracks_itself_is_not_told_to_it(
        self, program: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
    ) -> None:
        note = "import os, runyard as ry; ry.start_run()"
        names = "; open('disabled', 'w').write(os.environ['RUNYARD_DISABLED_PLUGINS'])"
        done = program("import runyard as ry; ry.start_run()", python(f"{KEEP}; {note}{names}"))
        assert (done.returncode, done.stderr) == (0, "")
        assert len(told(tmp_path)) == 1
        assert (tmp_path / "disabled").read_text() == "capture,notify"
