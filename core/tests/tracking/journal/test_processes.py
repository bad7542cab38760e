"""Kills, exits, forks and process pools, against a real SQLite store and a store that nobody answers for."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runyard.entities import RunStatus
from runyard.host import Host
from runyard.settings import Settings
from runyard.tracking.client import Client

AWAY = "postgresql://nobody@127.0.0.1:1/nothing"
BENCHMARK = Path(__file__).parents[4] / "benchmarks" / "bench_kill.py"


class Folder:
    """A data folder, processes that log to it, and the process that reads afterwards."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.uri = f"sqlite:///{path}/runs.db"
        self.journals = path / "data" / "journal"

    def start(self, script: str, *, uri: str = "", **settings: str) -> subprocess.Popen[str]:
        environ = {
            "RUNYARD_TRACKING_URI": uri or self.uri,
            "RUNYARD_DATA_DIR": str(self.path / "data"),
            "RUNYARD_DISABLED_PLUGINS": "capture",
            "PATH": "/usr/bin:/bin",
        }
        return subprocess.Popen(
            [sys.executable, "-c", script],
            env=environ | settings,
            cwd=self.path,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, script: str, *, uri: str = "", code: int = 0) -> tuple[str, str]:
        process = self.start(script, uri=uri)
        output, errors = process.communicate(timeout=120)
        assert process.returncode == code, errors
        return output, errors

    def cli(self, *arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "runyard", "--data-dir", str(self.path / "data"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.path, check=False, timeout=120)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def steps(self, name: str, key: str = "loss") -> list[int]:
        return [step for step, _ in self.read(name, key)[0]]

    def found(self, condition: str) -> list[str]:
        """The names of the runs that match a filter."""
        settings = Settings(data_dir=str(self.path / "data"), root=self.path, tracking_uri=self.uri)
        with Host(settings) as host:
            client = Client(host=host)
            experiments = [experiment.experiment_id for experiment in client.search_experiments()]
            return [run.info.run_name for run in client.search_runs(experiments, condition)]

    def read(self, name: str, key: str = "loss") -> tuple[list[tuple[int, float]], RunStatus]:
        """The points and the status of the run of that name."""
        settings = Settings(data_dir=str(self.path / "data"), root=self.path, tracking_uri=self.uri)
        with Host(settings) as host:
            client = Client(host=host)
            client.recorder.recover()
            experiments = [experiment.experiment_id for experiment in client.search_experiments()]
            (run,) = client.search_runs(experiments, f"attributes.run_name = '{name}'")
            points = client.get_metric_history(run.info.run_id, key)
        return [(point.step, point.value) for point in points], run.info.status


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "data").mkdir()
    return Folder(tmp_path)


@pytest.mark.slow
def test_kill_9_at_any_moment_loses_no_confirmed_point_and_doubles_none() -> None:
    done = subprocess.run(
        [sys.executable, BENCHMARK, "--kills", "2", "--json"], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(done.stdout)
    assert len(results) == 5
    for tally in results.values():
        assert tally["confirmed"] > 0
        assert (tally["missing"], tally["doubled"], tally["wrong"], tally["not_failed"]) == (0, 0, 0, 0)


def test_a_script_that_just_ends_has_delivered_everything(folder: Folder) -> None:
    _, errors = folder.run(
        """
import runyard as ry
ry.start_run(run_name="r")
for step in range(500):
    ry.log_metric("loss", 1.0, step=step)
"""
    )
    assert errors == ""
    points, status = folder.read("r")
    assert [step for step, _ in points] == list(range(500))
    assert status is RunStatus.FINISHED
    assert list(folder.journals.iterdir()) == []


def test_a_script_whose_store_is_away_ends_in_time_and_sync_delivers(folder: Folder) -> None:
    began = time.monotonic()
    _, errors = folder.run(
        """
import runyard as ry
ry.set_experiment("offline")
with ry.start_run(run_name="r"):
    ry.log_param("lr", 0.1)
    ry.set_tags({"draft": "yes", "team": "blue"})
    ry.delete_tag("draft")
    ry.log_input(ry.data.from_file(ry.__file__, name="words"), context="training")
    ry.log_text("hello", "notes/a.txt")
    for step in range(500):
        ry.log_metric("loss", 1.0, step=step)
""",
        uri=AWAY,
    )
    assert time.monotonic() - began < 60
    assert errors.count("is not available") == 1
    listed = json.loads(folder.cli("journal", "ls", "--json"))
    assert [(each["alive"], each["destination"]) for each in listed["journals"]] == [
        (False, "postgresql://***@127.0.0.1:1/nothing")
    ]
    assert "sound" in folder.cli("journal", "check")
    told = folder.cli("sync", "--to", folder.uri)
    assert "records delivered" in told
    points, status = folder.read("r")
    assert [step for step, _ in points] == list(range(500))
    assert status is RunStatus.FINISHED
    assert folder.found("dataset.name = 'words' and dataset.context = 'training' and tags.team = 'blue'") == ["r"]
    assert folder.found("tags.draft = 'yes'") == []
    assert list(folder.journals.iterdir()) == []
    assert "everything is delivered" in folder.cli("journal", "ls")
    assert "nothing to deliver" in folder.cli("sync")


def test_sync_says_what_it_cannot_deliver_and_leaves_it(folder: Folder) -> None:
    folder.run('import runyard as ry\nry.start_run(run_name="r")\nry.log_metric("loss", 1.0)', uri=AWAY)
    assert "not delivered" in folder.cli("sync", code=1)
    assert len(json.loads(folder.cli("journal", "ls", "--json"))["journals"]) == 1
    (segment,) = folder.journals.glob("*/*.journal")
    segment.write_bytes(segment.read_bytes() + b"\0\1\2")
    assert "3 unreadable bytes" in folder.cli("journal", "check", code=1)
    assert "3 unreadable bytes" in folder.cli("sync", "--to", folder.uri)
    assert folder.steps("r") == [0]


def test_sigterm_loses_nothing(folder: Folder) -> None:
    process = folder.start(
        """
import runyard as ry, time
with ry.start_run(run_name="r"):
    for step in range(300):
        ry.log_metric("loss", 1.0, step=step)
    print("logged", flush=True)
    time.sleep(600)
"""
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "logged\n"
    process.terminate()
    process.communicate(timeout=30)
    points, status = folder.read("r")
    assert [step for step, _ in points] == list(range(300))
    assert status is RunStatus.FAILED


def test_forked_children_and_their_parent_log_to_one_run(folder: Folder) -> None:
    folder.run(
        """
import os
import runyard as ry
with ry.start_run(run_name="r") as run:
    ry.log_metric("loss", 0.0, step=0)
    log = ry.Client().recorder.run(run.info.run_id).log_metric
    children = []
    for number in range(1, 4):
        child = os.fork()
        if child == 0:
            for step in range(100):
                log("loss", float(number), number * 100 + step)
            os._exit(0)
        children.append(child)
    for step in range(1, 100):
        ry.log_metric("loss", 0.0, step=step)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
"""
    )
    assert sorted(folder.steps("r")) == list(range(400))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_pool_logs_to_one_run(folder: Folder, method: str) -> None:
    (folder.path / "pool.py").write_text(
        f"""
import multiprocessing
import runyard as ry

def work(arguments):
    run_id, number = arguments
    for step in range(50):
        ry.log_metric("loss", float(number), step=number * 50 + step, run_id=run_id)
    return number

if __name__ == "__main__":
    with ry.start_run(run_name="r") as run:
        with multiprocessing.get_context("{method}").Pool(2) as pool:
            assert sorted(pool.map(work, [(run.info.run_id, number) for number in range(6)])) == list(range(6))
            pool.close()
            pool.join()
"""
    )
    folder.run("import runpy; runpy.run_path('pool.py', run_name='__main__')") if method == "fork" else folder.run(
        "import subprocess, sys; subprocess.run([sys.executable, 'pool.py'], check=True)"
    )
    assert sorted(folder.steps("r")) == list(range(300))


def test_a_child_that_outlives_its_parent_keeps_its_journal(folder: Folder) -> None:
    folder.run(
        """
import os, time
import runyard as ry
run = ry.start_run(run_name="r")
read, write = os.pipe()
if os.fork() == 0:
    os.read(read, 1)
    time.sleep(0.3)
    log = ry.Client().recorder.run(run.info.run_id).log_metric
    for step in range(100):
        log("loss", 1.0, step)
    os._exit(0)
ry.end_run()
os.write(write, b"x")
"""
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and len(folder.steps("r")) < 100:
        time.sleep(0.2)
    assert folder.steps("r") == list(range(100))
