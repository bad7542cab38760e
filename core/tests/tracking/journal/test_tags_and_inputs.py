"""Tags deleted and inputs logged through a recorder: they arrive in order and once, also after an outage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from runyard.entities import Dataset, DatasetInput
from runyard.errors import DeliveryError, InvalidInput, NotFound, Unavailable

if TYPE_CHECKING:
    from core.tests.tracking.journal.conftest import Lab

IRIS = DatasetInput(Dataset("iris", "d1", "http", "{}", None, "[150]"), {"mlflow.data.context": "training"})
WINE = DatasetInput(Dataset("wine", "d2", "http", "{}"))


def test_inputs_are_in_the_store_after_a_flush_each_once(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.run("run1").log_inputs([IRIS, WINE])
    recorder.run("run1").log_inputs([IRIS])
    recorder.flush()
    assert list(lab.store.get_run("run1").inputs.dataset_inputs) == [IRIS, WINE]


@pytest.mark.parametrize(
    "refused",
    [
        DatasetInput(Dataset("n" * 501, "d", "t", "s")),
        DatasetInput(Dataset("n", "half \ud800", "t", "s")),
        DatasetInput(Dataset("n", "d", "t", {"url": "x"})),  # type: ignore[arg-type]
        DatasetInput(Dataset("n", "d", "t", "s"), {"count": 3}),  # type: ignore[dict-item]
        Dataset("n", "d", "t", "s"),
    ],
)
def test_a_refused_input_is_not_written_nor_those_beside_it(lab: Lab, refused: DatasetInput) -> None:
    recorder = lab.recorder()
    with pytest.raises(InvalidInput):
        recorder.run("run1").log_inputs([IRIS, refused])
    with pytest.raises(InvalidInput):
        recorder.run("run1").delete_tag("a//b")
    assert recorder.pending() == 0


def test_deleting_a_tag_that_a_run_does_not_have_is_an_error(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    recorder.run("run1").set_tags({"phase": "one"})
    recorder.delete_tag("run1", "phase")
    assert "phase" not in lab.store.get_run("run1").data.tags
    with pytest.raises(NotFound, match="phase"):
        recorder.delete_tag("run1", "phase")
    assert recorder.pending() == 0


@pytest.mark.parametrize("scheme", ["lab", "plain"])
def test_tags_deleted_and_inputs_logged_while_the_store_is_away_arrive_in_order(lab: Lab, scheme: str) -> None:
    lab.store.down = lab.plain_down = True
    recorder = lab.recorder(f"{scheme}:store")
    lab.start(recorder)
    writer = recorder.run("run1")
    writer.set_tags({"kept": "1", "gone": "1"})
    recorder.delete_tag("run1", "kept")
    recorder.delete_tag("run1", "gone")
    recorder.delete_tag("run1", "never set")
    writer.set_tags({"kept": "2"})
    writer.log_inputs([IRIS, WINE])
    with pytest.raises(Unavailable):
        recorder.flush()
    lab.store.down = lab.plain_down = False
    recorder.flush()
    run = (lab.store if scheme == "lab" else lab.plain).get_run("run1")
    assert run.data.tags == {"kept": "2", "mlflow.runName": "name"}
    assert list(run.inputs.dataset_inputs) == [IRIS, WINE]


def test_a_tag_is_deleted_though_the_answer_was_lost(lab: Lab) -> None:
    recorder = lab.recorder()
    lab.start(recorder)
    lab.store.log_batch("run1", tags={"phase": "one"})
    lab.store.lost_acknowledgements = 1
    recorder.delete_tag("run1", "phase")
    recorder.flush()
    assert "phase" not in lab.store.get_run("run1").data.tags


@pytest.mark.parametrize("scheme", ["lab", "plain"])
def test_an_input_and_a_deletion_that_the_store_refuses_are_kept(lab: Lab, scheme: str) -> None:
    recorder = lab.recorder(f"{scheme}:store")
    recorder.run("ghost").log_inputs([IRIS])
    recorder.run("ghost").delete_tag("t")
    with pytest.raises(DeliveryError) as caught:
        recorder.flush()
    assert {(each.run_id, each.what) for each in caught.value.rejections} == {
        ("ghost", "input 'iris'"),
        ("ghost", "tag 't'"),
    }
    recorder.close()
    (kept,) = lab.journals.iterdir()
    lines = {line["what"]: line for line in map(json.loads, kept.read_text().splitlines())}
    assert lines["tag 't'"]["tags"] == {"t": None}
    assert lines["input 'iris'"]["inputs"][0]["dataset"]["profile"] == "[150]"
