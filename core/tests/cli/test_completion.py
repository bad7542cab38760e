"""Shell completion: the scripts, and what they offer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from runyard.cli.context import Context
from runyard.cli.main import root

from .conftest import AddRun, CommandLine


def offered(cli: CommandLine, *words: str) -> list[str]:
    """What is offered for the last word."""
    shell = ShellComplete(root, {"obj": Context(cli.host)}, "runyard", "_RUNYARD_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize(
    ("shell", "parts"),
    [
        ("bash", ["_RUNYARD_COMPLETE=bash_complete", "complete -o nosort -F _runyard_completion runyard"]),
        ("zsh", ["#compdef runyard", "_RUNYARD_COMPLETE=zsh_complete"]),
        ("fish", ["_RUNYARD_COMPLETE=fish_complete", "complete --no-files --command runyard"]),
    ],
)
def test_the_script_of_a_shell_is_printed(cli: CommandLine, shell: str, parts: list[str]) -> None:
    script = cli("completion", shell)
    assert all(part in script for part in parts)


def test_a_shell_that_is_not_known_is_a_usage_error(cli: CommandLine) -> None:
    assert cli.run("completion", "tcsh").exit_code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_can_read_its_script(cli: CommandLine) -> None:
    done = subprocess.run(["bash", "-n"], input=cli("completion", "bash"), text=True, check=False)
    assert done.returncode == 0


def test_groups_commands_and_options_are_offered(cli: CommandLine) -> None:
    assert offered(cli, "exp") == ["experiments"]
    assert offered(cli, "plugins", "") == ["doctor", "list", "new"]
    assert offered(cli, "plugins", "doctor", "--de") == ["--deep"]
    assert offered(cli, "completion", "") == ["bash", "zsh", "fish"]


def test_experiments_and_runs_are_offered(cli: CommandLine, add_run: AddRun) -> None:
    add_run("aa11", experiment="vision/digits")
    add_run("ab22", experiment="vision/letters")
    assert sorted(offered(cli, "experiments", "show", "vis")) == ["vision/digits", "vision/letters"]
    assert offered(cli, "runs", "list", "--experiment", "vision/d") == ["vision/digits"]
    assert sorted(offered(cli, "runs", "show", "a")) == ["aa11", "ab22"]
    assert offered(cli, "runs", "compare", "aa11", "ab") == ["ab22"]
    assert offered(cli, "runs", "show", "x' OR '1'='1") == []


def test_nothing_is_offered_where_the_store_cannot_be_asked(tmp_path: Path) -> None:
    environ = {**os.environ, "COMP_WORDS": "runyard runs show a", "COMP_CWORD": "3"}
    environ |= {"_RUNYARD_COMPLETE": "bash_complete", "RUNYARD_TRACKING_URI": "nothing://here"}
    done = subprocess.run(
        [sys.executable, "-c", "from runyard.cli.main import run; run()"],
        capture_output=True,
        text=True,
        check=False,
        env=environ,
        cwd=tmp_path,
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")
