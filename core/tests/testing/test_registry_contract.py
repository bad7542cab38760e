"""The reference registry passes the contract, and each test about what is registered catches a wrong double."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.errors import InvalidInput, NotFound
from runyard.testing.contracts.registry import FullRegistryStoreContract
from runyard.testing.contracts.registry_models import RegistryModelsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double, changed
from runyard.testing.memory.registry import MemoryRegistryStore

Store = MemoryRegistryStore


class TestTheReference(FullRegistryStoreContract):
    @pytest.fixture
    def store(self) -> MemoryRegistryStore:
        return MemoryRegistryStore()


def find_in_any_case(store: Store, real: Any, name: str) -> Any:
    return real(next((known for known in store._models if known.lower() == name.lower()), name))


def create_then_tag(store: Store, real: Any, name: str, *, tags: Any = None, **given: Any) -> Any:
    created = real(name, **given)
    for key, value in (tags or {}).items():
        store.set_registered_model_tag(name, key, value)
    return created


def tag_unless_there(store: Store, real: Any, name: str, key: str, value: str) -> None:
    if key not in store.get_registered_model(name).tags:
        real(name, key, value)


def rename_and_lose_aliases(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    real(name, new_name, **who)
    store._models[new_name].aliases.clear()
    return store.get_registered_model(new_name)


def rename_and_keep_the_name(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    renamed = real(name, new_name, **who)
    store._models[name] = store._models[new_name]
    return renamed


def rename_over(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    store._models.pop(new_name, None)
    return real(name, new_name, **who)


def rename_and_count_on(store: Store, real: Any, name: str, new_name: str, **who: Any) -> Any:
    last = store._models[name].last_version
    renamed = real(name, new_name, **who)
    store._models[new_name].last_version = last
    return renamed


def count_across_models(store: Store, real: Any, name: str, source: str, **given: Any) -> Any:
    store._models[name].last_version = max(model.last_version for model in store._models.values())
    return real(name, source, **given)


def count_without_a_lock(store: Store, real: Any, name: str, source: str, **given: Any) -> Any:
    last = store._models[name].last_version
    time.sleep(0.005)
    store._models[name].last_version = last
    return real(name, source, **given)


def delete_and_count_again(store: Store, real: Any, name: str, version: int, **who: Any) -> None:
    real(name, version, **who)
    store._models[name].last_version = max(store._models[name].versions, default=0)


def delete_if_there(store: Store, real: Any, name: str, version: int, **who: Any) -> None:
    if version in store._models[name].versions:
        real(name, version, **who)


def tag_every_version(store: Store, real: Any, name: str, version: int, key: str, value: str) -> None:
    for number in (version, *store._models[name].versions):
        real(name, number, key, value)


def drop_but_keep_aliases(store: Store, real: Any, model: Any, *rest: Any) -> None:
    aliases = dict(model.aliases)
    real(model, *rest)
    model.aliases = aliases


def one_alias_each(store: Store, real: Any, name: str, alias: str, version: int, **who: Any) -> None:
    for other in store.get_model_version(name, version).aliases:
        store.delete_registered_model_alias(name, other)
    real(name, alias, version, **who)


def alias_once(store: Store, real: Any, name: str, alias: str, version: int, **who: Any) -> None:
    if alias not in store._models[name].aliases:
        real(name, alias, version, **who)


def alias_unchecked(store: Store, real: Any, name: str, alias: str, version: int, **who: Any) -> None:
    store._point(store._find(name), alias, version, 1, None)


def latest_by_count(store: Store, real: Any, name: str, alias: str, **when: Any) -> Any:
    if alias.lower() == "latest":
        return store.get_model_version(name, store._models[name].last_version)
    return real(name, alias, **when)


def latest_as_bad_input(store: Store, real: Any, name: str, alias: str, **when: Any) -> Any:
    try:
        return real(name, alias, **when)
    except NotFound as error:
        raise InvalidInput(str(error)) from error


def lowest_of_each_stage(store: Store, real: Any, model: Any, stages: Any = ()) -> Any:
    lowest = {found.current_stage: number for number, found in sorted(model.versions.items(), reverse=True)}
    return [store._version(model, number) for stage, number in lowest.items() if not stages or stage in stages]


WRONG: dict[str, dict[str, Callable[..., Any]]] = {
    "test_a_new_model_has_what_it_was_given": {
        "create_registered_model": lambda store, real, name, **given: real(name, **{**given, "description": ""})
    },
    "test_a_taken_model_name_is_refused": {"_check_free": lambda store, real, name: None},
    "test_model_names_differ_by_case": {"_find": find_in_any_case},
    "test_a_bad_model_name_is_refused": {
        "create_registered_model": lambda store, real, name, **given: real("cleaned", **given)
    },
    "test_a_missing_model_is_not_found": {
        "delete_registered_model": lambda store, real, name, **who: name in store._models and real(name, **who)
    },
    "test_a_model_s_description_is_replaced": {
        "update_registered_model": lambda store, real, name, *, description, **who: real(
            name, description=description or store.get_registered_model(name).description, **who
        )
    },
    "test_a_model_s_tags_are_set_replaced_and_deleted": {"set_registered_model_tag": tag_unless_there},
    "test_a_tag_may_have_100_000_characters": {
        "create_registered_model": lambda store, real, name, *, tags: real(
            name, tags={key: value[:65_535] for key, value in tags.items()}
        )
    },
    "test_a_bad_value_is_refused_and_nothing_written": {"create_registered_model": create_then_tag},
    "test_a_renamed_model_takes_everything_along": {"rename_registered_model": rename_and_lose_aliases},
    "test_a_renamed_model_is_gone_under_its_old_name": {"rename_registered_model": rename_and_keep_the_name},
    "test_renaming_to_a_taken_name_is_refused": {"rename_registered_model": rename_over},
    "test_a_deleted_model_is_gone_with_its_versions": {
        "delete_registered_model": lambda store, real, name, **who: None
    },
    "test_a_new_version_has_what_it_was_given": {
        "create_model_version": lambda store, real, name, source, **given: real(
            name, source, **{**given, "run_link": None}
        )
    },
    "test_a_version_needs_no_run": {
        "create_model_version": lambda store, real, name, source, **given: real(name, source, run_id="")
    },
    "test_a_copy_keeps_where_its_files_lie_whatever_becomes_of_its_source": {
        "create_model_version": lambda store, real, name, source, **given: real(name, source)
    },
    "test_versions_count_from_one": {"create_model_version": count_across_models},
    "test_a_deleted_version_s_number_is_not_used_again": {"delete_model_version": delete_and_count_again},
    "test_a_deleted_model_s_numbers_are_not_used_again": {"_last_number": lambda store, real, name: 0},
    "test_numbers_used_under_a_name_are_not_used_again_by_a_renamed_model": {
        "rename_registered_model": rename_and_count_on
    },
    "test_sixteen_threads_get_distinct_numbers": {"create_model_version": count_without_a_lock},
    "test_a_missing_version_is_not_found": {"delete_model_version": delete_if_there},
    "test_a_version_s_description_is_replaced": {
        "update_model_version": lambda store, real, name, version, *, description: attrs.evolve(
            store.get_model_version(name, version), description=description
        )
    },
    "test_a_version_s_tags_are_set_replaced_and_deleted": {"set_model_version_tag": tag_every_version},
    "test_a_deleted_version_is_gone_with_its_aliases": {"_drop_version": drop_but_keep_aliases},
    "test_what_changes_is_stamped_with_the_time": {"_now": lambda store, real, name: 1},
    "test_a_version_moves_to_a_stage": {
        "transition_model_version_stage": lambda store, real, name, version, stage: attrs.evolve(
            store.get_model_version(name, version), current_stage=stage
        )
    },
    "test_versions_share_a_stage_unless_told_otherwise": {
        "transition_model_version_stage": lambda store, real, name, version, stage: real(
            name, version, stage, archive_existing_versions=True
        )
    },
    "test_existing_versions_of_the_stage_are_archived_when_asked": {
        "transition_model_version_stage": lambda store, real, name, version, stage, **flags: real(name, version, stage)
    },
    "test_only_staging_and_production_archive_others": {
        "transition_model_version_stage": lambda store, real, name, version, stage, **flags: real(name, version, stage)
    },
    "test_latest_versions_are_the_highest_of_each_stage": {"_latest": lowest_of_each_stage},
    "test_latest_versions_of_chosen_stages": {"_latest": lambda store, real, model, stages=(): real(model)},
    "test_an_alias_points_to_a_version": {"set_registered_model_alias": one_alias_each},
    "test_an_alias_moves": {"set_registered_model_alias": alias_once},
    "test_an_alias_is_taken_away": {"delete_registered_model_alias": lambda store, real, name, alias, **who: None},
    "test_a_bad_or_reserved_alias_is_refused": {"set_registered_model_alias": alias_unchecked},
    "test_latest_is_the_highest_version": {"get_model_version_by_alias": latest_by_count},
    "test_a_model_without_versions_has_no_latest": {"get_model_version_by_alias": latest_as_bad_input},
}


@pytest.mark.parametrize("test", WRONG)
def test_each_test_about_what_is_registered_catches_its_double(test: str) -> None:
    assert_caught(RegistryModelsContract, test, changed(MemoryRegistryStore, **WRONG[test]))


def test_no_test_about_what_is_registered_lacks_a_double() -> None:
    assert_each_has_a_double(RegistryModelsContract, WRONG)
