"""What a dead process left in its journal is delivered by the next one, exactly once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from runyard.entities import RunStatus
from runyard.errors import InvalidState, NotFound, Unavailable
from runyard.tracking.journal.folder import JournalFolder, journals
from runyard.tracking.recovery import dead_journals, recover_journal, sweep

if TYPE_CHECKING:
    from core.tests.tracking.journal.conftest import Lab

# A process whose store is away: it logs 100 points, a param, an input and a tag that it deletes; then it waits to die.
CHILD = """
import sys, time
from pathlib import Path
from runyard.entities import Dataset, DatasetInput, RunStart
from runyard.tracking.journal.format import start_frame
from runyard.tracking.journal.writer import JournalWriter
from runyard.tracking.run_writer import RunWriter

root, destination, run_id, count, limit = sys.argv[1:]
writer = JournalWriter(Path(root), destination, segment_bytes=int(limit))
folder = writer.open()
folder.mark_open(run_id)
writer.append(start_frame(1000, RunStart(run_id, "name", "me", 1000, experiment_name="lab")))
staging = folder.staging(run_id)
staging.mkdir(parents=True)
(staging / "model.bin").write_bytes(b"weights")
run = RunWriter(writer, run_id)
run.log_params({"lr": 0.1})
run.set_tags({"draft": "yes"})
run.delete_tag("draft")
run.log_inputs([DatasetInput(Dataset("iris", "d1", "http", "{}"), {"mlflow.data.context": "training"})])
for step in range(int(count)):
    run.log_metric("loss", 1.0, step, 2000 + step)
print("logged", flush=True)
time.sleep(600)
"""


def leave_journal(
    root: Path, run_id: str = "run1", *, destination: str = "lab:store", count: int = 100, limit: int = 1 << 26
) -> None:
    """A process logs and is killed."""
    with living_process(root, run_id, destination=destination, count=count, limit=limit):
        pass


class living_process:  # noqa: N801 - reads as a verb
    def __init__(
        self, root: Path, run_id: str, *, destination: str = "lab:store", count: int = 100, limit: int = 1 << 26
    ) -> None:
        self.arguments = [sys.executable, "-c", CHILD, str(root), destination, run_id, str(count), str(limit)]

    def __enter__(self) -> subprocess.Popen[str]:
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "logged\n"
        return self.process

    def __exit__(self, *exception: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate(timeout=30)


def test_a_killed_process_loses_nothing_and_its_run_is_failed(lab: Lab) -> None:
    leave_journal(lab.journals)
    assert lab.recorder().recover() == 1
    run = lab.store.get_run("run1")
    assert run.info.status is RunStatus.FAILED
    assert run.info.end_time is not None
    assert abs(run.info.end_time - time.time() * 1000) < 60_000
    assert run.data.params == {"lr": "0.1"}
    assert "draft" not in run.data.tags
    assert [(used.dataset.name, used.tags) for used in run.inputs.dataset_inputs] == [
        ("iris", {"mlflow.data.context": "training"})
    ]
    assert lab.steps() == list(range(100))
    artifacts = lab.hosts[0].artifact_store(run.info.artifact_uri)
    assert artifacts.open("model.bin").read() == b"weights"
    assert list(lab.journals.iterdir()) == []
    assert lab.store._journals == {}


def test_reading_a_run_delivers_what_a_dead_process_left(lab: Lab) -> None:
    leave_journal(lab.journals)
    lab.recorder().flush_run("run1")
    assert lab.steps() == list(range(100))


def test_a_new_recorder_delivers_in_the_background_what_dead_processes_left(lab: Lab) -> None:
    leave_journal(lab.journals, "run1")
    leave_journal(lab.journals, "run2")
    recorder = lab.recorder()
    lab.start(recorder, "mine")
    recorder.run("mine").log_metric("loss", 1.0, 5)
    recorder.flush()
    deadline = threading.Event()
    for _ in range(200):
        if len(list(journals(lab.journals))) == 1:
            break
        deadline.wait(0.05)
    assert lab.steps("run1") == lab.steps("run2") == list(range(100))


def test_the_journal_of_a_living_process_is_left_alone(lab: Lab) -> None:
    with living_process(lab.journals, "run1"):
        assert lab.recorder().recover() == 0
        with pytest.raises(NotFound):
            lab.store.get_run("run1")
    assert lab.recorder().recover() == 1


def test_journals_for_other_stores_are_left_alone(lab: Lab) -> None:
    leave_journal(lab.journals, destination="lab:other")
    assert lab.recorder().recover() == 0
    assert len(list(journals(lab.journals))) == 1


def test_a_store_that_goes_away_during_recovery_gets_the_rest_later_and_nothing_twice(lab: Lab) -> None:
    leave_journal(lab.journals, count=3000, limit=20_000)
    recorder = lab.recorder()
    ingest, calls = lab.store.ingest, []

    def fragile(batch: object) -> object:
        calls.append(batch)
        if len(calls) % 2 == 0:
            lab.store.lost_acknowledgements = len(calls) // 2 % 2
            if not lab.store.lost_acknowledgements:
                raise Unavailable("gone")
        return ingest(batch)  # type: ignore[arg-type]

    lab.store.ingest = fragile  # type: ignore[assignment,method-assign]
    for _ in range(50):
        try:
            recorder.recover()
            break
        except Unavailable:
            continue
    assert lab.steps() == list(range(3000))
    assert sum(len(columns) for batch in lab.store.batches for columns in batch.points.values()) == 3000
    assert lab.store.get_run("run1").info.status is RunStatus.FAILED


def test_two_recoverers_never_both_deliver(lab: Lab) -> None:
    leave_journal(lab.journals, count=2000)
    recorders = [lab.recorder() for _ in range(6)]
    results: list[int] = []
    threads = [threading.Thread(target=lambda each=each: results.append(each.recover())) for each in recorders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(results) == 1
    assert sum(len(columns) for batch in lab.store.batches for columns in batch.points.values()) == 2000


def test_a_run_that_another_process_resumed_is_not_ended(lab: Lab) -> None:
    leave_journal(lab.journals)
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.open_run("run1")
    recorder.recover()
    assert lab.store.get_run("run1").info.status is RunStatus.RUNNING


def test_a_run_that_a_living_process_has_open_is_not_ended_by_a_third(lab: Lab) -> None:
    leave_journal(lab.journals)
    with living_process(lab.journals, "run1", count=0):
        assert lab.recorder().recover() == 1
        assert lab.store.get_run("run1").info.status is RunStatus.RUNNING
    lab.recorder().recover()
    assert lab.store.get_run("run1").info.status is RunStatus.FAILED


def test_a_torn_tail_is_kept_aside_and_reported(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    leave_journal(lab.journals)
    (folder,) = journals(lab.journals)
    (segment,) = folder.segments()
    content = segment.path.read_bytes()
    segment.path.write_bytes(content[:-10])
    assert lab.recorder().recover() == 1
    assert lab.steps() == list(range(99))
    (kept,) = lab.journals.glob("*.damaged/*")
    assert kept.read_bytes() == content[-37:-10]
    assert "27 unreadable bytes" in capsys.readouterr().err


def test_a_partly_delivered_journal_is_not_sent_elsewhere(lab: Lab) -> None:
    leave_journal(lab.journals, count=3000, limit=20_000)
    recorder = lab.recorder()
    lab.store.lost_acknowledgements = 1
    with pytest.raises(Unavailable):
        recorder.recover()
    host = lab.host()
    for folder, lock in dead_journals(lab.journals):
        with pytest.raises(InvalidState, match="partly delivered to lab:store"):
            recover_journal(host, host.tracking_store("memory:elsewhere"), folder, "memory:elsewhere")
        lock.release()


def test_a_journal_can_be_delivered_to_another_store_from_a_copy(lab: Lab, tmp_path: Path) -> None:
    leave_journal(lab.journals)
    moved = tmp_path / "usb-stick"
    lab.journals.rename(moved)
    host = lab.host()
    ((folder, lock),) = dead_journals(moved)
    done = recover_journal(host, lab.store, folder, "lab:elsewhere")
    lock.release()
    assert (done.records, done.rejections, done.damages, done.failed_runs) == (105, (), (), ("run1",))
    assert lab.steps() == list(range(100))


def test_artifacts_of_a_run_the_store_does_not_have_are_kept(lab: Lab) -> None:
    leave_journal(lab.journals)
    (folder,) = journals(lab.journals)
    (segment,) = folder.segments()
    content = bytearray(segment.path.read_bytes())
    at = content.index(b'"run_name"')
    content[at] ^= 0xFF
    segment.path.write_bytes(content)
    lab.recorder().recover()
    (kept,) = lab.journals.glob("*.artifacts/run1/*")
    assert kept.read_bytes() == b"weights"
    (rejected,) = lab.journals.glob("*.rejected.jsonl")
    points = [json.loads(line)["points"] for line in rejected.read_text().splitlines() if '"points"' in line]
    assert len(points[0]["loss"]) == 100


def test_what_a_process_left_that_died_while_it_made_its_journal_is_swept_away(lab: Lab) -> None:
    leave_journal(lab.journals)
    (folder,) = journals(lab.journals)
    unborn = lab.journals / f".{folder.journal_id}.new"
    folder.path.rename(unborn)
    assert list(journals(lab.journals)) == []
    sweep(lab.journals)
    assert unborn.exists()
    os.utime(unborn, (0, 0))
    sweep(lab.journals)
    assert not unborn.exists()


def test_a_single_journal_can_be_named_itself(lab: Lab) -> None:
    leave_journal(lab.journals)
    (folder,) = journals(lab.journals)
    assert list(journals(folder.path)) == [JournalFolder(folder.path)]
