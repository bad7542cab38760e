"""Projects are run as a person runs them: `runyard run`, with what is really installed here."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
import psutil
import pytest

import runyard as ry
from runyard.entities import Run
from runyard.errors import ExecutionFailed, NotFound
from runyard.host import Host, set_default_host
from runyard.projects import keeping
from runyard.settings import Settings
from runyard.testing.server import clean_environment

MLPROJECT = """
name: tiny
entry_points:
  main:
    parameters:
      alpha: {type: float, default: 0.5}
      name: string
    command: "python train.py {alpha} '{name}'"
  data:
    parameters:
      file: path
    command: cat {file}
  link:
    parameters:
      to: uri
    command: echo {to}
  fail:
    command: "echo it is broken >&2 && false || exit 3"
  silent:
    command: "true"
  slow:
    command: "python slow.py"
"""
TRAIN = """
import json, os, sys
import runyard as ry
print("given", json.dumps(sys.argv[1:]))
with ry.start_run():
    ry.log_metric("score", float(sys.argv[1]))
print("größe done")
"""
SLOW = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"


@attrs.frozen
class Place:
    """A folder with a project and a tracking store of its own."""

    folder: Path
    environ: Mapping[str, str]
    host: Host

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "runyard", *words]

    def run(self, *words: str, code: int = 0, **more: Any) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command("run", *words),
            cwd=self.project,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            **more,
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def last(self) -> Run:
        client = ry.Client(host=self.host)
        experiments = [one.experiment_id for one in client.search_experiments()]
        run: Run = client.search_runs(experiments, order_by=["attributes.start_time DESC"], max_results=1)[0]
        return run

    def artifact(self, run: Run, path: str) -> str:
        with self.host.artifact_store(run.info.artifact_uri).open(path) as file:
            return file.read().decode()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    project = tmp_path / "project"
    project.mkdir()
    for name, text in {"MLproject": MLPROJECT, "train.py": TRAIN, "slow.py": SLOW}.items():
        (project / name).write_text(text)
    data = str(tmp_path / "runyard-data")
    # What earlier tests have made is not found in a folder of its own.
    own: dict[str, Any] = {"tracking_uri": data, "data_dir": data, "environments_dir": str(tmp_path / "environments")}
    environ = {**clean_environment(), **{f"RUNYARD_{name.upper()}": value for name, value in own.items()}}
    host = Host(Settings(**own))
    before = set_default_host(host)
    yield Place(tmp_path, environ, host)
    set_default_host(before)
    host.close()


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class TestRunning:
    def test_a_project_runs_and_is_tracked(self, place: Place) -> None:
        done = place.run(".", "-P", 'name=it\'s "$HOME"; ok', "-P", "extra=1 2")
        assert done.stdout.splitlines() == ['given ["0.5", "it\'s \\"$HOME\\"; ok", "--extra", "1 2"]', "größe done"]
        run = place.last()
        assert run.info.status == "FINISHED"
        assert run.data.params == {"alpha": "0.5", "name": 'it\'s "$HOME"; ok', "extra": "1 2"}
        assert run.data.metrics == {"score": 0.5}
        tags = run.data.tags
        assert tags["mlflow.source.type"] == "PROJECT"
        assert tags["mlflow.source.name"] == str(place.project)
        assert (tags["mlflow.project.entryPoint"], tags["mlflow.project.backend"]) == ("main", "local")
        assert tags["mlflow.project.env"] == "local"
        assert place.artifact(run, "runyard/output.log") == done.stdout
        assert "runyard-core" in place.artifact(run, "runyard/requirements.txt")
        assert not list((place.folder / "runyard-data" / "launches").iterdir()), "something of the launch is left"

    def test_its_exit_code_and_why_it_failed_are_passed_on(self, place: Place) -> None:
        done = place.run(".", "-e", "fail", code=3)
        assert "FAILED: exit code 3" in done.stderr
        run = place.last()
        assert (run.info.status, run.data.tags["runyard.failure"]) == ("FAILED", "exit code 3")
        assert place.artifact(run, "runyard/output.log") == "it is broken\n"

    def test_a_program_that_tracks_nothing_is_tracked(self, place: Place) -> None:
        place.run(".", "-e", "silent", "--run-name", "quiet", "--experiment-name", "mine/silent")
        run = place.last()
        assert (run.info.status, run.info.run_name) == ("FINISHED", "quiet")
        assert ry.get_experiment(run.info.experiment_id).name == "mine/silent"
        assert run.info.end_time is not None

    def test_a_script_of_any_folder_runs(self, place: Place) -> None:
        (place.project / "MLproject").unlink()
        (place.project / "go {x}.sh").write_text('echo "$@"')
        assert place.run(".", "-e", "go {x}.sh", "-P", "a=$1").stdout == "--a $1\n"

    def test_json_says_what_came_out(self, place: Place) -> None:
        said = json.loads(place.run(".", "-e", "fail", "--json", code=3).stdout)
        assert said == {
            "run_id": place.last().info.run_id, "status": "FAILED", "exit_code": 3, "reason": "exit code 3",
        }  # fmt: skip

    def test_a_run_that_is_there_is_used(self, place: Place) -> None:
        client = ry.Client(host=place.host)
        run_id = client.create_run(ry.create_experiment("there")).info.run_id
        place.run(".", "-P", "name=x", "--run-id", run_id)
        found = client.get_run(run_id)
        assert (found.info.status, found.data.metrics) == ("FINISHED", {"score": 0.5})

    def test_a_path_that_is_elsewhere_is_fetched_first(self, place: Place) -> None:
        run = ry.start_run()
        ry.log_text("hello from a run\n", "data/in put.txt")
        ry.end_run()
        uri = f"runs:/{run.info.run_id}/data/in put.txt"
        assert place.run(".", "-e", "data", "-P", f"file={uri}").stdout == "hello from a run\n"
        assert place.last().data.params == {"file": uri}
        assert place.run(".", "-e", "link", "-P", "to=s3://b/c d").stdout == "s3://b/c d\n"

    def test_a_local_path_starts_where_the_user_is(self, place: Place) -> None:
        (place.folder / "elsewhere").mkdir()
        (place.folder / "elsewhere" / "d.txt").write_text("mine\n")
        done = subprocess.run(
            place.command("run", "../project", "-e", "data", "-P", "file=d.txt"),
            cwd=place.folder / "elsewhere",
            env=place.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "mine\n")


class TestEnding:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_the_program_and_the_run(self, place: Place, number: signal.Signals) -> None:
        process = self._begun(place, "-e", "slow")
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode != 0
        run = place.last()
        assert (run.info.status, run.data.tags["runyard.failure"]) == ("KILLED", "interrupted")
        assert not _running_slow(place)
        assert "begun" in place.artifact(run, "runyard/output.log")

    def test_a_run_is_launched_by_one_process_at_a_time(self, place: Place) -> None:
        run_id = ry.Client(host=place.host).create_run(ry.create_experiment("once")).info.run_id
        process = self._begun(place, "-e", "slow", "--run-id", run_id)
        done = place.run(".", "-e", "silent", "--run-id", run_id, code=1)
        assert f"run {run_id} is looked after by another process" in done.stderr
        assert _running_slow(place)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert ry.get_run(run_id).info.status == "KILLED"

    def test_it_may_take_so_long_and_no_longer(self, place: Place) -> None:
        done = place.run(".", "-e", "slow", "--timeout", "1s", code=143)
        assert "longer than the 1 s" in done.stderr
        run = place.last()
        assert run.info.status == "FAILED"
        assert "1 s" in run.data.tags["runyard.failure"]
        assert not _running_slow(place)

    def test_what_a_killed_launcher_left_is_settled_by_the_next(self, place: Place) -> None:
        (place.project / "slow.py").write_text(
            "import time\nprint('begun', flush=True)\ntime.sleep(1.5)\nprint('end')\n"
        )
        process = self._begun(place, "-e", "slow")
        process.kill()
        process.communicate()
        run = place.last()
        assert run.info.status == "RUNNING"
        _until(lambda: not _running_slow(place))
        place.run(".", "-e", "silent")
        settled = ry.get_run(run.info.run_id)
        assert settled.info.status == "FINISHED"
        assert place.artifact(settled, "runyard/output.log") == "begun\nend\n"

    def test_a_launch_of_which_nothing_can_be_learned_does_not_stop_the_next(self, place: Place) -> None:
        left = place.folder / "runyard-data" / "launches" / ("0" * 32)
        left.mkdir(parents=True)
        (left / "launch.json").write_text(json.dumps({"backend": "gone"}))
        done = place.run(".", "-e", "silent")
        assert f"what became of run {'0' * 32} is not known: no plugin provides project backend 'gone'" in done.stderr
        assert left.is_dir()

    @staticmethod
    def _begun(place: Place, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            place.command("run", ".", *words), cwd=place.project, env=place.environ, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        return process


class TestSources:
    def test_a_version_of_a_repository_runs(self, place: Place) -> None:
        repository = place.folder / "repository"
        (repository / "inner").mkdir(parents=True)
        git(repository, "init", "-q")
        script = repository / "inner" / "which.sh"
        commits = {}
        for name in ("one", "two"):
            script.write_text(f"echo {name}")
            git(repository, "add", "-A")
            git(repository, "commit", "-q", "-m", name)
            git(repository, "tag", f"v-{name}")
            commits[name] = git(repository, "rev-parse", "HEAD")
        git(repository, "branch", "old", "v-one")
        uri = f"git+file://{repository}#inner"
        expected = {
            None: "two",
            "v-one": "one",
            "old": "one",
            commits["one"]: "one",
            commits["one"][:8]: "one",
            "main": "two",
        }
        for version, name in expected.items():
            words = ["-v", version] if version else []
            assert place.run(uri, "-e", "which.sh", *words).stdout == f"{name}\n", version
            tags = place.last().data.tags
            assert tags["mlflow.source.git.commit"] == commits[name]
            assert tags["mlflow.source.git.repoURL"] == f"file://{repository}"
            assert tags["mlflow.source.name"] == uri
            assert tags.get("mlflow.source.git.branch") == {None: "main", "old": "old", "main": "main"}.get(version)
        done = place.run(uri, "-e", "which.sh", "-v", "nope", code=1)
        assert "no version 'nope'; branches: main, old; tags: v-one, v-two" in done.stderr
        assert place.run(str(repository / "inner"), "-e", "which.sh").stdout == "two\n"
        assert place.last().data.tags["mlflow.source.name"] == f"file://{repository}#inner"

    def test_an_archive_runs_and_cannot_lead_out(self, place: Place) -> None:
        with zipfile.ZipFile(place.folder / "p.zip", "w") as archive:
            archive.writestr("top/say.sh", "echo from an archive")
        assert place.run("../p.zip", "-e", "say.sh").stdout == "from an archive\n"
        assert place.run("../p.zip#top", "-e", "say.sh").stdout == "from an archive\n"
        with zipfile.ZipFile(place.folder / "bad.zip", "w") as archive:
            archive.writestr("fine.sh", "echo")
            archive.writestr("../../out.sh", "echo")
        assert "leads out" in place.run("../bad.zip", "-e", "fine.sh", code=1).stderr

    def test_a_place_of_artifacts_runs(self, place: Place) -> None:
        run = ry.start_run()
        ry.log_text("echo from a run", "code/say.sh")
        ry.end_run()
        assert place.run(f"runs:/{run.info.run_id}/code", "-e", "say.sh").stdout == "from a run\n"


class TestEnvironments:
    def test_it_runs_in_what_it_asks_for_which_is_made_once(self, place: Place) -> None:
        (place.project / "MLproject").unlink()
        (place.project / "requirements.txt").write_text("six==1.16.0\n")
        (place.project / "see.py").write_text("import six, sys\nprint(six.__version__, sys.prefix)\n")
        lines: list[str] = []
        name = ry.projects.build(place.project, report=lines.append)
        assert any("six" in line for line in lines)
        first = place.run(".", "-e", "see.py")
        version, prefix = first.stdout.split()
        assert (version, Path(prefix).name) == ("1.16.0", name)
        assert "six" not in first.stderr, "it was built again"
        run = place.last()
        assert run.data.tags["mlflow.project.env"] == "virtualenv"
        assert "six==1.16.0" in place.artifact(run, "runyard/requirements.txt")
        assert "pytest" not in place.artifact(run, "runyard/requirements.txt")
        (place.project / "requirements.txt").unlink()
        assert ry.projects.build(place.project) == ""

    def test_one_that_cannot_be_made_says_what_the_tool_said(self, place: Place) -> None:
        (place.project / "requirements.txt").write_text("no-such-package-of-anybody==9.9\n")
        done = place.run(".", "-P", "name=x", code=1)
        (told,) = [line for line in done.stderr.splitlines() if line.startswith("runyard: ")]
        assert "failed for no-such-package-of-anybody==9.9" in told
        run = place.last()
        assert run.info.status == "FAILED"
        assert "no-such-package-of-anybody" in run.data.tags["runyard.failure"]
        assert run.data.params == {"alpha": "0.5", "name": "x"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((".",), "entry point 'main' needs name"),
        ((".", "-P", "nam=x"), "is it what was given as 'nam'"),
        ((".", "-P", "name=x", "-P", "alpha=abc"), "parameter 'alpha' is a number (float), got 'abc'"),
        ((".", "-e", "mian"), "no entry point 'mian', did you mean 'main'?"),
        ((".", "-e", "link", "-P", "to=nothing"), "parameter 'to' is a URI"),
        ((".", "-e", "data", "-P", "file=gone.txt"), "there is no"),
        ((".", "-e", "data", "-P", "file=sftp://127.0.0.1:9/x"), "127.0.0.1"),
        ((".", "-e", "data", "-P", f"file=runs:/{'1' * 32}/x"), "1" * 32),
        (("../gone",), "there is no such folder"),
        (("git+file:///gone/repository",), "no project in /gone/repository"),
        ((".", "-v", "main"), "a version goes with a repository"),
        (("https://127.0.0.1:9/x.git",), "git ls-remote failed"),
        ((".", "-P", "name=x", "-b", "nowhere"), "no plugin provides project backend 'nowhere'"),
        ((".", "-P", "name=x", "--env", "nothing"), "no plugin provides environment manager 'nothing'"),
    ],
)  # fmt: skip
def test_what_cannot_run_is_said_in_one_line_and_by_the_run(place: Place, words: tuple[str, ...], said: str) -> None:
    done = place.run(*words, code=1)
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert said in lines[0]
    run = place.last()
    assert run.info.status == "FAILED"
    assert said in run.data.tags["runyard.failure"]
    assert not list((place.folder / "runyard-data" / "launches").iterdir())


def test_a_broken_project_file_is_shown_with_its_line(place: Place) -> None:
    (place.project / "MLproject").write_text("name: x\nentry_points:\n  main:\n    comand: echo\n")
    assert "MLproject, line 3: entry_points.main has no command" in place.run(".", code=1).stderr
    (place.project / "MLproject").write_text("name: x\nentry_points: [\n")
    assert "MLproject, line" in place.run(".", code=1).stderr


class TestInPython:
    def test_a_run_is_waited_for(self, place: Place, capfd: pytest.CaptureFixture[str]) -> None:
        submitted = ry.projects.run(place.project, parameters={"name": "x", "alpha": 2})
        assert submitted.get_status() == "FINISHED"
        assert ry.get_run(submitted.run_id).data.metrics == {"score": 2.0}
        assert "größe done" in capfd.readouterr().out

    def test_a_failure_is_raised(self, place: Place) -> None:
        with pytest.raises(ExecutionFailed, match="exit code 3"):
            ry.projects.run(place.project, "fail")
        with pytest.raises(NotFound, match="nope"):
            ry.projects.run(place.project, "nope")

    def test_several_run_at_once_below_the_active_run(self, place: Place) -> None:
        with ry.start_run() as outer:
            all_of_them = [
                ry.run(place.project, parameters={"name": str(number)}, synchronous=False) for number in range(3)
            ]
            assert {one.wait() for one in all_of_them} == {True}
        found = ry.search_runs(
            [outer.info.experiment_id],
            filter_string=f"tags.mlflow.parentRunId = '{outer.info.run_id}'",
            output_format="list",
        )
        assert {run.info.run_id for run in found} == {one.run_id for one in all_of_them}

    def test_its_output_is_kept_while_it_goes_on(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(keeping, "PAUSE", 0.05)
        (place.project / "slow.py").write_text(
            "import pathlib, time\nprint('begun', flush=True)\n"
            "while not pathlib.Path('go').exists():\n    time.sleep(0.05)\nprint('end')\n"
        )
        submitted = ry.projects.run(place.project, "slow", synchronous=False)
        run = ry.get_run(submitted.run_id)
        store = place.host.artifact_store(run.info.artifact_uri)
        _until(lambda: store.stat("runyard/output.log") is not None)
        assert place.artifact(run, "runyard/output.log") == "begun\n"
        assert submitted.get_status() == "RUNNING"
        (place.project / "go").touch()
        assert submitted.wait()
        assert place.artifact(run, "runyard/output.log") == "begun\nend\n"

    def test_it_is_cancelled(self, place: Place) -> None:
        submitted = ry.projects.run(place.project, "slow", synchronous=False)
        _until(lambda: _running_slow(place))
        submitted.cancel()
        assert submitted.get_status() == "KILLED"
        assert not submitted.wait()
        assert not _running_slow(place)


def _running_slow(place: Place) -> bool:
    def is_it(process: psutil.Process) -> bool:
        try:
            return "slow.py" in process.cmdline() and Path(process.cwd()) == place.project
        except psutil.Error:
            return False

    return any(map(is_it, psutil.process_iter()))


def _until(look: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
