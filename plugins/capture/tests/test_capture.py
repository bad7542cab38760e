"""What a run says of itself, seen from outside: real git repositories, real processes."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runyard import Host, Settings
from runyard.entities import Run, RunInfo, RunStatus
from runyard.running import RunSource, running
from runyard.specs import Listener, RunContext
from runyard.testing.contracts.context import ListenerContract, RunContextContract
from runyard.testing.memory import plugin as memory
from runyard_capture import git, plugin, snapshot, source
from runyard_capture.packages import requirements
from runyard_capture.secrets import command_line, is_secret

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    git._states.forget()
    snapshot.listener._diffs.forget()
    yield
    git._states.forget()
    snapshot.listener._diffs.forget()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit, in which a script runs."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src/train.py").write_text("lr = 0.1\n")
    (folder / "read me.txt").write_text("hello\n")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "first")):
        run_git(folder, *arguments)
    monkeypatch.setattr(sys, "argv", [str(folder / "src/train.py")])
    return folder


def run_git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def git_tags(**settings: Any) -> dict[str, str]:
    tags = git.tags(Settings(extra=settings))
    return {key.removeprefix("mlflow.source.git."): value for key, value in tags.items() if key != git.ROOT}


class TestSourceContract(RunContextContract):
    @pytest.fixture
    def spec(self) -> RunContext:
        return plugin.runyard_run_contexts()[0]


class TestGitContract(RunContextContract):
    @pytest.fixture(autouse=True)
    def _in_a_repository(self, repository: Path) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")

    @pytest.fixture
    def spec(self) -> RunContext:
        return plugin.runyard_run_contexts()[1]


class TestSnapshotContract(ListenerContract):
    @pytest.fixture(autouse=True)
    def _in_a_changed_repository(self, repository: Path) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")

    @pytest.fixture
    def spec(self) -> Listener:
        return plugin.runyard_listeners()[0]


class TestGit:
    def test_the_root_of_the_working_tree_is_noted(self, repository: Path) -> None:
        assert git.tags(Settings())["runyard.git.root"] == str(repository)

    def test_of_a_launched_project_the_project_is_described(self, repository: Path, tmp_path: Path) -> None:
        with running(RunSource(name="there", kind="PROJECT", folder=tmp_path)):
            tags = {**source.tags(Settings()), **git.tags(Settings())}
        assert (tags["mlflow.source.name"], tags["mlflow.source.type"]) == ("there", "PROJECT")
        assert tags["runyard.cwd"] == str(tmp_path) != str(repository)
        assert "mlflow.source.git.commit" not in tags

    def test_commit_and_branch_are_noted(self, repository: Path) -> None:
        assert git_tags() == {"commit": run_git(repository, "rev-parse", "HEAD"), "branch": "main", "dirty": "false"}

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://user:token@example.org/a/b.git", "https://example.org/a/b.git"),
            ("https://token@example.org:8443/a/b.git", "https://example.org:8443/a/b.git"),
            ("git@example.org:a/b.git", "git@example.org:a/b.git"),
            ("ssh://git@example.org/a/b.git", "ssh://example.org/a/b.git"),
        ],
    )
    def test_the_address_of_the_repository_has_no_credentials(self, repository: Path, url: str, shown: str) -> None:
        run_git(repository, "remote", "add", "origin", url)
        assert git_tags()["repoURL"] == shown

    def test_a_changed_file_makes_it_dirty_whether_staged_or_not(self, repository: Path) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")
        assert git_tags()["dirty"] == "true"
        run_git(repository, "add", ".")
        git._states.forget()
        assert git_tags()["dirty"] == "true"

    def test_a_new_file_alone_does_not_make_it_dirty(self, repository: Path) -> None:
        (repository / "output.csv").write_text("x")
        assert git_tags()["dirty"] == "false"

    def test_a_detached_head_has_a_commit_but_no_branch(self, repository: Path) -> None:
        run_git(repository, "checkout", "-q", "--detach")
        assert set(git_tags()) == {"commit", "dirty"}

    def test_an_empty_repository_has_a_branch_only(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        run_git(tmp_path, "init", "-q", "-b", "trunk")
        monkeypatch.setattr(sys, "argv", [""])
        monkeypatch.chdir(tmp_path)
        assert git_tags() == {"branch": "trunk", "dirty": "false"}

    def test_without_a_repository_there_are_no_tags(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", [""])
        monkeypatch.chdir(tmp_path)
        assert git_tags() == {}

    def test_without_git_there_are_no_tags(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(repository))
        assert git_tags() == {}

    def test_a_broken_repository_gives_no_tags(self, repository: Path) -> None:
        (repository / ".git/HEAD").write_text("nonsense")
        assert git_tags() == {}

    def test_a_git_that_hangs_gives_no_tags(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        programs = repository / "programs"
        programs.mkdir()
        (programs / "git").write_text(f"#!{sys.executable}\nimport time\ntime.sleep(60)\n")
        (programs / "git").chmod(0o755)
        monkeypatch.setenv("PATH", str(programs))
        monkeypatch.setattr(git, "TIMEOUT", 0.2)
        started = time.monotonic()
        assert git_tags() == {}
        assert time.monotonic() - started < 10

    def test_it_is_asked_once_per_process(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        earlier = git_tags()
        monkeypatch.setenv("PATH", "")
        assert git_tags() == earlier

    def test_a_setting_switches_it_off(self, repository: Path) -> None:
        assert git_tags(**{"capture.git": False}) == {}


class TestSource:
    def run_script(self, folder: Path, *command: str, **environment: str) -> dict[str, str]:
        script = "from runyard import Settings\nfrom runyard_capture import source\nimport json\n"
        script += "print(json.dumps(dict(source.tags(Settings()))))\n"
        (folder / "train.py").write_text(script)
        (folder / "package").mkdir(exist_ok=True)
        (folder / "package/__main__.py").write_text(script)
        done = subprocess.run(
            [sys.executable, *command], cwd=folder, env={**os.environ, **environment}, capture_output=True, check=True
        )
        import json

        found: dict[str, str] = json.loads(done.stdout)
        return found

    def test_a_script_is_named_with_its_command_line(self, tmp_path: Path) -> None:
        tags = self.run_script(tmp_path, "train.py", "--lr", "0.1", "--token", "hunter2")
        assert tags["mlflow.source.name"] == "train.py"
        assert tags["mlflow.source.type"] == "LOCAL"
        assert tags["runyard.command"] == f"{sys.executable} train.py --lr 0.1 --token ***"
        assert tags["runyard.cwd"] == str(tmp_path)

    def test_a_module_is_named_as_it_was_called(self, tmp_path: Path) -> None:
        assert self.run_script(tmp_path, "-m", "package")["mlflow.source.name"] == "package"

    def test_a_job_of_a_scheduler_is_known(self, tmp_path: Path) -> None:
        assert self.run_script(tmp_path, "train.py", SLURM_JOB_ID="7")["mlflow.source.type"] == "JOB"

    def test_code_on_the_command_line_is_a_console_and_is_not_kept(self, tmp_path: Path) -> None:
        code = "exec(open('train.py').read()) # password='x'"
        tags = self.run_script(tmp_path, "-c", code)
        assert tags["mlflow.source.name"] == "<console>"
        assert "password" not in tags["runyard.command"]

    def test_the_user_of_the_settings_comes_first(self) -> None:
        assert source.tags(Settings(user="ada"))["mlflow.user"] == "ada"
        assert source.tags(Settings())["mlflow.user"]

    def test_a_command_line_too_long_for_a_tag_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "orig_argv", ["python", "x" * 10_000])
        command = source.tags(Settings())["runyard.command"]
        assert len(command) == 8_000
        assert command.endswith("(10007 characters in all)")

    def test_a_setting_keeps_the_command_line_out(self) -> None:
        assert "runyard.command" not in source.tags(Settings(extra={"capture.command": False}))


class TestSecrets:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--password", "hunter2"],
            ["--password=hunter2"],
            ["--db-password", "hunter2"],
            ["--apiKey=hunter2"],
            ["--api_key", "hunter2"],
            ["-token", "hunter2"],
            ["AWS_SECRET_ACCESS_KEY=hunter2"],
            ["db.password=hunter2"],
            ["--store", "postgresql://user:hunter2@host/db"],
            ["--store=postgresql://user:hunter2@host/db"],
            ["--url", "https://host/x?token=hunter2"],
            ["--header", "Authorization: Bearer hunter2"],
            ["ghp_hunter2hunter2"],
            ["--note=the key is AKIAhunter2HUNTER"],
        ],
    )
    def test_a_secret_is_hidden(self, arguments: list[str]) -> None:
        shown = command_line(["python", "train.py", *arguments, "--lr", "0.1"])
        assert "hunter2" not in shown
        assert "***" in shown
        assert shown.endswith("--lr 0.1")

    def test_what_is_no_secret_is_shown(self) -> None:
        arguments = ["python", "train.py", "--tokenizer", "bert", "--key-column=id", "--max-tokens", "5", "a b"]
        assert command_line(arguments) == "python train.py --tokenizer bert --key-column=id --max-tokens 5 'a b'"

    def test_a_flag_with_a_secret_name_does_not_hide_the_next_option(self) -> None:
        assert command_line(["x", "--no-auth", "--lr", "0.1"]) == "x --no-auth --lr 0.1"

    @pytest.mark.parametrize("name", ["--author", "passes", "--keyboard", "--monkey", "tokens_per_batch"])
    def test_words_are_not_taken_for_secrets_by_a_part_of_them(self, name: str) -> None:
        assert not is_secret(name)


class TestSnapshot:
    @pytest.fixture
    def started(self, tmp_path: Path) -> Callable[..., dict[str, bytes]]:
        def start(**settings: Any) -> dict[str, bytes]:
            location = f"memory:{tmp_path}/{time.monotonic_ns()}"
            run = Run(RunInfo("1" * 32, "1", "r", "u", RunStatus.RUNNING, 1, None, location))
            with Host(
                Settings(extra=settings, strict_plugins=True),
                plugins={"memory": memory, "capture": plugin},
                discover=False,
            ) as host:
                host.notify("runyard_run_started", run=run)
                store = host.artifact_store(location)
                return {info.path: store.open(info.path).read() for info in store.list("runyard")}

        return start

    def test_a_clean_tree_keeps_the_packages_only(
        self, repository: Path, started: Callable[..., dict[str, bytes]]
    ) -> None:
        assert list(started()) == ["runyard/requirements.txt"]

    def test_the_diff_turns_the_commit_into_what_ran(
        self, repository: Path, started: Callable[..., dict[str, bytes]], tmp_path: Path
    ) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")
        run_git(repository, "add", "src/train.py")
        (repository / "read me.txt").write_text("hello\nworld\n")
        (repository / "secret.env").write_text("KEY=hunter2")
        run_git(repository, "config", "diff.noprefix", "true")
        patch = started()["runyard/diff.patch"]
        assert b"# not tracked, not included: secret.env\n" in patch
        assert b"hunter2" not in patch
        (tmp_path / "diff.patch").write_bytes(patch)
        run_git(tmp_path, "clone", "-q", str(repository), "clone")
        run_git(tmp_path / "clone", "apply", str(tmp_path / "diff.patch"))
        assert (tmp_path / "clone/src/train.py").read_text() == "lr = 0.2\n"
        assert (tmp_path / "clone/read me.txt").read_text() == "hello\nworld\n"

    def test_a_diff_over_the_limit_keeps_whole_files_and_says_so(
        self, repository: Path, started: Callable[..., dict[str, bytes]]
    ) -> None:
        (repository / "read me.txt").write_text("small\n")
        (repository / "src/train.py").write_text("x = 1\n" * 100_000)
        patch = started(**{"capture.diff_limit": 10_000})["runyard/diff.patch"]
        assert b"within the first 10000 bytes (setting capture.diff_limit)" in patch
        assert patch.count(b"diff --git") == 1
        assert patch.endswith(b"+small\n")

    def test_runs_of_one_process_share_what_was_worked_out(
        self, repository: Path, started: Callable[..., dict[str, bytes]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")
        earlier = started()
        monkeypatch.setenv("PATH", "")
        assert started() == earlier

    def test_settings_switch_each_file_off(self, repository: Path, started: Callable[..., dict[str, bytes]]) -> None:
        (repository / "src/train.py").write_text("lr = 0.2\n")
        assert list(started(**{"capture.diff": False})) == ["runyard/requirements.txt"]
        assert list(started(**{"capture.packages": False})) == ["runyard/diff.patch"]


class TestPackages:
    def test_they_are_those_that_the_metadata_knows(self) -> None:
        from importlib.metadata import distributions

        lines = requirements().splitlines()
        assert lines[0].startswith(f"# Python {platform.python_version()} on ")
        versions = dict(line.split("==") for line in lines if "==" in line and not line.startswith("#"))
        for distribution in distributions():
            name = distribution.metadata["Name"].lower().replace("_", "-").replace(".", "-")
            assert versions.get(name, distribution.version) == distribution.version
        assert {"attrs", "click", "pytest"} <= set(versions)

    def test_what_was_installed_from_elsewhere_says_from_where(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, content in {
            "from_git-1.0": '{"url": "https://u:p@host/x.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "editable-2.0": '{"url": "file:///home/x", "dir_info": {"editable": true}}',
            "a_wheel-3.0": '{"url": "https://host/a.whl", "archive_info": {}}',
            "broken-4.0": "{",
        }.items():
            (tmp_path / f"{name}.dist-info").mkdir()
            (tmp_path / f"{name}.dist-info/direct_url.json").write_text(content)
        monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
        assert requirements().splitlines()[1:] == [
            "a-wheel @ https://host/a.whl",
            "broken==4.0  # from a place that cannot be read",
            "# editable==2.0 from file:///home/x",
            "from-git @ git+https://u:***@host/x.git@abc",
        ]
