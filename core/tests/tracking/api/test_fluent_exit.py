"""What a script leaves behind when it ends, however it ends; each script is a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings


def run_script(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    (folder / "runyard.toml").touch()  # the data folder is here, whatever lies above
    return subprocess.run(
        [sys.executable, "-c", "import runyard as ry\n" + code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def runs_in(folder: Path) -> list[Run]:
    """The runs in the data folder there, oldest first."""
    with Host(Settings.load({}, environ={}, cwd=folder)) as host:
        return list(ry.Client(host=host).search_runs(["0"], order_by=["start_time"]))


@pytest.mark.parametrize(
    ("end", "code", "status"),
    [
        ("", 0, "FINISHED"),
        ("raise ValueError('broken')", 1, "FAILED"),
        ("raise KeyboardInterrupt", -2, "KILLED"),
        ("import sys; sys.exit(0)", 0, "FINISHED"),
    ],
)
def test_a_run_left_open_is_ended_by_how_the_script_ended(tmp_path: Path, end: str, code: int, status: str) -> None:
    done = run_script(tmp_path, f"ry.start_run()\nry.log_metric('loss', 1.0)\n{end}")

    assert done.returncode == code
    (run,) = runs_in(tmp_path)
    assert run.info.status == status
    assert run.info.end_time is not None
    assert run.data.metrics == {"loss": 1.0}


def test_nested_runs_and_those_of_threads_are_all_ended(tmp_path: Path) -> None:
    code = (
        "import threading\n"
        "ry.start_run()\nry.start_run(nested=True)\nry.log_param('a', 1)\n"
        "thread = threading.Thread(target=ry.start_run)\nthread.start()\nthread.join()\n"
    )
    run_script(tmp_path, code)

    assert [run.info.status for run in runs_in(tmp_path)] == ["FINISHED"] * 3


def test_a_forked_child_that_exits_does_not_end_its_parents_run(tmp_path: Path) -> None:
    done = run_script(
        tmp_path,
        "import os, sys\n"
        "run = ry.start_run()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n    sys.exit(0)\n"
        "os.waitpid(pid, 0)\n"
        "print(ry.get_run(run.info.run_id).info.status)\n",
    )

    assert done.stdout.strip() == "RUNNING", done.stderr
    assert [run.info.status for run in runs_in(tmp_path)] == ["FINISHED"]


def test_a_child_process_tracks_where_its_parent_does(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, sys\n"
        "os.mkdir('other')\n"
        "ry.set_tracking_uri('elsewhere')\n"
        "experiment = ry.set_experiment('shared')\n"
        "child = 'import runyard as ry; print(ry.start_run().info.experiment_id, ry.get_tracking_uri())'\n"
        "out = subprocess.check_output([sys.executable, '-c', child], text=True, cwd='other')\n"
        "print(out.split() == [experiment.experiment_id, ry.get_tracking_uri()])\n"
    )
    done = run_script(tmp_path, code)

    assert done.stdout.strip() == "True", done.stderr


def test_what_the_store_refused_is_told_at_the_end_of_the_script(tmp_path: Path) -> None:
    done = run_script(
        tmp_path,
        "run = ry.start_run()\n"
        "ry.log_param('depth', 1); ry.flush()\n"
        "run.writer._params.clear()\n"
        "ry.log_param('depth', 2)\n",
    )

    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("runyard: ")
    assert "'depth'" in line


def test_a_run_is_resumed_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_script(tmp_path, "print(ry.start_run().info.run_id)").stdout.strip()
    monkeypatch.setenv("MLFLOW_RUN_ID", first)
    again = run_script(tmp_path, "print(ry.start_run().info.run_id); ry.end_run(); print(ry.start_run().info.run_id)")

    resumed, new = again.stdout.split()
    assert resumed == first
    assert new != first
