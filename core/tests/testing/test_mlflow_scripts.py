"""A script runs in a fork as it would run in a process that begins with it; any Python will do to see that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runyard.testing.mlflow_scripts import MlflowScripts

# Says all that a script can see of how it was started.
SHOW = """
import os, sys
print(__name__, sys.argv[1:], os.getcwd(), sorted(os.environ), sys.stdin.read())
print(sys.path[:2], globals().get("__file__"), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def scripts() -> Iterator[MlflowScripts]:
    scripts = MlflowScripts(sys.executable)
    yield scripts
    scripts.close()


@pytest.mark.parametrize("as_file", [False, True])
def test_a_script_sees_what_it_would_see_in_a_process_of_its_own(
    scripts: MlflowScripts, tmp_path: Path, as_file: bool
) -> None:
    (tmp_path / "show.py").write_text(SHOW, encoding="utf-8")
    words = [str(tmp_path / "show.py"), "a", "b c"] if as_file else ["-c", SHOW, "a", "b c"]
    environ = {"PYTHONPATH": "/first:/second", "LC_ALL": "C.UTF-8", "MLFLOW_DISABLE_TELEMETRY": "true"}
    (tmp_path / "here").mkdir()
    forked = scripts.run(*words, environ=environ, folder=tmp_path / "here", given="x\n")
    alone = subprocess.run(
        [sys.executable, *words],
        env=environ,
        cwd=tmp_path / "here",
        input="x\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert (forked.returncode, forked.stdout, forked.stderr) == (0, alone.stdout, alone.stderr)


def test_what_is_to_be_done_at_the_exit_is_done(scripts: MlflowScripts) -> None:
    done = scripts.run(
        "-c", "import atexit, threading as t\natexit.register(print, 'end')\nt.Timer(0.2, print, 'a').start()"
    )
    assert done.stdout.split() == ["a", "end"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import sys; sys.exit(3)", 3),
        ("1 / 0", 1),
        ("import os; os._exit(4)", 4),
        ("import os; os.abort()", -6),
    ],
)
def test_its_exit_code_is_told(scripts: MlflowScripts, code: str, expected: int) -> None:
    done = scripts.run("-c", code)
    assert done.returncode == expected
    assert ("ZeroDivisionError" in done.stderr) == (code == "1 / 0")


def test_nothing_is_left_for_the_next_script(scripts: MlflowScripts) -> None:
    scripts.run(
        "-c", "import os, sys, csv; csv.left = left = os.environ['LEFT'] = '1'; sys.path.append('/left'); os.chdir('/')"
    )
    done = scripts.run(
        "-c", "import os, sys, csv; print('left' in dir(csv) + dir() + sys.path, 'LEFT' in os.environ, os.getcwd())"
    )
    assert done.stdout == f"False False {Path.cwd()}\n"


def test_random_numbers_differ_between_scripts(scripts: MlflowScripts) -> None:
    code = "import random, numpy; print(random.random(), numpy.random.rand())"
    first, second = (scripts.run("-c", code, modules=["numpy"]).stdout.split() for _ in range(2))
    assert not set(first) & set(second)


def test_modules_are_imported_once_for_all_where_they_are_installed(scripts: MlflowScripts) -> None:
    for _ in range(2):
        done = scripts.run("-c", "import sys; print('wave' in sys.modules)", modules=["wave", "no_such_module"])
        assert done.stdout == "True\n"
    assert scripts.run("-c", "import sys; print('wave' in sys.modules)").stdout == "True\n"


class Late(Exception):
    """What pytest raises in a test that has lasted too long is raised while it waits."""


def test_a_script_that_is_given_up_is_killed_and_the_next_one_runs(
    scripts: MlflowScripts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(*_: object) -> None:
        raise Late

    monkeypatch.chdir(tmp_path)
    scripts.run("-c", "1")
    started = time.monotonic()
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(Late):
            scripts.run("-c", "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert is_gone(int((tmp_path / "pid").read_text()))
    assert time.monotonic() - started < 50, "it was waited for"
    assert scripts.run("-c", "print('again')").stdout == "again\n"


def test_no_process_is_left() -> None:
    scripts = MlflowScripts(sys.executable)
    parent = int(scripts.run("-c", "import os; print(os.getppid())").stdout)
    scripts.close()
    assert is_gone(parent)


def test_a_python_that_does_not_begin_says_why(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such library >&2; exit 1\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(AssertionError, match="no such library"):
        MlflowScripts(str(python)).run("-c", "1")


def is_gone(pid: int) -> bool:
    """Whether a process ends within seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
