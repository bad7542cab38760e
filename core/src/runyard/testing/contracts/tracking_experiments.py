"""What every tracking store does with experiments."""

from __future__ import annotations

import pytest

from runyard.entities import LifecycleStage
from runyard.errors import AlreadyExists, InvalidInput, InvalidState, NotFound
from runyard.protocols.tracking import TrackingStore
from runyard.testing.contracts.tracking_steps import new_run

ACTIVE, DELETED = LifecycleStage.ACTIVE, LifecycleStage.DELETED


class ExperimentsContract:
    """Creation, names, renaming, deletion, tags. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_default_experiment_has_id_0(self, store: TrackingStore) -> None:
        default = store.get_experiment("0")
        assert (default.name, default.lifecycle_stage) == ("Default", ACTIVE)
        assert store.get_experiment_by_name("Default") == default

    def test_the_default_experiment_can_be_deleted_and_restored(self, store: TrackingStore) -> None:
        store.delete_experiment("0")
        assert store.get_experiment("0").lifecycle_stage is DELETED
        store.restore_experiment("0")
        assert store.get_experiment("0").lifecycle_stage is ACTIVE

    def test_an_experiment_reads_back_as_it_was_created(self, store: TrackingStore) -> None:
        made = store.create_experiment("vision/cats", artifact_location="s3://bucket/cats", tags={"team": "blue"})
        assert made.name == "vision/cats"
        assert made.artifact_location == "s3://bucket/cats"
        assert dict(made.tags) == {"team": "blue"}
        assert made.lifecycle_stage is ACTIVE
        assert store.get_experiment(made.experiment_id) == made
        assert store.get_experiment_by_name("vision/cats") == made

    def test_an_experiment_knows_when_it_was_created_and_changed(self, store: TrackingStore) -> None:
        made = store.create_experiment("timed")
        assert made.creation_time is not None
        assert made.creation_time > 0
        assert made.last_update_time is not None
        assert made.last_update_time >= made.creation_time

    def test_each_experiment_has_its_own_id_and_artifact_location(self, store: TrackingStore) -> None:
        one, two = store.create_experiment("one"), store.create_experiment("two")
        assert len({one.experiment_id, two.experiment_id, "0"}) == 3
        assert one.artifact_location
        assert one.artifact_location != two.artifact_location

    def test_the_name_of_an_active_experiment_is_taken(self, store: TrackingStore) -> None:
        made = store.create_experiment("taken", tags={"kept": "yes"})
        with pytest.raises(AlreadyExists, match="taken"):
            store.create_experiment("taken", tags={"kept": "no"})
        assert store.get_experiment_by_name("taken") == made

    def test_the_name_of_a_deleted_experiment_is_free(self, store: TrackingStore) -> None:
        old = store.create_experiment("again")
        store.delete_experiment(old.experiment_id)
        new = store.create_experiment("again")
        assert new.experiment_id != old.experiment_id
        assert store.get_experiment_by_name("again") == new
        assert store.get_experiment(old.experiment_id).lifecycle_stage is DELETED

    @pytest.mark.parametrize("other", ["Vision", "vision ", "vísion"])
    def test_names_are_compared_by_code_points(self, store: TrackingStore, other: str) -> None:
        first, second = store.create_experiment("vision"), store.create_experiment(other)
        assert first.experiment_id != second.experiment_id
        assert store.get_experiment_by_name("vision") == first
        assert store.get_experiment_by_name(other) == second

    @pytest.mark.parametrize("name", ["", "  ", "x" * 501, "a\nb"], ids=["empty", "blank", "long", "newline"])
    def test_a_bad_name_is_refused(self, store: TrackingStore, name: str) -> None:
        with pytest.raises(InvalidInput):
            store.create_experiment(name)

    @pytest.mark.parametrize("name", ["x" * 500, "漢" * 500, "🚂" * 500], ids=["ascii", "three bytes", "four bytes"])
    def test_the_longest_name_is_kept_whole(self, store: TrackingStore, name: str) -> None:
        made = store.create_experiment(name)
        assert store.get_experiment(made.experiment_id).name == name

    def test_an_experiment_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound, match="987654321"):
            store.get_experiment("987654321")
        assert store.get_experiment_by_name("nobody's") is None

    def test_a_deleted_experiment_can_still_be_read(self, store: TrackingStore) -> None:
        made = store.create_experiment("bin", tags={"a": "b"})
        store.delete_experiment(made.experiment_id)
        for found in (store.get_experiment(made.experiment_id), store.get_experiment_by_name("bin")):
            assert found is not None
            assert found.lifecycle_stage is DELETED
            assert (found.experiment_id, dict(found.tags)) == (made.experiment_id, {"a": "b"})

    def test_of_deleted_experiments_of_one_name_the_last_one_is_found(self, store: TrackingStore) -> None:
        for _ in range(3):
            last = store.create_experiment("often").experiment_id
            store.delete_experiment(last)
        found = store.get_experiment_by_name("often")
        assert found is not None
        assert found.experiment_id == last

    def test_deleting_an_experiment_deletes_its_runs(self, store: TrackingStore) -> None:
        made = store.create_experiment("full")
        inside = new_run(store, experiment_id=made.experiment_id).info.run_id
        outside = new_run(store).info.run_id
        store.delete_experiment(made.experiment_id)
        assert store.get_run(inside).info.lifecycle_stage is DELETED
        assert store.get_run(outside).info.lifecycle_stage is ACTIVE

    def test_an_experiment_is_deleted_only_once(self, store: TrackingStore) -> None:
        made = store.create_experiment("once")
        store.delete_experiment(made.experiment_id)
        with pytest.raises(NotFound):
            store.delete_experiment(made.experiment_id)

    def test_restoring_an_experiment_restores_all_its_runs(self, store: TrackingStore) -> None:
        made = store.create_experiment("back")
        one = new_run(store, experiment_id=made.experiment_id).info.run_id
        two = new_run(store, experiment_id=made.experiment_id).info.run_id
        store.delete_run(two)
        store.delete_experiment(made.experiment_id)
        store.restore_experiment(made.experiment_id)
        assert store.get_experiment(made.experiment_id).lifecycle_stage is ACTIVE
        assert [store.get_run(run_id).info.lifecycle_stage for run_id in (one, two)] == [ACTIVE, ACTIVE]

    def test_an_active_experiment_cannot_be_restored(self, store: TrackingStore) -> None:
        made = store.create_experiment("alive")
        with pytest.raises(NotFound):
            store.restore_experiment(made.experiment_id)

    def test_an_experiment_whose_name_is_taken_by_now_cannot_be_restored(self, store: TrackingStore) -> None:
        old = store.create_experiment("contested")
        run_id = new_run(store, experiment_id=old.experiment_id).info.run_id
        store.delete_experiment(old.experiment_id)
        store.create_experiment("contested")
        with pytest.raises(AlreadyExists):
            store.restore_experiment(old.experiment_id)
        assert store.get_experiment(old.experiment_id).lifecycle_stage is DELETED
        assert store.get_run(run_id).info.lifecycle_stage is DELETED

    def test_an_experiment_can_be_renamed(self, store: TrackingStore) -> None:
        made = store.create_experiment("before")
        store.rename_experiment(made.experiment_id, "after")
        assert store.get_experiment(made.experiment_id).name == "after"
        assert store.get_experiment_by_name("before") is None
        assert store.create_experiment("before").experiment_id != made.experiment_id

    def test_an_experiment_cannot_take_the_name_of_another(self, store: TrackingStore) -> None:
        one, _ = store.create_experiment("one"), store.create_experiment("two")
        with pytest.raises(AlreadyExists):
            store.rename_experiment(one.experiment_id, "two")
        assert store.get_experiment(one.experiment_id).name == "one"

    def test_an_experiment_can_take_the_name_of_a_deleted_one(self, store: TrackingStore) -> None:
        one, two = store.create_experiment("one"), store.create_experiment("two")
        store.delete_experiment(two.experiment_id)
        store.rename_experiment(one.experiment_id, "two")
        assert store.get_experiment(one.experiment_id).name == "two"

    def test_a_deleted_experiment_cannot_be_renamed(self, store: TrackingStore) -> None:
        made = store.create_experiment("gone")
        store.delete_experiment(made.experiment_id)
        with pytest.raises(InvalidState):
            store.rename_experiment(made.experiment_id, "other")
        assert store.get_experiment(made.experiment_id).name == "gone"

    def test_renaming_to_a_bad_name_is_refused(self, store: TrackingStore) -> None:
        made = store.create_experiment("good")
        with pytest.raises(InvalidInput):
            store.rename_experiment(made.experiment_id, " ")
        assert store.get_experiment(made.experiment_id).name == "good"

    def test_changing_an_experiment_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound):
            store.rename_experiment("987654321", "new")
        with pytest.raises(NotFound):
            store.delete_experiment("987654321")
        with pytest.raises(NotFound):
            store.restore_experiment("987654321")
        with pytest.raises(NotFound):
            store.set_experiment_tags("987654321", {"a": "b"})
        with pytest.raises(NotFound):
            store.delete_experiment_tag("987654321", "a")

    def test_experiment_tags_are_set_replaced_and_deleted(self, store: TrackingStore) -> None:
        store.set_experiment_tags("0", {"a": "1", "b": "2"})
        store.set_experiment_tags("0", {"b": "3", "c": ""})
        assert dict(store.get_experiment("0").tags) == {"a": "1", "b": "3", "c": ""}
        store.delete_experiment_tag("0", "a")
        assert dict(store.get_experiment("0").tags) == {"b": "3", "c": ""}

    def test_tags_of_a_deleted_experiment_cannot_change(self, store: TrackingStore) -> None:
        made = store.create_experiment("sealed", tags={"a": "1"})
        store.delete_experiment(made.experiment_id)
        with pytest.raises(InvalidState):
            store.set_experiment_tags(made.experiment_id, {"a": "2"})
        with pytest.raises(InvalidState):
            store.delete_experiment_tag(made.experiment_id, "a")
        assert dict(store.get_experiment(made.experiment_id).tags) == {"a": "1"}

    def test_the_longest_experiment_tag_is_kept_whole(self, store: TrackingStore) -> None:
        longest = "漢" * 20_000
        store.set_experiment_tags("0", {"k" * 250: longest})
        assert dict(store.get_experiment("0").tags) == {"k" * 250: longest}

    @pytest.mark.parametrize(
        "bad", [{"k": "x" * 20_001}, {"k" * 251: "x"}, {"a//b": "x"}, {"": "x"}], ids=["long", "key", "path", "empty"]
    )
    def test_bad_experiment_tags_are_refused_whole(self, store: TrackingStore, bad: dict[str, str]) -> None:
        with pytest.raises(InvalidInput):
            store.set_experiment_tags("0", {"good": "1", **bad})
        assert dict(store.get_experiment("0").tags) == {}
        with pytest.raises(InvalidInput):
            store.create_experiment("tagged badly", tags={"good": "1", **bad})
        assert store.get_experiment_by_name("tagged badly") is None
