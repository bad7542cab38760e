"""Logging through a recorder: what is logged is in the store after a flush, once, whatever happened in between."""

from __future__ import annotations

import json
import math
import threading
import time
from typing import TYPE_CHECKING

import pytest

from runyard.entities import RunStatus, RunUpdate
from runyard.errors import DeliveryError, InvalidInput, Unavailable
from runyard.tracking.journal.folder import JournalFolder
from runyard.tracking.recorder import recorder_for
from runyard.uris import Uri

if TYPE_CHECKING:
    from core.tests.tracking.journal.conftest import Lab


def test_everything_logged_is_in_the_store_after_a_flush(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    writer = recorder.run("run1")
    writer.log_params({"lr": 0.1})
    writer.set_tags({"phase": "one"})
    writer.set_tags({"phase": "two"})
    for step in range(100):
        writer.log_metric("loss", 1 / (step + 1), step)
    writer.log_metrics({"a": 1, "b/c": math.inf}, 7, 99)
    writer.log_metric("a", math.nan, -3)
    recorder.update_run(RunUpdate("run1", status=RunStatus.FINISHED, end_time=5000))
    recorder.flush()
    run = lab.store.get_run("run1")
    assert run.data.params == {"lr": "0.1"}
    assert run.data.tags["phase"] == "two"
    assert lab.steps() == list(range(100))
    assert list(lab.store.read_metric("run1", "b/c")) == [(7, 99, math.inf)]
    assert list(lab.store.read_metric("run1", "a").steps) == [-3, 7]
    assert (run.info.status, run.info.end_time) == (RunStatus.FINISHED, 5000)
    assert recorder.pending() == 0


def test_delivery_happens_by_itself(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.run("run1").log_metric("loss", 1.0, 1)
    deadline = time.monotonic() + 10
    while not lab.store.batches and time.monotonic() < deadline:
        time.sleep(0.02)
    assert lab.steps() == [1]


def test_without_a_timestamp_the_time_is_now(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    before = time.time_ns() // 1_000_000
    recorder.run("run1").log_metric("loss", 1.0)
    recorder.flush()
    ((step, timestamp, value),) = lab.store.read_metric("run1", "loss")
    assert (step, value) == (0, 1.0)
    assert before <= timestamp <= time.time_ns() // 1_000_000


def test_a_closed_recorder_leaves_no_journal_behind(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.open_run("run1")
    recorder.run("run1").log_metric("loss", 1.0)
    recorder.close_run("run1")
    recorder.close()
    assert list(lab.journals.iterdir()) == []
    assert lab.store._journals == {}


def test_a_recorder_that_logged_nothing_writes_nothing(lab: Lab) -> None:
    recorder = lab.recorder()
    recorder.flush()
    recorder.flush_run("run1")
    recorder.close()
    assert not lab.journals.exists()


@pytest.mark.parametrize(
    ("key", "value", "step", "timestamp"),
    [
        ("", 1.0, 0, None),
        ("a//b", 1.0, 0, None),
        ("k" * 251, 1.0, 0, None),
        ("a\n", 1.0, 0, None),
        (3, 1.0, 0, None),
        ("loss", "high", 0, None),
        ("loss", True, 0, None),
        ("loss", None, 0, None),
        ("loss", 1.0, 1.5, None),
        ("loss", 1.0, 2**63, None),
        ("loss", 1.0, "x", None),
        ("loss", 1.0, True, None),
        ("loss", 1.0, 0, -1),
        ("loss", 1.0, 0, 2**63),
        ("loss", 1.0, 0, "now"),
    ],
)
@pytest.mark.parametrize("known", [False, True])
def test_a_refused_point_is_not_written(
    lab: Lab, key: str, value: float, step: int, timestamp: int, known: bool
) -> None:
    recorder = lab.recorder()
    writer = recorder.run("run1")
    if known:
        lab.start(recorder)
        writer.log_metric("loss", 0.5, 0)
        recorder.flush()
    for log in (
        lambda: writer.log_metric(key, value, step, timestamp),
        lambda: writer.log_metrics({"fine": 1.0, key: value}, step, timestamp),
    ):
        with pytest.raises(InvalidInput):
            log()  # type: ignore[no-untyped-call]
    assert recorder.pending() == 0


def test_numbers_of_other_types_are_taken(lab: Lab) -> None:
    import numpy as np

    recorder = lab.recorder()
    lab.start(recorder)
    writer = recorder.run("run1")
    writer.log_metric("loss", 3, 1)
    writer.log_metric("loss", np.float32(0.5), np.int64(2))  # type: ignore[arg-type]
    writer.log_metric("loss", np.float64(0.25), 3.0, 1700000000000.0)  # type: ignore[arg-type]
    recorder.flush()
    assert [(step, value) for step, _, value in lab.store.read_metric("run1", "loss")] == [(1, 3), (2, 0.5), (3, 0.25)]


def test_a_param_keeps_its_first_value(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    writer = recorder.run("run1")
    writer.log_params({"lr": 0.1})
    writer.log_params({"lr": "0.1"})
    with pytest.raises(InvalidInput, match=r"'lr' of run run1 is '0.1' and cannot become '0.2'"):
        writer.log_params({"new": 1, "lr": 0.2})
    recorder.flush()
    assert lab.store.get_run("run1").data.params == {"lr": "0.1"}


@pytest.mark.parametrize("text", ["x" * 6001, "nul\0", "half \ud800"])
def test_a_refused_param_or_tag_is_not_written(lab: Lab, text: str) -> None:
    recorder = lab.recorder()
    writer = recorder.run("run1")
    with pytest.raises(InvalidInput):
        writer.log_params({"fine": "1", "p": text})
    with pytest.raises(InvalidInput):
        writer.set_tags({"fine": "1", "t": text * 2})
    assert recorder.pending() == 0


def test_a_store_that_is_away_does_not_stop_training(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.store.down = True
    recorder = lab.recorder()
    run = lab.start(recorder)
    assert run.info.status is RunStatus.RUNNING
    assert Uri.parse(run.info.artifact_uri).local_path.is_relative_to(lab.journals)
    writer = recorder.run("run1")
    for step in range(10):
        writer.log_metric("loss", 1.0, step)
    for _ in range(3):
        with pytest.raises(Unavailable):
            recorder.flush()
    assert recorder.pending() > 0
    lab.store.down = False
    recorder.flush()
    assert lab.steps() == list(range(10))
    told = capsys.readouterr().err
    assert told.count("is not available (switched off)") == 1
    assert told.count("is available again") == 1


def test_a_run_started_offline_keeps_its_artifacts(lab: Lab) -> None:
    lab.store.down = True
    recorder = lab.recorder()
    staging = Uri.parse(lab.start(recorder).info.artifact_uri).local_path
    (staging / "plots").mkdir(parents=True)
    (staging / "plots" / "roc.txt").write_text("up")
    (staging / ".runyard-partial-1").write_text("half")
    lab.store.down = False
    recorder.flush()
    artifacts = lab.hosts[0].artifact_store(lab.store.get_run("run1").info.artifact_uri)
    assert artifacts.open("plots/roc.txt").read() == b"up"
    assert [info.path for info in artifacts.list()] == ["plots"]
    (staging / "late.txt").write_text("late")
    recorder.close()
    assert artifacts.open("late.txt").read() == b"late"
    assert list(lab.journals.iterdir()) == []


def test_a_lost_acknowledgement_delivers_nothing_twice(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.flush()
    lab.store.lost_acknowledgements = 1
    writer = recorder.run("run1")
    for step in range(50):
        writer.log_metric("loss", 1.0, step, 1)
    deadline = time.monotonic() + 10
    while recorder.pending() and time.monotonic() < deadline:
        time.sleep(0.02)
    writer.log_metric("loss", 1.0, 50, 1)
    recorder.flush()
    assert lab.steps() == list(range(51))
    assert sum(len(columns) for batch in lab.store.batches for columns in batch.points.values()) == 51


def test_what_the_store_refuses_surfaces_at_flush_once_and_is_kept(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    lab.store.log_batch("run1", params={"lr": "1"})
    recorder.run("run1").log_params({"lr": "2", "depth": "3"})
    recorder.run("ghost").log_metric("loss", 1.0, 4, 5)
    recorder.flush_run("run1")
    with pytest.raises(DeliveryError, match=r"param 'lr' of run run1") as caught:
        recorder.flush()
    assert caught.value.code == "INVALID_PARAMETER_VALUE"
    assert {(each.run_id, each.what) for each in caught.value.rejections} == {
        ("run1", "param 'lr'"),
        ("ghost", "metric 'loss'"),
    }
    assert lab.store.get_run("run1").data.params == {"lr": "1", "depth": "3"}
    recorder.flush()
    recorder.close()
    (kept,) = lab.journals.iterdir()
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert {json.dumps(line.get("params") or line.get("points")) for line in lines} == {
        '{"lr": "2"}',
        '{"loss": [[4, 5, 1.0]]}',
    }


def test_a_batch_refused_as_a_whole_costs_only_the_records_at_fault(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.flush()
    ingest = lab.store.ingest

    def picky(batch: object) -> object:
        if ("run1", "evil") in batch.points:  # type: ignore[attr-defined]
            raise InvalidInput("evil is not welcome")
        return ingest(batch)  # type: ignore[arg-type]

    lab.store.ingest = picky  # type: ignore[assignment,method-assign]
    writer = recorder.run("run1")
    for step in range(20):
        writer.log_metric("loss", 1.0, step)
        writer.log_params({f"p{step}": "x" * 100})
        if step == 10:
            writer.log_metric("evil", 1.0, step)
    with pytest.raises(DeliveryError, match="evil is not welcome"):
        recorder.flush()
    assert len(lab.store.get_run("run1").data.params) == 20
    assert len(lab.steps()) >= 19


def test_a_store_that_fails_otherwise_keeps_everything_and_says_why(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    lab.store.error = ZeroDivisionError("a bug")
    recorder.run("run1").log_metric("loss", 1.0, 1)
    with pytest.raises(Exception, match="ZeroDivisionError: a bug"):
        recorder.flush()
    lab.store.error = None
    recorder.flush()
    assert lab.steps() == [1]


def test_a_flush_gives_up_in_time(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    released = threading.Event()
    ingest = lab.store.ingest

    def slow(batch: object) -> object:
        released.wait(20)
        return ingest(batch)  # type: ignore[arg-type]

    lab.store.ingest = slow  # type: ignore[assignment,method-assign]
    recorder.run("run1").log_metric("loss", 1.0, 1)
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"within 0.2 s"):
        recorder.flush(0.2)
    assert time.monotonic() - began < 3
    released.set()
    recorder.flush()
    assert lab.steps() == [1]


def test_a_store_without_batches_is_served_call_by_call(lab: Lab) -> None:
    recorder = lab.recorder("plain:store")
    lab.start(recorder)
    lab.plain.log_batch("run1", params={"lr": "1"})
    writer = recorder.run("run1")
    writer.log_params({"lr": "2", "depth": "3"})
    writer.set_tags({"phase": "one"})
    for step in range(5):
        writer.log_metric("loss", 1.0, step)
    recorder.update_run(RunUpdate("run1", status=RunStatus.FINISHED, end_time=5000))
    with pytest.raises(DeliveryError, match="param 'lr'"):
        recorder.flush()
    run = lab.plain.get_run("run1")
    assert run.data.params == {"lr": "1", "depth": "3"}
    assert run.data.tags["phase"] == "one"
    assert run.info.status is RunStatus.FINISHED
    assert list(lab.plain.read_metric("run1", "loss").steps) == list(range(5))
    recorder.close()


def test_open_runs_beat_until_they_are_closed(lab: Lab) -> None:
    recorder = lab.recorder(heartbeat=0.05)
    lab.start(recorder)
    recorder.open_run("run1")
    deadline = time.monotonic() + 10
    while len(lab.store.beats) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(lab.store.beats) == {"run1"}
    assert len(lab.store.beats) >= 3
    recorder.close_run("run1")
    time.sleep(0.2)
    beats = len(lab.store.beats)
    time.sleep(0.3)
    assert len(lab.store.beats) == beats


def test_threads_log_side_by_side_and_nothing_is_lost(lab: Lab) -> None:
    recorder = lab.recorder()
    recorder._journal.limit = 20_000
    for number in range(4):
        lab.start(recorder, f"run{number}")

    def work(number: int) -> None:
        for step in range(2000):
            recorder.run(f"run{number}").log_metric(f"k{step % 7}", float(step), step)
            recorder.run("run0").log_metric("shared", float(number), step * 4 + number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.flush()
    assert lab.steps("run0", "shared") == list(range(8000))
    for number in range(4):
        steps = sorted(step for key in range(7) for step in lab.steps(f"run{number}", f"k{key}"))
        assert steps == list(range(2000))


def test_delivered_segments_are_deleted_while_the_process_goes_on(lab: Lab) -> None:
    recorder = lab.recorder()
    recorder._journal.limit = 10_000
    lab.start(recorder)
    writer = recorder.run("run1")
    for step in range(5000):
        writer.log_metric("loss", 1.0, step)
    recorder.flush()
    (folder,) = lab.journals.iterdir()
    assert len(list(folder.glob("*.journal"))) == 1
    assert lab.steps() == list(range(5000))


def test_a_signal_handler_may_log_while_a_call_is_under_way(lab: Lab) -> None:
    import signal

    recorder = lab.recorder()
    lab.start(recorder)
    writer = recorder.run("run1")
    interrupts = []

    def handler(number: int, frame: object) -> None:
        interrupts.append(number)
        writer.log_metric("signals", 1.0, len(interrupts))

    earlier = signal.signal(signal.SIGALRM, handler)
    writer.log_metric("signals", 1.0, 0)
    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
    try:
        for step in range(20_000):
            writer.log_metric("loss", 1.0, step)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
    recorder.flush()
    assert lab.steps() == list(range(20_000))
    assert lab.steps(key="signals") == list(range(len(interrupts) + 1))


def test_closing_the_host_delivers_what_waits(lab: Lab) -> None:
    host = lab.host()
    recorder = recorder_for(host, Uri.parse("lab:store"))
    lab.start(recorder)
    recorder.run("run1").log_metric("loss", 1.0, 8)
    host.close()
    assert lab.steps() == [8]
    assert list(lab.journals.iterdir()) == []


def test_logging_goes_on_after_a_close(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    writer = recorder.run("run1")
    writer.log_metric("loss", 1.0, 1)
    recorder.close()
    writer.log_metric("loss", 1.0, 2)
    recorder.flush()
    assert lab.steps() == [1, 2]


def test_one_recorder_serves_a_host_and_a_store(lab: Lab) -> None:
    host = lab.host()
    uri = Uri.parse("lab:store")
    assert recorder_for(host, uri) is recorder_for(host, uri)
    assert recorder_for(host, uri) is not recorder_for(lab.host(), uri)


@pytest.mark.parametrize("interval", [0.05])
def test_the_journal_is_synced_to_disk_at_the_interval_that_was_set(
    lab: Lab, interval: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    synced: list[float] = []
    fsync = os.fsync

    def watched(descriptor: int) -> None:
        synced.append(time.monotonic())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    recorder = lab.recorder(journal_fsync=interval)
    lab.store.down = True
    recorder.run("run1").log_metric("loss", 1.0, 1)
    time.sleep(1.0)
    assert 5 <= len(synced) <= 25


def test_two_threads_open_the_first_runs_of_a_journal_at_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    lab.start(recorder, "run2")
    other = threading.Thread(target=lambda: recorder.open_run("run2"))
    mark_open = JournalFolder.mark_open

    def slowly(folder: JournalFolder, run_id: str) -> None:
        if other.ident is None:  # the first is just being marked
            other.start()
            time.sleep(0.1)
        mark_open(folder, run_id)

    monkeypatch.setattr(JournalFolder, "mark_open", slowly)
    recorder.open_run("run1")
    other.join()
    assert sorted(path.name for path in lab.journals.glob("*/open/*")) == ["run1", "run2"]
