"""Grids of runs: `runyard run --parallel`, killed in the middle and resumed, each run done exactly once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import clean_environment

MLPROJECT = """
name: many
entry_points:
  main:
    parameters:
      lr: float
      name: {type: string, default: plain}
      seconds: {type: float, default: 0}
    command: "python one.py {lr} {name} {seconds}"
"""
ONE = """
import os, sys, time
lr, name, seconds = float(sys.argv[1]), sys.argv[2], float(sys.argv[3])
with open("begun.txt", "a") as file:
    file.write(f"{lr} {name}\\n")
print("begun", flush=True)
time.sleep(seconds)
with open("done.txt", "a") as file:
    file.write(f"{lr} {name}\\n")
sys.exit(lr < 0)
"""


@attrs.frozen
class Place:
    folder: Path
    environ: Mapping[str, str]
    client: ry.Client

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "runyard", "run", *words]

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def begin(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words), cwd=self.folder, env=self.environ, stderr=subprocess.PIPE, text=True
        )

    def lines(self, name: str) -> list[str]:
        file = self.folder / name
        return file.read_text().splitlines() if file.exists() else []

    def until(self, name: str, count: int) -> None:
        end = time.monotonic() + 60
        while len(self.lines(name)) < count:
            assert time.monotonic() < end, f"{name}: {self.lines(name)}"
            time.sleep(0.02)

    def runs(self) -> list[Run]:
        experiments = [one.experiment_id for one in self.client.search_experiments()]
        return list(self.client.search_runs(experiments, order_by=["attributes.start_time"]))

    def parent(self) -> Run:
        (run,) = [run for run in self.runs() if "mlflow.parentRunId" not in run.data.tags]
        return run

    def children(self) -> list[Run]:
        parent = self.parent().info.run_id
        return [run for run in self.runs() if run.data.tags.get("mlflow.parentRunId") == parent]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    project = tmp_path / "project"
    project.mkdir()
    (project / "MLproject").write_text(MLPROJECT)
    (project / "one.py").write_text(ONE)
    data = str(tmp_path / "runyard-data")
    with Host(Settings(tracking_uri=data, data_dir=data)) as host:
        environ = {**clean_environment(), "RUNYARD_TRACKING_URI": data, "RUNYARD_DATA_DIR": data}
        yield Place(project, environ, ry.Client(host=host))


def test_each_combination_is_a_run_below_one_parent(place: Place) -> None:
    done = place.run(".", "-P", "lr=0.1,0.2,0.3", "-P", r"name=a,b\,c", "--parallel", "4", "--json")
    said = json.loads(done.stdout)
    assert (said["status"], len(said["runs"])) == ("FINISHED", 6)
    assert sorted(place.lines("done.txt")) == sorted(f"{lr} {name}" for lr in (0.1, 0.2, 0.3) for name in ("a", "b,c"))
    parent = place.parent()
    assert (parent.info.run_id, parent.info.status) == (said["run_id"], "FINISHED")
    assert parent.data.tags["mlflow.source.type"] == "PROJECT"
    children = place.children()
    assert {run.info.run_id for run in children} == {one["run_id"] for one in said["runs"]}
    assert {run.info.status for run in children} == {"FINISHED"}
    wanted = {(lr, name) for lr in ("0.1", "0.2", "0.3") for name in ("a", "b,c")}
    assert {(run.data.params["lr"], run.data.params["name"]) for run in children} == wanted


def test_those_that_fail_are_told_and_stop_no_others(place: Place) -> None:
    done = place.run(".", "-P", "lr=1,-2,3", "--parallel", "2", code=1)
    assert "(lr=-2) is FAILED: exit code 1" in done.stderr
    assert "2 FINISHED, 1 FAILED" in done.stderr
    parent = place.parent()
    assert (parent.info.status, parent.data.tags["runyard.failure"]) == ("FAILED", "1 of 3 runs did not succeed")
    assert sorted(place.lines("done.txt")) == ["-2.0 plain", "1.0 plain", "3.0 plain"]
    again = place.run("--resume", parent.info.run_id, code=1)
    assert "2 FINISHED, 1 FAILED" in again.stderr
    assert len(place.lines("begun.txt")) == 3, "what failed by itself was run again"


def test_what_was_killed_goes_on_and_each_is_done_once(place: Place) -> None:
    count = 12
    values = ",".join(str(number) for number in range(1, count + 1))
    process = place.begin(".", "-P", f"lr={values}", "-P", "seconds=0.5", "--parallel", "4")
    place.until("done.txt", 5)
    process.kill()
    process.communicate()
    assert place.parent().info.status == "RUNNING"
    done = place.run("--resume", place.parent().info.run_id, "--parallel", "4", "--json")
    assert json.loads(done.stdout)["status"] == "FINISHED"
    expected = Counter({f"{number}.0 plain": 1 for number in range(1, count + 1)})
    assert Counter(place.lines("begun.txt")) == Counter(place.lines("done.txt")) == expected
    children = place.children()
    assert len(children) == count
    assert {run.info.status for run in children} == {"FINISHED"}
    assert place.parent().info.status == "FINISHED"
    assert "nothing to resume" in place.run("--resume", place.parent().info.run_id, code=1).stderr


def test_what_was_killed_with_its_launcher_is_done_again(place: Place) -> None:
    process = place.begin(".", "-P", "lr=1,2,3", "-P", "seconds=3", "--parallel", "1")
    place.until("begun.txt", 1)
    process.kill()
    process.communicate()
    # The machine goes down: the command dies as well, without a word.
    subprocess.run(["pkill", "-KILL", "-f", f"launches/{place.children()[0].info.run_id}"], check=True)
    subprocess.run(["pkill", "-KILL", "-f", "one.py 1 plain 3"], check=True)
    done = place.run("--resume", place.parent().info.run_id, "--parallel", "3", "--json")
    assert json.loads(done.stdout)["status"] == "FINISHED"
    assert Counter(place.lines("done.txt")) == Counter({"1.0 plain": 1, "2.0 plain": 1, "3.0 plain": 1})
    assert Counter(run.info.status for run in place.children()) == {"FINISHED": 3, "FAILED": 1}


def test_ctrl_c_ends_all_and_the_rest_can_be_resumed(place: Place) -> None:
    process = place.begin(".", "-P", "lr=1,2,3,4", "-P", "seconds=2", "--parallel", "2")
    place.until("begun.txt", 2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "--resume" in said
    assert place.parent().info.status == "KILLED"
    assert {run.info.status for run in place.children()} == {"KILLED"}
    place.run("--resume", place.parent().info.run_id, "--parallel", "4")
    assert Counter(place.lines("done.txt")) == Counter({f"{number}.0 plain": 1 for number in (1, 2, 3, 4)})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((".", "-P", "lr=1,x", "--parallel", "2"), "parameter 'lr' is a number (float), got 'x'"),
        ((".", "-P", "name=a,b", "--parallel", "2"), "needs lr"),
        (
            (".", "-P", ",".join(["lr=1"] + ["1"] * 999), "-P", "name=" + "a," * 999, "--parallel", "2"),
            "at most 100000",
        ),
    ],
)
def test_a_wrong_grid_begins_nothing(place: Place, words: tuple[str, ...], said: str) -> None:
    done = place.run(*words, code=1)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not place.lines("begun.txt")
    assert all(run.info.status == "FAILED" for run in place.runs())


def test_a_run_that_is_no_grid_is_followed_to_its_end(place: Place) -> None:
    process = place.begin(".", "-P", "lr=1", "-P", "seconds=1.5")
    place.until("begun.txt", 1)
    process.kill()
    process.communicate()
    run_id = place.parent().info.run_id
    assert place.run("--resume", run_id).stdout == "begun\n"
    assert place.parent().info.status == "FINISHED"
    assert "nothing of it was left" in place.run("--resume", run_id, code=1).stderr
