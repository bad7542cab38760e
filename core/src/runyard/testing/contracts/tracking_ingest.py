"""What a tracking store does that ingests journal batches."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import pytest

from runyard.entities import Batch, LifecycleStage, Metric, RunStatus, RunUpdate
from runyard.errors import Conflict, NotFound
from runyard.protocols.tracking import IngestsBatches, TrackingStore
from runyard.testing.contracts.tracking_steps import columns, dataset_input, new_run, run_start

POINTS = [(1, 10, 0.5), (2, 20, 0.25)]


class IngestingStore(TrackingStore, IngestsBatches, Protocol):
    """Both at once."""


def outcomes(action: Callable[[], object], threads: int) -> list[BaseException | None]:
    """What an action raises that several threads do at the same time; None where it succeeds."""
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(action) for _ in range(threads)]
        return [future.exception() for future in futures]


class IngestContract:
    """Journal batches, each exactly once. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_ingests_batches(self, store: IngestingStore) -> None:
        assert isinstance(store, IngestsBatches)

    def test_a_batch_brings_a_whole_run(self, store: IngestingStore) -> None:
        batch = Batch(
            journal_id="j",
            first=1,
            last=6,
            starts=[run_start("r1", run_name="shipped", start_time=5, tags={"a": "1"})],
            params=[("r1", "lr", "0.1")],
            tags=[("r1", "b", "2")],
            inputs=[("r1", dataset_input())],
            points={("r1", "loss"): columns(POINTS)},
            updates=[RunUpdate("r1", status=RunStatus.FINISHED, end_time=99)],
        )
        assert list(store.ingest(batch)) == []
        run = store.get_run("r1")
        assert (run.info.run_name, run.info.user_id, run.info.start_time) == ("shipped", "ada", 5)
        assert (run.info.status, run.info.end_time) == (RunStatus.FINISHED, 99)
        assert dict(run.data.params) == {"lr": "0.1"}
        assert dict(run.data.tags) == {"a": "1", "b": "2", "mlflow.runName": "shipped"}
        assert list(run.data.latest_metrics) == [Metric("loss", 0.25, 20, 2)]
        assert list(store.read_metric("r1", "loss")) == POINTS
        assert list(run.inputs.dataset_inputs) == [dataset_input()]

    def test_a_batch_serves_several_runs(self, store: IngestingStore) -> None:
        runs = ["r1", "r2", "r3"]
        batch = Batch(
            journal_id="j",
            first=1,
            last=9,
            starts=[run_start(run_id) for run_id in runs],
            params=[(run_id, "p", run_id) for run_id in runs],
            points={(run_id, "m"): columns([(0, 1, float(number))]) for number, run_id in enumerate(runs)},
        )
        store.ingest(batch)
        found = [store.get_run(run_id).data for run_id in runs]
        assert [data.params.get("p") for data in found] == runs
        assert [data.metrics.get("m") for data in found] == [0.0, 1.0, 2.0]

    def test_a_batch_creates_an_experiment_given_by_name(self, store: IngestingStore) -> None:
        starts = [run_start(run_id, experiment_name="named") for run_id in ("r1", "r2")]
        assert list(store.ingest(Batch("j", 1, 2, starts=starts))) == []
        made = store.get_experiment_by_name("named")
        assert made is not None
        assert {store.get_run(run_id).info.experiment_id for run_id in ("r1", "r2")} == {made.experiment_id}

    def test_a_run_that_is_there_already_stays_as_it_is(self, store: IngestingStore) -> None:
        new_run(store, "r1", run_name="first")
        assert list(store.ingest(Batch("j", 1, 1, starts=[run_start("r1", run_name="second")]))) == []
        assert store.get_run("r1").info.run_name == "first"

    def test_a_start_does_not_reach_a_run_of_another_experiment(self, store: IngestingStore) -> None:
        other = store.create_experiment("other").experiment_id
        new_run(store, "r1")
        starts = [run_start("r1", experiment_id=other)]
        rejections = store.ingest(Batch("j", 1, 2, starts=starts, tags=[("r1", "a", "1")]))
        assert {rejection.run_id for rejection in rejections} == {"r1"}
        run = store.get_run("r1")
        assert (run.info.experiment_id, run.data.tags.get("a")) == ("0", None)

    def test_sequence_numbers_go_on_from_batch_to_batch(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        assert store.ingested("j") == 0
        store.ingest(Batch("j", 1, 5, tags=[("r1", "a", "1")]))
        assert store.ingested("j") == 5
        store.ingest(Batch("j", 6, 6, tags=[("r1", "a", "2")]))
        assert store.ingested("j") == 6
        assert store.get_run("r1").data.tags.get("a") == "2"

    def test_journals_are_counted_apart(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 5, tags=[("r1", "a", "1")]))
        store.ingest(Batch("k", 1, 2, tags=[("r1", "b", "1")]))
        assert (store.ingested("j"), store.ingested("k"), store.ingested("l")) == (5, 2, 0)

    @pytest.mark.parametrize(("first", "last"), [(1, 5), (5, 7), (7, 8), (1, 9)])
    def test_a_batch_out_of_turn_is_a_conflict_and_changes_nothing(
        self, store: IngestingStore, first: int, last: int
    ) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 5, tags=[("r1", "a", "1")]))
        late = Batch(
            "j",
            first,
            last,
            starts=[run_start("r2", experiment_name="not made")],
            params=[("r1", "p", "1")],
            tags=[("r1", "a", "2")],
            inputs=[("r1", dataset_input())],
            points={("r1", "m"): columns(POINTS)},
            updates=[RunUpdate("r1", status=RunStatus.FAILED)],
        )
        with pytest.raises(Conflict):
            store.ingest(late)
        assert store.ingested("j") == 5
        run = store.get_run("r1")
        assert (run.data.metrics, dict(run.data.params), run.data.tags.get("a")) == ({}, {}, "1")
        assert (run.info.status, len(run.inputs.dataset_inputs)) == (RunStatus.RUNNING, 0)
        assert store.get_experiment_by_name("not made") is None
        with pytest.raises(NotFound):
            store.get_run("r2")

    def test_a_journal_begins_with_record_1(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        with pytest.raises(Conflict):
            store.ingest(Batch("j", 2, 3, tags=[("r1", "a", "1")]))
        assert store.ingested("j") == 0

    def test_a_forgotten_journal_begins_anew(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 5, tags=[("r1", "a", "1")]))
        store.ingest(Batch("k", 1, 5, tags=[("r1", "b", "1")]))
        store.forget_journal("j")
        store.forget_journal("never seen")
        assert (store.ingested("j"), store.ingested("k")) == (0, 5)

    def test_a_changed_param_is_rejected_while_the_rest_is_taken(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", params={"lr": "0.1"})
        params = [("r1", "lr", "0.2"), ("r1", "lr", "0.1"), ("r1", "new", "1"), ("r1", "new", "2")]
        rejections = store.ingest(Batch("j", 1, 5, params=params, tags=[("r1", "a", "1")]))
        assert [(rejection.run_id, rejection.what) for rejection in rejections] == [
            ("r1", "param 'lr'"),
            ("r1", "param 'new'"),
        ]
        assert all(rejection.reason for rejection in rejections)
        data = store.get_run("r1").data
        assert (dict(data.params), data.tags.get("a")) == ({"lr": "0.1", "new": "1"}, "1")
        assert store.ingested("j") == 5

    def test_what_belongs_to_a_run_that_does_not_exist_is_rejected(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        batch = Batch(
            "j",
            1,
            5,
            params=[("gone", "p", "1"), ("r1", "p", "1")],
            tags=[("gone", "t", "1"), ("r1", "t", "1")],
            inputs=[("gone", dataset_input()), ("r1", dataset_input())],
            points={("gone", "m"): columns(POINTS), ("r1", "m"): columns(POINTS)},
            updates=[RunUpdate("gone", status=RunStatus.FINISHED), RunUpdate("r1", status=RunStatus.FINISHED)],
        )
        assert {rejection.run_id for rejection in store.ingest(batch)} == {"gone"}
        run = store.get_run("r1")
        assert (dict(run.data.params), run.data.tags.get("t"), run.data.metrics) == ({"p": "1"}, "1", {"m": 0.25})
        assert (run.info.status, len(run.inputs.dataset_inputs)) == (RunStatus.FINISHED, 1)
        with pytest.raises(NotFound):
            store.get_run("gone")

    def test_what_belongs_to_a_deleted_run_is_rejected(self, store: IngestingStore) -> None:
        new_run(store, "r1", tags={"t": "0"})
        store.delete_run("r1")
        batch = Batch(
            "j",
            1,
            4,
            params=[("r1", "p", "1")],
            tags=[("r1", "t", None)],
            inputs=[("r1", dataset_input())],
            points={("r1", "m"): columns(POINTS)},
            updates=[RunUpdate("r1", status=RunStatus.FINISHED)],
        )
        assert {rejection.run_id for rejection in store.ingest(batch)} == {"r1"}
        run = store.get_run("r1")
        assert (dict(run.data.params), run.data.tags.get("t"), run.data.metrics) == ({}, "0", {})
        assert (run.info.status, run.info.lifecycle_stage) == (RunStatus.RUNNING, LifecycleStage.DELETED)
        assert len(run.inputs.dataset_inputs) == 0
        assert store.ingested("j") == 4

    def test_a_start_in_an_experiment_that_cannot_take_it_is_rejected(self, store: IngestingStore) -> None:
        closed = store.create_experiment("closed").experiment_id
        store.delete_experiment(closed)
        starts = [run_start("r1", experiment_id="987654321"), run_start("r2", experiment_id=closed), run_start("r3")]
        rejections = store.ingest(Batch("j", 1, 3, starts=starts, params=[("r1", "p", "1"), ("r3", "p", "1")]))
        assert {rejection.run_id for rejection in rejections} == {"r1", "r2"}
        assert dict(store.get_run("r3").data.params) == {"p": "1"}
        for run_id in ("r1", "r2"):
            with pytest.raises(NotFound):
                store.get_run(run_id)

    def test_of_a_tag_the_last_one_wins(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 3, tags=[("r1", "t", "1"), ("r1", "t", "2"), ("r1", "t", "3")]))
        assert store.get_run("r1").data.tags.get("t") == "3"

    def test_a_batch_deletes_a_tag(self, store: IngestingStore) -> None:
        new_run(store, "r1", tags={"t": "1", "u": "2"})
        new_run(store, "r2", tags={"t": "1"})
        assert list(store.ingest(Batch("j", 1, 1, tags=[("r1", "t", None)]))) == []
        tags = store.get_run("r1").data.tags
        assert ("t" in tags, tags.get("u"), store.get_run("r2").data.tags.get("t")) == (False, "2", "1")

    def test_deleting_a_tag_that_is_not_there_is_no_rejection(self, store: IngestingStore) -> None:
        new_run(store, "r1", tags={"t": "1"})
        assert list(store.ingest(Batch("j", 1, 2, tags=[("r1", "never set", None), ("r1", "u", "2")]))) == []
        tags = store.get_run("r1").data.tags
        assert (tags.get("t"), tags.get("u"), "never set" in tags) == ("1", "2", False)

    def test_a_tag_that_is_set_deleted_and_set_has_its_last_value(self, store: IngestingStore) -> None:
        new_run(store, "r1", tags={"b": "0"})
        kept = [("r1", "a", "1"), ("r1", "a", None), ("r1", "a", "2")]
        gone = [("r1", "b", None), ("r1", "b", "1"), ("r1", "b", None)]
        assert list(store.ingest(Batch("j", 1, 6, tags=[*kept, *gone]))) == []
        tags = store.get_run("r1").data.tags
        assert (tags.get("a"), "b" in tags) == ("2", False)

    def test_a_batch_brings_inputs_each_once(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.log_inputs("r1", [dataset_input("known", context="first")])
        items = [dataset_input("new", context="training"), dataset_input("known"), dataset_input("new")]
        batch = Batch("j", 1, 5, starts=[run_start("r2")], inputs=[*(("r1", item) for item in items), ("r2", items[1])])
        assert list(store.ingest(batch)) == []
        assert list(store.ingest(Batch("k", 1, 1, inputs=[("r1", items[0])]))) == []
        found = store.get_run("r1").inputs.dataset_inputs
        assert [(item.dataset.name, dict(item.tags)) for item in found] == [
            ("known", {"context": "first"}),
            ("new", {"context": "training"}),
        ]
        assert found[1].dataset == items[0].dataset
        assert [item.dataset.name for item in store.get_run("r2").inputs.dataset_inputs] == ["known"]

    def test_the_name_tag_also_sets_the_name_and_updates_come_last(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 1, tags=[("r1", "mlflow.runName", "by tag")]))
        assert store.get_run("r1").info.run_name == "by tag"
        update = RunUpdate("r1", run_name="by update")
        store.ingest(Batch("j", 2, 3, tags=[("r1", "mlflow.runName", "again by tag")], updates=[update]))
        run = store.get_run("r1")
        assert (run.info.run_name, run.data.tags.get("mlflow.runName")) == ("by update", "by update")

    def test_points_of_a_batch_that_exist_already_are_kept_once(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", metrics=[Metric("m", 0.5, 10, 1)])
        store.ingest(Batch("j", 1, 3, points={("r1", "m"): columns([*POINTS, *POINTS])}))
        store.ingest(Batch("k", 1, 3, points={("r1", "m"): columns([(0, 5, 1.0), *POINTS])}))
        assert list(store.read_metric("r1", "m")) == [(0, 5, 1.0), *POINTS]

    def test_values_beyond_the_limits_are_not_cut(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        store.ingest(Batch("j", 1, 2, params=[("r1", "p", "漢" * 6_001)], tags=[("r1", "t", "x" * 70_000)]))
        data = store.get_run("r1").data
        assert (data.params.get("p"), data.tags.get("t")) == ("漢" * 6_001, "x" * 70_000)

    def test_a_batch_that_several_threads_bring_is_taken_once(self, store: IngestingStore) -> None:
        new_run(store, "r1")
        batch = Batch("j", 1, 9, tags=[("r1", "t", "1")], points={("r1", "m"): columns(POINTS)})
        raised = outcomes(lambda: store.ingest(batch), threads=6)
        assert raised.count(None) == 1
        assert all(error is None or isinstance(error, Conflict) for error in raised), raised
        assert list(store.read_metric("r1", "m")) == POINTS
        assert store.ingested("j") == 9
