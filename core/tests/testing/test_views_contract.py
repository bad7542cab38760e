"""Each test of the contract of views catches a store that is wrong in just its point."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.errors import Conflict, InvalidInput, NotFound
from runyard.testing.contracts.views import ViewsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, ignore, result, swallow, wrong
from runyard.uris import Uri

Factory = Callable[[], Any]
STORE = MemoryTrackingStore


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def saving(change: Callable[[dict[str, Any]], None]) -> Method:
    """Saves something else than it should."""

    def save(store: Any, original: Method, view_id: str, **named: Any) -> Any:
        change(named)
        return original(view_id, **named)

    return save


def made_anew(store: Any, original: Method, view_id: str, **named: Any) -> Any:
    store._views.pop(view_id, None)
    return original(view_id, **named)


def in_given_order(store: Any, original: Method, view_id: str, *, experiment_ids: Any, **named: Any) -> Any:
    saved = original(view_id, experiment_ids=experiment_ids, **named)
    store._views[view_id] = attrs.evolve(saved, experiment_ids=list(experiment_ids))
    return store._views[view_id]


def revised_if_known(store: Any, original: Method, view_id: str, *, revision: Any = None, **named: Any) -> Any:
    return original(view_id, revision=revision if view_id in store._views else None, **named)


def look_then_save(store: Any, original: Method, view_id: str, *, revision: Any = None, **named: Any) -> Any:
    """Lets others in between."""
    known = store._views.get(view_id)
    time.sleep(0.05)
    if revision is not None and (known is None or known.revision != revision):
        raise Conflict("not the last one")
    return original(view_id, **named)


def keep_erased(store: Any, original: Method, view: Any) -> Any:
    return view


def save_in_any(store: Any, original: Method, view_id: str, *, experiment_ids: Any, **named: Any) -> Any:
    known = [one for one in experiment_ids if one in store._experiments]
    return original(view_id, experiment_ids=known, **named)


VIEWS: dict[str, Factory] = {
    "test_the_store_says_that_it_keeps_views": without_capabilities,
    "test_a_new_view_is_kept_as_it_is": wrong(
        STORE, get_view=result(lambda view: attrs.evolve(view, state=view.state.encode("ascii", "replace").decode()))
    ),
    "test_a_view_is_saved_anew": wrong(STORE, save_view=made_anew),
    "test_the_experiments_of_a_view_are_told_once_in_their_order": wrong(STORE, save_view=in_given_order),
    "test_only_the_last_revision_can_be_saved_anew": wrong(
        STORE, save_view=saving(lambda named: named.update(revision=None))
    ),
    "test_a_view_that_was_deleted_is_not_saved_anew": wrong(STORE, save_view=revised_if_known),
    "test_of_several_who_save_one_revision_one_succeeds": wrong(STORE, save_view=look_then_save),
    "test_views_are_listed_by_name": wrong(
        STORE, list_views=result(lambda views: sorted(views, key=lambda view: view.view_id))
    ),
    "test_a_deleted_view_is_gone": wrong(STORE, delete_view=ignore),
    "test_an_experiment_that_is_erased_leaves_its_views": wrong(STORE, _shown_view=keep_erased),
    "test_what_does_not_exist_is_not_found": wrong(STORE, delete_view=swallow(NotFound), save_view=save_in_any),
    "test_what_is_no_view_is_refused": wrong(STORE, save_view=swallow(InvalidInput)),
}


@pytest.mark.parametrize("test", VIEWS)
def test_a_wrong_double_is_caught_keeping_views(test: str) -> None:
    assert_caught(ViewsContract, test, VIEWS[test])


def test_every_test_of_views_has_a_double() -> None:
    assert_each_has_a_double(ViewsContract, VIEWS)
