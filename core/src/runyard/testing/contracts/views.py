"""What every tracking store does that keeps saved views."""

from __future__ import annotations

import time
from typing import Protocol

import pytest

from runyard.errors import Conflict, InvalidInput, NotFound
from runyard.protocols.changes import KeepsViews
from runyard.protocols.tracking import Purges, TrackingStore
from runyard.testing.contracts.tracking_threads import THREADS, in_threads

STATE = '{"columns": ["metrics.loss", "größe"], "order": null}'


class ViewingStore(TrackingStore, KeepsViews, Purges, Protocol):
    """All of them at once."""


class ViewsContract:
    """Saved views. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_keeps_views(self, store: ViewingStore) -> None:
        assert isinstance(store, KeepsViews)

    def test_a_new_view_is_kept_as_it_is(self, store: ViewingStore) -> None:
        before = time.time_ns() // 1_000_000
        made = store.save_view("v1", name="Best of all", experiment_ids=["0"], state=STATE, user_id="ada")
        assert (made.view_id, made.name, list(made.experiment_ids)) == ("v1", "Best of all", ["0"])
        assert (made.state, made.user_id, made.revision) == (STATE, "ada", 1)
        assert before <= made.creation_time == made.last_update_time
        assert store.get_view("v1") == made

    def test_a_view_is_saved_anew(self, store: ViewingStore) -> None:
        other = store.create_experiment("other").experiment_id
        made = store.save_view("v1", name="one", experiment_ids=["0"], state="{}", user_id="ada")
        saved = store.save_view("v1", name="two", experiment_ids=[other], state=STATE, user_id="bob")
        assert (saved.name, list(saved.experiment_ids), saved.state, saved.user_id) == ("two", [other], STATE, "bob")
        assert (saved.revision, saved.creation_time) == (2, made.creation_time)
        assert saved.last_update_time >= made.last_update_time
        assert store.get_view("v1") == saved
        assert store.save_view("v1", name="two", experiment_ids=[], state=STATE).user_id == "bob"

    def test_the_experiments_of_a_view_are_told_once_in_their_order(self, store: ViewingStore) -> None:
        ids = [store.create_experiment(f"e{number}").experiment_id for number in range(11)]
        made = store.save_view("v1", name="all", experiment_ids=[*reversed(ids), "0", ids[0]], state="{}")
        assert list(made.experiment_ids) == ["0", *ids]
        assert list(store.get_view("v1").experiment_ids) == ["0", *ids]

    def test_only_the_last_revision_can_be_saved_anew(self, store: ViewingStore) -> None:
        store.save_view("v1", name="one", experiment_ids=["0"], state="{}")
        assert store.save_view("v1", name="two", experiment_ids=["0"], state="{}", revision=1).revision == 2
        for revision in (0, 1, 3):
            with pytest.raises(Conflict):
                store.save_view("v1", name="three", experiment_ids=[], state="[]", revision=revision)
        kept = store.get_view("v1")
        assert (kept.name, kept.revision, list(kept.experiment_ids), kept.state) == ("two", 2, ["0"], "{}")

    def test_a_view_that_was_deleted_is_not_saved_anew(self, store: ViewingStore) -> None:
        store.save_view("v1", name="one", experiment_ids=["0"], state="{}")
        store.delete_view("v1")
        with pytest.raises(Conflict):
            store.save_view("v1", name="two", experiment_ids=["0"], state="{}", revision=1)
        with pytest.raises(NotFound):
            store.get_view("v1")

    def test_of_several_who_save_one_revision_one_succeeds(self, store: ViewingStore) -> None:
        store.save_view("v1", name="one", experiment_ids=["0"], state="{}")
        raised = in_threads(
            lambda number: store.save_view("v1", name=f"n{number}", experiment_ids=["0"], state="{}", revision=1)
        )
        assert [type(error) for error in raised].count(Conflict) == THREADS - 1
        assert store.get_view("v1").revision == 2

    def test_views_are_listed_by_name(self, store: ViewingStore) -> None:
        other = store.create_experiment("other").experiment_id
        store.save_view("v1", name="b", experiment_ids=["0", other], state="{}")
        store.save_view("v2", name="a", experiment_ids=["0"], state="{}")
        store.save_view("v4", name="c", experiment_ids=[], state="{}")
        store.save_view("v3", name="c", experiment_ids=[other], state="{}")
        assert [view.view_id for view in store.list_views()] == ["v2", "v1", "v3", "v4"]
        assert [view.view_id for view in store.list_views("0")] == ["v2", "v1"]
        assert [view.view_id for view in store.list_views(other)] == ["v1", "v3"]
        assert list(store.list_views("0")) == [store.get_view("v2"), store.get_view("v1")]

    def test_a_deleted_view_is_gone(self, store: ViewingStore) -> None:
        store.save_view("v1", name="one", experiment_ids=["0"], state="{}")
        store.save_view("v2", name="two", experiment_ids=["0"], state="{}")
        store.delete_view("v1")
        assert [view.view_id for view in store.list_views()] == ["v2"]
        assert store.save_view("v1", name="again", experiment_ids=[], state="{}").revision == 1

    def test_an_experiment_that_is_erased_leaves_its_views(self, store: ViewingStore) -> None:
        other = store.create_experiment("other").experiment_id
        store.save_view("v1", name="one", experiment_ids=["0", other], state="{}")
        store.delete_experiment(other)
        assert list(store.get_view("v1").experiment_ids) == ["0", other]
        store.purge_experiment(other)
        assert list(store.get_view("v1").experiment_ids) == ["0"]
        assert [list(view.experiment_ids) for view in store.list_views()] == [["0"]]

    def test_what_does_not_exist_is_not_found(self, store: ViewingStore) -> None:
        with pytest.raises(NotFound):
            store.get_view("none")
        with pytest.raises(NotFound):
            store.delete_view("none")
        with pytest.raises(NotFound):
            store.list_views("987654")
        with pytest.raises(NotFound):
            store.save_view("v1", name="one", experiment_ids=["0", "987654"], state="{}")
        assert list(store.list_views()) == []

    @pytest.mark.parametrize(
        ("view_id", "name", "state"),
        [
            ("", "n", "{}"),
            ("../v", "n", "{}"),
            ("v" * 257, "n", "{}"),
            ("v", " ", "{}"),
            ("v", "n" * 501, "{}"),
            ("v", "n\0", "{}"),
            ("v", "n", "no json"),
            ("v", "n", ""),
            ("v", "n", '"' + "x" * 1_000_000 + '"'),
        ],
    )
    def test_what_is_no_view_is_refused(self, store: ViewingStore, view_id: str, name: str, state: str) -> None:
        with pytest.raises(InvalidInput):
            store.save_view(view_id, name=name, experiment_ids=["0"], state=state)
        assert list(store.list_views()) == []
