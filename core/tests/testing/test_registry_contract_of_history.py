"""Each test of the registry's contract about history catches a wrong double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import ModelStage, Page, RegistryChange
from runyard.errors import InvalidInput, NotFound
from runyard.testing.contracts.registry_history import RegistryHistoryContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double, changed
from runyard.testing.memory.registry import MemoryRegistryStore

Store = MemoryRegistryStore


def note_without_a_user(store: Store, real: Any, model: Any, change: Any, now: int, user: Any, **fields: Any) -> None:
    real(model, change, now, None, **fields)


def note_every_update(store: Store, real: Any, name: str, *, description: str, **who: Any) -> Any:
    store._note(store._find(name), RegistryChange.DESCRIPTION, store._now(name), None, new=description)
    return real(name, description=description, **who)


def note_before_checking(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    if new_name != name:
        store._note(store._find(name), RegistryChange.RENAMED, store._now(name), None, new=new_name)
    return real(name, new_name, **who)


def take_away_and_set(store: Store, real: Any, name: str, alias: str, version: int, **who: Any) -> None:
    store.delete_registered_model_alias(name, alias)
    real(name, alias, version, **who)


def archive_silently(store: Store, real: Any, model: Any, number: int, stage: ModelStage, *rest: Any) -> None:
    if stage is ModelStage.ARCHIVED:
        model.versions[number] = attrs.evolve(model.versions[number], current_stage=stage)
    else:
        real(model, number, stage, *rest)


def drop_aliases_silently(store: Store, real: Any, model: Any, number: int, *rest: Any) -> None:
    model.aliases = {alias: target for alias, target in model.aliases.items() if target != number}
    real(model, number, *rest)


def delete_with_history(store: Store, real: Any, name: str, **who: Any) -> None:
    number = store._find(name).number
    real(name, **who)
    store._events = [pair for pair in store._events if pair[0] != number or pair[1].change is RegistryChange.DELETED]


def rename_without_history(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    store._events = [pair for pair in store._events if pair[1].name != name]
    return real(name, new_name, **who)


def delete_and_give_the_number_again(store: Store, real: Any, name: str, **who: Any) -> None:
    real(name, **who)
    store._count -= 1


def without_aliases_that_left(store: Store, real: Any, name: str, *, version: int | None = None, **page: Any) -> Any:
    found = real(name, version=version, **page)
    return Page([event for event in found if version is None or event.version == version], found.token)


def newest_first(store: Store, real: Any, name: str, **page: Any) -> Any:
    found = real(name, **page)
    return Page(list(reversed(found.items)), found.token)


def start_again(store: Store, real: Any, name: str, **page: Any) -> Any:
    try:
        return real(name, **page)
    except InvalidInput:
        return real(name)


def as_it_is(store: Store, real: Any, name: str, alias: str, *, at: int | None = None) -> Any:
    found = real(name, alias, at=at)
    return store.get_model_version(found.name, found.version)


def latest_now(store: Store, real: Any, name: str, alias: str, *, at: int | None = None) -> Any:
    return real(name, alias, at=None if alias == "latest" else at)


def else_now(store: Store, real: Any, name: str, alias: str, *, at: int | None = None) -> Any:
    try:
        return real(name, alias, at=at)
    except NotFound:
        return real(name, alias)


def without_the_number(store: Store, real: Any, name: str, alias: str, *, at: int | None = None) -> Any:
    try:
        return real(name, alias, at=at)
    except NotFound as error:
        raise NotFound(f"no alias {alias!r}") from error


def histories(keep: Callable[[Any], bool]) -> Callable[..., Any]:
    return lambda store, real, name: [[event for event in events if keep(event)] for events in real(name)]


def tag_silently(store: Store, real: Any, name: str, *, tags: Any = None, **fields: Any) -> Any:
    made = real(name, **fields)
    store._models[name].tags.update(tags or {})
    return made


WRONG: dict[str, dict[str, Callable[..., Any]]] = {
    "test_every_change_is_in_the_history": {"_note": note_without_a_user},
    "test_tags_of_a_creation_are_in_the_history": {"create_registered_model": tag_silently},
    "test_history_says_when": {"_now": lambda store, real, name: 1},
    "test_a_change_that_changes_nothing_is_not_in_the_history": {"update_registered_model": note_every_update},
    "test_a_refused_change_is_not_in_the_history": {"rename_registered_model": note_before_checking},
    "test_an_alias_that_moves_tells_from_and_to": {"set_registered_model_alias": take_away_and_set},
    "test_archived_versions_have_their_own_entry": {"_move": archive_silently},
    "test_aliases_lost_with_their_version_are_in_the_history": {"_drop_version": drop_aliases_silently},
    "test_history_outlives_the_model": {"delete_registered_model": delete_with_history},
    "test_history_goes_along_with_a_rename": {"rename_registered_model": rename_without_history},
    "test_a_deleted_model_s_history_is_not_mixed_with_another_s": {
        "delete_registered_model": delete_and_give_the_number_again
    },
    "test_history_of_one_version": {"history": without_aliases_that_left},
    "test_history_comes_in_pages_oldest_first": {"history": newest_first},
    "test_a_bad_history_token_is_refused": {"history": start_again},
    "test_a_page_of_history_has_room": {
        "history": lambda store, real, name, *, max_results: real(name, max_results=max(1, max_results))
    },
    "test_an_alias_is_answered_for_an_earlier_time": {
        "get_model_version_by_alias": lambda store, real, name, alias, **when: real(name, alias)
    },
    "test_a_change_counts_from_its_own_millisecond_on": {
        "get_model_version_by_alias": lambda store, real, name, alias, *, at: real(name, alias, at=at - 1)
    },
    "test_an_earlier_version_comes_as_it_was": {"get_model_version_by_alias": as_it_is},
    "test_latest_is_answered_for_an_earlier_time": {"get_model_version_by_alias": latest_now},
    "test_an_alias_that_was_taken_away_by_then_is_not_found": {
        "_histories": histories(lambda event: event.change is not RegistryChange.ALIAS or event.new is not None)
    },
    "test_an_earlier_time_is_answered_under_the_new_name": {
        "_histories": histories(lambda event: event.change is not RegistryChange.RENAMED)
    },
    "test_an_earlier_time_is_answered_under_the_name_of_that_time": {
        "_histories": lambda store, real, name: [events for events in real(name) if events[-1].name == name]
    },
    "test_a_version_that_was_deleted_since_is_not_found_by_its_number": {
        "get_model_version_by_alias": without_the_number
    },
    "test_a_model_that_was_deleted_since_is_not_found_by_its_number": {
        "_histories": lambda store, real, name: real(name)[-1:]
    },
    "test_before_the_model_there_was_nothing": {"get_model_version_by_alias": else_now},
}


@pytest.mark.parametrize("test", WRONG)
def test_each_test_about_history_catches_its_double(test: str) -> None:
    assert_caught(RegistryHistoryContract, test, changed(MemoryRegistryStore, **WRONG[test]))


def test_no_test_about_history_lacks_a_double() -> None:
    assert_each_has_a_double(RegistryHistoryContract, WRONG)
