"""A store that finds out only when it is asked that it takes no batches gets everything call by call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from runyard.entities import Batch, ModelMetric, Rejection
from runyard.errors import DeliveryError, NotSupported, Unavailable
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.tracking.journal.folder import journals
from runyard.uris import Uri


class StandIn:
    """What overrides the lab's store: it has the methods of every capability, and some only say that they are none."""

    def __init__(self, store: Any, *, batches: bool) -> None:
        self.store = store
        self.batches = batches
        self.beats = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def ingest(self, batch: Batch) -> Sequence[Rejection]:
        self._check()
        return cast("Sequence[Rejection]", self.store.ingest(batch))

    def ingested(self, journal_id: str) -> int:
        self._check()
        return cast("int", self.store.ingested(journal_id))

    def forget_journal(self, journal_id: str) -> None:
        self._check()
        self.store.forget_journal(journal_id)

    def heartbeat(self, run_ids: Sequence[str], *, expires: int) -> None:
        self.beats += 1
        raise NotSupported("no hearts here")

    def _check(self) -> None:
        if not self.batches:
            raise NotSupported("no batches here")


def test_what_is_logged_arrives_call_by_call_and_the_journal_goes_away(lab: Any) -> None:
    lab.store = StandIn(lab.store, batches=False)
    recorder = lab.recorder()
    lab.start(recorder)
    for step in range(5):
        recorder.run("run1").log_metric("loss", 0.5, step=step)
    recorder.run("run1").log_params({"lr": "1"})
    recorder.flush()
    assert lab.steps() == list(range(5))
    assert lab.store.get_run("run1").data.params == {"lr": "1"}
    recorder.close()
    assert list(journals(lab.journals)) == []


def test_measurements_arrive_call_by_call_and_what_is_refused_is_told(lab: Any) -> None:
    lab.store = StandIn(lab.store, batches=False)
    recorder = lab.recorder()
    lab.start(recorder)
    model_id = lab.store.create_logged_model("0").model_id
    good, bad = (ModelMetric(which, "acc", 0.5, 7, 1, "run1") for which in (model_id, "m-unknown"))
    recorder.run("run1").log_measurements([good, bad])
    with pytest.raises(DeliveryError, match=r"measurement 'acc'.*m-unknown"):
        recorder.flush()
    assert list(lab.store.get_logged_model(model_id).metrics) == [good]
    recorder.close()


def test_measurements_for_a_store_without_logged_models_are_refused(lab: Any, tmp_path: Path) -> None:
    lab.store = PlainTrackingStore(Uri.from_path(tmp_path))
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.run("run1").log_measurements([ModelMetric("m-1", "acc", 0.5, 7, 1, "run1")])
    recorder.run("run1").log_metric("loss", 0.5, step=1)
    with pytest.raises(DeliveryError, match="does not support"):
        recorder.flush()
    assert lab.steps() == [1]
    recorder.close()


def test_a_journal_that_was_begun_call_by_call_goes_on_that_way(lab: Any) -> None:
    """A server may be replaced by one that takes batches, which knows nothing of what came before."""
    lab.store = StandIn(lab.store, batches=False)
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.run("run1").set_tags({"a": "1"})
    recorder.flush()
    lab.store.store.delete_tag("run1", "a")  # would come back if the journal began anew
    lab.store.batches = True
    recorder._shipper._delivery._committed = None  # as after any failure
    recorder.run("run1").log_metric("loss", 0.5, step=1)
    recorder.flush()
    assert lab.steps() == [1]
    assert "a" not in lab.store.get_run("run1").data.tags
    recorder.close()


def test_hearts_that_nobody_hears_stop_beating_and_nothing_fails(lab: Any) -> None:
    lab.store = StandIn(lab.store, batches=True)
    recorder = lab.recorder(heartbeat=0.05)
    lab.start(recorder)
    recorder.open_run("run1")
    recorder.run("run1").log_metric("loss", 0.5)
    deadline = time.monotonic() + 10
    while not lab.store.beats and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    recorder.flush()
    assert (lab.store.beats, lab.steps()) == (1, [0])
    recorder.close_run("run1")
    recorder.close()


def test_a_store_that_is_away_is_not_taken_for_one_without_batches(lab: Any) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    lab.store.error = Unavailable("away")
    recorder.run("run1").log_metric("loss", 0.5, step=1)
    time.sleep(0.5)
    lab.store.error = None
    recorder.flush()
    assert lab.steps() == [1]
    assert lab.store.batches
    recorder.close()
