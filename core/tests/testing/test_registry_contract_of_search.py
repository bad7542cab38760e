"""Each test of the registry's contract about searching catches a wrong double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import Page
from runyard.errors import InvalidInput
from runyard.protocols.registry import ModelQuery
from runyard.query import Not, Or
from runyard.testing.contracts.registry_search import RegistrySearchContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double, changed
from runyard.testing.memory.registry import MemoryRegistryStore

Store = MemoryRegistryStore


def asking(**changes: Any) -> Callable[..., Any]:
    """A search that changes the query first."""
    return lambda store, real, query: real(attrs.evolve(query, **changes))


def telling(change: Callable[[list[Any]], list[Any]]) -> Callable[..., Any]:
    """A search that changes what was found."""

    def search(store: Store, real: Any, query: ModelQuery) -> Any:
        found = real(query)
        return Page(change(list(found)), found.token)

    return search


def without_or_and_not(store: Store, real: Any, query: ModelQuery) -> Any:
    is_plain = query.filter is not None and not isinstance(query.filter.tree, Or | Not)
    return real(query if is_plain else attrs.evolve(query, filter=None))


def skip_one_on_later_pages(store: Store, real: Any, query: ModelQuery) -> Any:
    found = real(query)
    return Page(found.items[1:], found.token) if query.page_token else found


def page_by_offset(store: Store, real: Any, query: ModelQuery) -> Any:
    start = int(query.page_token or 0)
    whole = real(attrs.evolve(query, max_results=1000, page_token=None))
    end = start + query.max_results
    return Page(whole[start:end], str(end) if end < len(whole) else None)


def start_again(store: Store, real: Any, query: ModelQuery) -> Any:
    try:
        return real(query)
    except InvalidInput:
        return real(attrs.evolve(query, page_token=None))


def with_room(store: Store, real: Any, query: ModelQuery) -> Any:
    return real(attrs.evolve(query, max_results=max(1, query.max_results)))


WRONG: dict[str, dict[str, Callable[..., Any]]] = {
    "test_models_are_found_by_mlflow_s_filters": {"search_registered_models": asking(filter=None)},
    "test_models_are_found_by_the_wider_language": {"search_registered_models": without_or_and_not},
    "test_versions_are_found_by_filters": {"search_model_versions": asking(filter=None)},
    "test_models_come_by_name": {"search_registered_models": telling(lambda found: found[::-1])},
    "test_versions_come_by_name_then_from_the_highest": {
        "search_model_versions": telling(lambda found: sorted(found, key=lambda version: version.name)[::-1])
    },
    "test_models_come_in_the_order_asked_for": {"search_registered_models": asking(order_by=())},
    "test_versions_come_in_the_order_asked_for": {"search_model_versions": asking(order_by=())},
    "test_what_is_missing_comes_last_in_both_directions": {
        "search_model_versions": telling(lambda found: sorted(found, key=lambda version: version.run_id is not None))
    },
    "test_found_models_are_whole": {
        "search_registered_models": telling(lambda found: [attrs.evolve(model, latest_versions=()) for model in found])
    },
    "test_found_versions_are_whole": {
        "search_model_versions": telling(lambda found: [attrs.evolve(version, aliases=()) for version in found])
    },
    "test_pages_of_models_show_each_once": {"search_registered_models": skip_one_on_later_pages},
    "test_pages_of_versions_show_each_once": {"search_model_versions": skip_one_on_later_pages},
    "test_a_model_made_between_two_pages_repeats_none": {"search_registered_models": page_by_offset},
    "test_a_bad_page_token_is_refused": {"search_model_versions": start_again},
    "test_a_page_has_room": {"search_model_versions": with_room},
}


@pytest.mark.parametrize("test", WRONG)
def test_each_test_about_searching_catches_its_double(test: str) -> None:
    assert_caught(RegistrySearchContract, test, changed(MemoryRegistryStore, **WRONG[test]))


def test_no_test_about_searching_lacks_a_double() -> None:
    assert_each_has_a_double(RegistrySearchContract, WRONG)
