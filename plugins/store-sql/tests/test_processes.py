"""Many processes at once: nothing is lost, nobody sees a locked database, forked children start afresh."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runyard.entities import Metric, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import forks
from runyard_store_sql.tracking import open_store

IMPORT = re.compile(r"^        from runyard_store_sql import (.*)$", re.MULTILINE)  # in a function or a method

PROCESSES, BATCHES = 16, 15


def log(uri: str, name: str) -> None:
    """What each process does."""
    store = open_store(Uri.parse(uri), Settings())
    store.create_run(RunStart(name, name, "ada", 1, experiment_name="shared"))
    for step in range(BATCHES):
        store.log_batch(name, metrics=[Metric("loss", 1.0 / (step + 1), step, step)], params={f"p{step}": name})
        store.log_batch("common", metrics=[Metric("loss", float(step), step, step * 100 + int(name[1:]))])
    store.close()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_sixteen_processes_logging_into_one_experiment_lose_nothing(database_uri: str) -> None:
    store = open_store(Uri.parse(database_uri), Settings())
    store.create_run(RunStart("common", "common", "ada", 1, experiment_name="shared"))
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=log, args=(database_uri, f"w{number}")) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    for number in range(PROCESSES):
        run = store.get_run(f"w{number}")
        assert len(run.data.params) == BATCHES
        assert list(store.read_metric(f"w{number}", "loss").steps) == list(range(BATCHES))
    assert len(store.read_metric("common", "loss")) == PROCESSES * BATCHES
    assert len({store.get_run(f"w{number}").info.experiment_id for number in range(PROCESSES)}) == 1
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_uses_connections_of_its_own_while_the_parent_goes_on(database_uri: str) -> None:
    store = open_store(Uri.parse(database_uri), Settings())
    for name in ("parent", "child0", "child1", "child2"):
        store.create_run(RunStart(name, name, "ada", 1, experiment_id="0"))
    is_done = threading.Event()
    written: list[int] = []

    def keep_writing() -> None:
        while not is_done.is_set():
            store.log_batch("parent", metrics=[Metric("m", 1.0, 1, len(written))])
            written.append(1)

    def child(number: int) -> None:
        for step in range(20):
            store.log_batch(f"child{number}", metrics=[Metric("m", 1.0, 1, step)])

    thread = threading.Thread(target=keep_writing)
    thread.start()
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=child, args=(number,)) for number in range(3)]
    for process in children:
        process.start()
    for process in children:
        process.join()
    is_done.set()
    thread.join()
    assert [process.exitcode for process in children] == [0, 0, 0]
    assert [len(store.read_metric(f"child{number}", "m")) for number in range(3)] == [20, 20, 20]
    assert len(store.read_metric("parent", "m")) == len(written)
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_of_a_parent_that_is_just_importing_does_not_wait_for_ever(tmp_path: Path) -> None:
    code = """
import os, sys, threading
from runyard.entities import Metric, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import open_store

store = open_store(Uri.parse(sys.argv[1]), Settings())
store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
log = lambda step: store.log_batch("r1", metrics=[Metric("m", 1.0, 1, step)])
thread = threading.Thread(target=log, args=(1,))  # the first to log, so that it imports what writes
thread.start()
if child := os.fork():
    thread.join()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
log(2)
os._exit(0)
"""
    uri = f"sqlite:///{tmp_path / 'runyard.db'}"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, uri], timeout=60, check=False)
    assert done.returncode == 0


def test_a_fork_knows_what_stores_import_late() -> None:
    late = set()
    for path in Path(forks.__file__).parent.glob("*.py"):
        if path.name != "commands.py":
            late |= {name for line in re.findall(IMPORT, path.read_text(encoding="utf-8")) for name in line.split(", ")}
    assert late == set(forks.LATE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_what_a_child_wrote_outlives_the_parent(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'runyard.db'}"
    code = """
import os, sys, time
from runyard.entities import Metric, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql.tracking import open_store

store = open_store(Uri.parse(sys.argv[1]), Settings())
store.create_run(RunStart("r1", "r1", "ada", 1, experiment_id="0"))
reader, writer = os.pipe()
if os.fork():
    store.log_batch("r1", params={"parent": "1"})
    store.close()
    os.write(writer, b"x")
else:
    os.read(reader, 1)
    time.sleep(0.2)  # the parent exits and its database is closed
    store.log_batch("r1", params={"child": "1"})
    store.close()
    print("done", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", code, uri], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
    store = open_store(Uri.parse(uri), Settings())
    assert dict(store.get_run("r1").data.params) == {"parent": "1", "child": "1"}
    store.close()
