"""Each test of the contract of changes catches a store that is wrong in just its point."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import ChangeKind, Changes, Subject
from runyard.errors import InvalidInput
from runyard.testing.contracts.changes import ChangesContract, RegistryChangesContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.changes import ChangeLog
from runyard.testing.memory.registry import MemoryRegistryStore
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, result, swallow, wrong
from runyard.uris import Uri

Factory = Callable[[], Any]
STORE = MemoryTrackingStore
REGISTRY = MemoryRegistryStore


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def untold(*kinds: ChangeKind, of: Subject) -> Factory:
    """A store that keeps some changes to itself."""

    def note(store: Any, original: Method, subject: Subject, id_: str, kind: ChangeKind, *more: Any) -> None:
        if subject is not of or kind not in kinds:
            original(subject, id_, kind, *more)

    return wrong(STORE, _note=note)


def items(change: Callable[[list[Any]], list[Any]]) -> Method:
    return result(lambda changes: attrs.evolve(changes, items=change(list(changes.items))))


def from_the_beginning(store: Any, original: Method, since: Any = None, **named: Any) -> Changes:
    found: Changes = original(since or 0, **named)
    return found


def last_of_all(store: Any, original: Method, since: Any = None, **named: Any) -> Changes:
    """Leaves out what the next page should have."""
    found: Changes = attrs.evolve(original(since, **named), last=original(None).last)
    return found


def note_again(note: str) -> Factory:
    """A store that tells of a run whatever is done with it."""

    def call(store: Any, original: Method, first: Any, *arguments: Any, **named: Any) -> Any:
        made = original(first, *arguments, **named)
        store._note(Subject.RUN, first if isinstance(first, str) else first.run_id, ChangeKind.UPDATED, "0")
        return made

    return wrong(STORE, **{note: call})


def one_for_each_point(store: Any, original: Method, run_id: str, *, metrics: Any = (), **named: Any) -> None:
    original(run_id, metrics=metrics, **named)
    for _ in metrics[1:]:
        store._note(Subject.RUN, run_id, ChangeKind.METRICS, "0")


def told_before(store: Any, original: Method, run_id: str, *, metrics: Any = (), **named: Any) -> None:
    if metrics:
        store._note(Subject.RUN, run_id, ChangeKind.METRICS, "0")
    original(run_id, metrics=metrics, **named)


class _Chatty(ChangeLog):
    def together(self) -> Any:
        return threading.Lock()


def chatty() -> Any:
    store = STORE()
    store.__dict__["_changes_log"] = _Chatty()
    return store


def heartbeats_are_told(store: Any, original: Method, run_ids: Any, *, expires: int) -> None:
    original(run_ids, expires=expires)
    for run_id in run_ids:
        store._note(Subject.RUN, run_id, ChangeKind.UPDATED, "0")


def every_third_is_late(store: Any, original: Method, since: Any = None, **named: Any) -> Changes:
    """Tells of some changes when those after them have been told of."""
    found: Changes = original(since, **named)
    late = [one for one in found.items if one.number % 3]
    return attrs.evolve(found, items=late) if len(late) > 1 else found


CHANGES: dict[str, Factory] = {
    "test_the_store_says_that_it_records_changes": without_capabilities,
    "test_changes_are_told_in_order_with_their_time_and_experiment": wrong(
        STORE, changes=items(lambda found: [attrs.evolve(one, timestamp=0) for one in found])
    ),
    "test_without_a_number_only_the_last_one_is_told": wrong(STORE, changes=from_the_beginning),
    "test_changes_come_in_pages": wrong(STORE, changes=last_of_all),
    "test_what_is_done_to_experiments_is_told": untold(ChangeKind.RESTORED, of=Subject.EXPERIMENT),
    "test_what_is_done_to_runs_is_told": untold(ChangeKind.DELETED, of=Subject.RUN),
    "test_many_points_are_one_change": wrong(STORE, log_batch=one_for_each_point),
    "test_what_changes_nothing_is_not_told": note_again("restore_run"),
    "test_what_is_refused_is_not_told": wrong(STORE, log_batch=told_before),
    "test_a_run_in_a_new_experiment_tells_of_both": untold(ChangeKind.CREATED, of=Subject.EXPERIMENT),
    "test_a_journal_batch_tells_once_of_each_run": chatty,
    "test_heartbeats_are_not_told_but_death_and_revival_are": wrong(STORE, heartbeat=heartbeats_are_told),
    "test_a_follower_misses_nothing_and_hears_nothing_twice": wrong(STORE, changes=every_third_is_late),
    "test_a_number_that_was_never_given_asks_to_read_anew": wrong(
        STORE, changes=result(lambda changes: attrs.evolve(changes, reset=False))
    ),
    "test_bounds_are_kept": wrong(STORE, changes=swallow(InvalidInput, Changes((), 0))),
}


def untold_model(**by_method: Any) -> Factory:
    """A registry in which methods tell of nothing."""

    def quiet(store: Any, original: Method, *arguments: Any, **named: Any) -> Any:
        kept = store._changes
        store._changes = ChangeLog()
        try:
            return original(*arguments, **named)
        finally:
            store._changes = kept

    return wrong(REGISTRY, **dict.fromkeys(by_method, quiet))


def told_before_the_alias(store: Any, original: Method, name: str, *arguments: Any, **named: Any) -> None:
    store._tell(name)
    original(name, *arguments, **named)


REGISTRY_CHANGES: dict[str, Factory] = {
    "test_the_registry_says_that_it_records_changes": object,
    "test_what_is_done_to_models_is_told": untold_model(rename_registered_model=True),
    "test_what_is_done_to_versions_is_told_of_their_model": untold_model(set_model_version_tag=True),
    "test_changes_of_models_belong_to_no_experiment": wrong(
        REGISTRY, changes=items(lambda found: [attrs.evolve(one, experiment_id="0") for one in found])
    ),
    "test_what_is_refused_is_not_told_of_a_model": wrong(REGISTRY, set_registered_model_alias=told_before_the_alias),
}


@pytest.mark.parametrize("test", CHANGES)
def test_a_wrong_double_is_caught_telling_changes(test: str) -> None:
    assert_caught(ChangesContract, test, CHANGES[test])


@pytest.mark.parametrize("test", REGISTRY_CHANGES)
def test_a_wrong_double_is_caught_telling_changes_of_models(test: str) -> None:
    assert_caught(RegistryChangesContract, test, REGISTRY_CHANGES[test])


def test_every_test_of_changes_has_a_double() -> None:
    assert_each_has_a_double(ChangesContract, CHANGES)
    assert_each_has_a_double(RegistryChangesContract, REGISTRY_CHANGES)


def test_the_reference_forgets_old_changes() -> None:
    store = STORE()
    since = store.changes().last
    store.changes_log.kept = 3
    for number in range(5):
        store.create_experiment(f"e{number}")
    found = store.changes(since)
    assert (len(found.items), found.reset) == (3, True)
    assert not store.changes(found.items[0].number - 1).reset
    store.create_experiment("more")
    assert store.changes(found.items[0].number - 1).reset
