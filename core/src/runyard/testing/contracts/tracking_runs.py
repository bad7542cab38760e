"""What every tracking store does with runs themselves."""

from __future__ import annotations

import attrs
import pytest

from runyard.entities import LifecycleStage, Metric, RunStatus, RunUpdate
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.protocols.tracking import TrackingStore
from runyard.testing.contracts.tracking_steps import dataset_input, new_run, run_start

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED


class RunsContract:
    """Creation, update, deletion. Fixture: `store`, fresh but for the experiment Default."""

    def test_a_run_reads_back_as_it_was_created(self, store: TrackingStore) -> None:
        made = store.create_run(run_start("r1", run_name="näme 🚂", start_time=123, tags={"a": "b"}))
        info = made.info
        assert (info.run_id, info.run_uuid, info.experiment_id) == ("r1", "r1", "0")
        assert (info.run_name, info.user_id) == ("näme 🚂", "ada")
        assert (info.status, info.start_time, info.end_time) == (RunStatus.RUNNING, 123, None)
        assert info.lifecycle_stage is ACTIVE
        assert dict(made.data.tags) == {"a": "b", "mlflow.runName": "näme 🚂"}
        assert (dict(made.data.metrics), dict(made.data.params)) == ({}, {})
        again = store.get_run("r1")
        assert again.info == info
        assert dict(again.data.tags) == dict(made.data.tags)

    def test_artifacts_of_a_run_lie_below_its_experiment(self, store: TrackingStore) -> None:
        made = store.create_experiment("located", artifact_location="s3://bucket/root")
        run = new_run(store, "r1", experiment_id=made.experiment_id)
        assert run.info.artifact_uri == "s3://bucket/root/r1/artifacts"

    def test_creating_a_run_again_changes_nothing(self, store: TrackingStore) -> None:
        new_run(store, "r1", run_name="first", tags={"a": "1"})
        store.update_run(RunUpdate("r1", status=RunStatus.FINISHED, end_time=5))
        again = new_run(store, "r1", run_name="second", tags={"a": "2"})
        assert (again.info.run_name, again.info.status, again.info.end_time) == ("first", RunStatus.FINISHED, 5)
        assert store.get_run("r1").data.tags.get("a") == "1"

    def test_an_id_that_a_run_of_another_experiment_has_is_refused(self, store: TrackingStore) -> None:
        other = store.create_experiment("other").experiment_id
        new_run(store, "r1")
        with pytest.raises(AlreadyExists):
            new_run(store, "r1", experiment_id=other)
        assert store.get_run("r1").info.experiment_id == "0"

    def test_creating_a_deleted_run_again_gives_it_deleted(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.delete_run("r1")
        assert new_run(store, "r1").info.lifecycle_stage is DELETED

    def test_a_run_in_an_experiment_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound, match="987654321"):
            new_run(store, "r1", experiment_id="987654321")
        with pytest.raises(NotFound):
            store.get_run("r1")

    def test_a_run_in_a_deleted_experiment_is_refused(self, store: TrackingStore) -> None:
        made = store.create_experiment("closed")
        store.delete_experiment(made.experiment_id)
        with pytest.raises(InvalidState):
            new_run(store, "r1", experiment_id=made.experiment_id)
        with pytest.raises(NotFound):
            store.get_run("r1")

    def test_a_run_needs_either_the_id_or_the_name_of_an_experiment(self, store: TrackingStore) -> None:
        with pytest.raises(InvalidInput):
            store.create_run(attrs.evolve(run_start("r1"), experiment_name="both"))
        with pytest.raises(InvalidInput):
            store.create_run(attrs.evolve(run_start("r1"), experiment_id=None))

    def test_an_experiment_given_by_name_is_created_where_it_is_missing(self, store: TrackingStore) -> None:
        one = store.create_run(run_start(experiment_name="on demand"))
        two = store.create_run(run_start(experiment_name="on demand"))
        made = store.get_experiment_by_name("on demand")
        assert made is not None
        assert one.info.experiment_id == two.info.experiment_id == made.experiment_id
        assert made.experiment_id != "0"

    def test_a_deleted_experiment_of_that_name_is_not_used_for_a_run(self, store: TrackingStore) -> None:
        old = store.create_experiment("binned")
        store.delete_experiment(old.experiment_id)
        run = store.create_run(run_start(experiment_name="binned"))
        assert run.info.experiment_id != old.experiment_id
        assert store.get_experiment(run.info.experiment_id).lifecycle_stage is ACTIVE

    @pytest.mark.parametrize("run_id", ["-x", "a/b", "x" * 257, "a b"])
    def test_a_bad_run_id_is_refused(self, store: TrackingStore, run_id: str) -> None:
        with pytest.raises(InvalidInput):
            store.create_run(run_start(run_id))

    def test_the_longest_run_id_is_kept_whole(self, store: TrackingStore) -> None:
        longest = "aB_-" * 64
        assert store.create_run(run_start(longest)).info.run_id == longest
        assert store.get_run(longest).info.run_id == longest

    def test_run_ids_are_compared_by_code_points(self, store: TrackingStore) -> None:
        new_run(store, "abc", run_name="small")
        new_run(store, "ABC", run_name="large")
        assert [store.get_run(run_id).info.run_name for run_id in ("abc", "ABC")] == ["small", "large"]

    def test_a_run_with_bad_tags_is_not_created(self, store: TrackingStore) -> None:
        with pytest.raises(InvalidInput):
            new_run(store, "r1", tags={"good": "1", "bad": "x" * 8_001})
        with pytest.raises(NotFound):
            store.get_run("r1")

    def test_a_run_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound, match="nowhere"):
            store.get_run("nowhere")

    def test_a_run_is_ended(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        info = store.update_run(RunUpdate("r1", status=RunStatus.FINISHED, end_time=1_700_000_000_001))
        assert (info.status, info.end_time) == (RunStatus.FINISHED, 1_700_000_000_001)
        assert store.get_run("r1").info == info

    @pytest.mark.parametrize("status", list(RunStatus))
    def test_a_run_takes_every_status(self, store: TrackingStore, status: RunStatus) -> None:
        new_run(store, "r1")
        assert store.update_run(RunUpdate("r1", status=status)).status is status
        assert store.get_run("r1").info.status is status

    def test_an_update_leaves_alone_what_it_does_not_name(self, store: TrackingStore) -> None:
        new_run(store, "r1", run_name="name")
        store.update_run(RunUpdate("r1", status=RunStatus.FAILED, end_time=7))
        before = store.get_run("r1").info
        assert store.update_run(RunUpdate("r1")) == before
        assert store.update_run(RunUpdate("r1", run_name="other")) == attrs.evolve(before, run_name="other")

    def test_a_new_name_also_sets_the_tag(self, store: TrackingStore) -> None:
        new_run(store, "r1", run_name="old")
        store.update_run(RunUpdate("r1", run_name="new"))
        run = store.get_run("r1")
        assert (run.info.run_name, run.data.tags.get("mlflow.runName")) == ("new", "new")

    def test_the_name_tag_also_sets_the_name(self, store: TrackingStore) -> None:
        new_run(store, "r1", run_name="old")
        store.log_batch("r1", tags={"mlflow.runName": "new"})
        run = store.get_run("r1")
        assert (run.info.run_name, run.data.tags.get("mlflow.runName")) == ("new", "new")

    def test_a_deleted_run_can_still_be_read_and_comes_back_as_it_was(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.log_batch("r1", metrics=[Metric("m", 1.0, 1, 0)], params={"p": "1"}, tags={"t": "1"})
        before = store.get_run("r1")
        store.delete_run("r1")
        deleted = store.get_run("r1")
        assert deleted.info.lifecycle_stage is DELETED
        assert dict(deleted.data.params) == {"p": "1"}
        store.restore_run("r1")
        after = store.get_run("r1")
        assert after.info == before.info
        assert (after.data.metrics, dict(after.data.params)) == ({"m": 1.0}, {"p": "1"})

    def test_a_deleted_run_says_when_it_was_deleted(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        assert store.get_run("r1").info.deleted_time is None
        store.delete_run("r1")
        assert (store.get_run("r1").info.deleted_time or 0) > 0
        store.restore_run("r1")
        assert store.get_run("r1").info.deleted_time is None

    def test_deleting_and_restoring_a_run_again_is_no_error(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        store.restore_run("r1")
        store.delete_run("r1")
        store.delete_run("r1")
        assert store.get_run("r1").info.lifecycle_stage is DELETED
        store.restore_run("r1")
        store.restore_run("r1")
        assert store.get_run("r1").info.lifecycle_stage is ACTIVE

    def test_deleting_one_run_leaves_the_others(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2", tags={"mlflow.parentRunId": "r1"})
        store.delete_run("r1")
        assert store.get_run("r2").info.lifecycle_stage is ACTIVE

    def test_a_deleted_run_cannot_be_written_to(self, store: TrackingStore) -> None:
        new_run(store, "r1", tags={"t": "1"})
        store.delete_run("r1")
        with pytest.raises(InvalidState):
            store.update_run(RunUpdate("r1", run_name="x"))
        with pytest.raises(InvalidState):
            store.log_batch("r1", metrics=[Metric("m", 1.0, 1, 0)], params={"p": "1"}, tags={"t": "2"})
        with pytest.raises(InvalidState):
            store.delete_tag("r1", "t")
        with pytest.raises(InvalidState):
            store.log_inputs("r1", [dataset_input()])
        run = store.get_run("r1")
        assert (run.data.metrics, dict(run.data.params), run.data.tags.get("t")) == ({}, {}, "1")
        assert len(run.inputs.dataset_inputs) == 0

    def test_writing_to_a_run_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound):
            store.update_run(RunUpdate("nowhere", run_name="x"))
        with pytest.raises(NotFound):
            store.log_batch("nowhere", params={"p": "1"})
        with pytest.raises(NotFound):
            store.delete_tag("nowhere", "t")
        with pytest.raises(NotFound):
            store.log_inputs("nowhere", [dataset_input()])
        with pytest.raises(NotFound):
            store.delete_run("nowhere")
        with pytest.raises(NotFound):
            store.restore_run("nowhere")
