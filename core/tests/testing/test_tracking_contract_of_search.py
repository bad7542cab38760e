"""Each test of the tracking contract about search catches a store that is wrong in just its point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import (
    Page,
    ViewType,
)
from runyard.errors import InvalidInput
from runyard.query import OrderBy
from runyard.testing.contracts.tracking import (
    ExperimentSearchContract,
    RunSearchContract,
)
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, given, refuse, result, swallow, wrong

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore


def by_offset(store: Any, original: Method, query: Any) -> Any:
    skip = int(query.page_token or 0)
    found = list(original(attrs.evolve(query, page_token=None, max_results=10_000)))
    end = skip + query.max_results
    return Page(found[skip:end], str(end) if end < len(found) else None)


def descending_is_the_reverse(store: Any, original: Method, query: Any) -> Any:
    found = original(attrs.evolve(query, order_by=[attrs.evolve(by, ascending=True) for by in query.order_by]))
    return found if all(by.ascending for by in query.order_by) else Page(list(found)[::-1])


def filter_shown_columns(store: Any, original: Method, query: Any) -> Any:
    return original(attrs.evolve(query, filter=None) if query.columns else query)


def of_experiment(order: OrderBy) -> bool:
    return order.identifier.key == "experiment_id"


def has_duplicates(store: Any, query: Any) -> bool:
    return len(set(query.order_by)) < len(query.order_by)


SWALLOWED = swallow(InvalidInput, Page())

RUN_SEARCH: dict[str, Factory] = {
    "test_the_latest_start_comes_first_then_the_smaller_id": wrong(
        STORE, search_runs=result(lambda page: Page(sorted(page, key=lambda run: run.info.run_id)))
    ),
    "test_only_the_experiments_asked_for_are_searched": wrong(
        STORE,
        search_runs=lambda store, original, query: original(
            attrs.evolve(query, experiment_ids=query.experiment_ids or list(store._experiments))
        ),
    ),
    "test_runs_are_told_apart_and_ordered_by_their_experiments": wrong(
        STORE,
        search_runs=given(
            lambda query: attrs.evolve(query, order_by=[by for by in query.order_by if not of_experiment(by)])
        ),
    ),
    "test_deleted_runs_are_found_only_where_they_are_asked_for": wrong(
        STORE, search_runs=given(evolve(view=ViewType.ALL))
    ),
    "test_filters_find_what_they_say": wrong(STORE, search_runs=given(evolve(filter=None))),
    "test_orders_put_missing_values_last_and_nan_before_them": wrong(STORE, search_runs=descending_is_the_reverse),
    "test_a_second_order_decides_between_equals": wrong(
        STORE, search_runs=given(lambda query: attrs.evolve(query, order_by=query.order_by[:1]))
    ),
    "test_naming_an_order_twice_is_no_error": wrong(STORE, search_runs=refuse(InvalidInput("twice"), has_duplicates)),
    "test_pages_give_every_run_once_and_in_order": wrong(STORE, search_runs=given(evolve(page_token=None))),
    "test_a_page_that_holds_all_is_the_last": wrong(STORE, search_runs=result(evolve(token="more"))),
    "test_a_run_that_starts_between_two_pages_shifts_nothing": wrong(STORE, search_runs=by_offset),
    "test_a_run_that_is_deleted_between_two_pages_shifts_nothing": wrong(STORE, search_runs=by_offset),
    "test_a_page_token_that_is_none_is_refused": wrong(STORE, search_runs=SWALLOWED),
    "test_a_page_holds_at_least_one_run": wrong(STORE, search_runs=SWALLOWED),
    "test_a_run_is_found_with_all_that_was_logged": wrong(
        STORE,
        search_runs=result(
            lambda page: Page([attrs.evolve(run, inputs=attrs.evolve(run.inputs, dataset_inputs=())) for run in page])
        ),
    ),
    "test_chosen_columns_come_alone": wrong(STORE, search_runs=given(evolve(columns=None))),
    "test_no_columns_are_none": wrong(
        STORE, search_runs=given(lambda query: attrs.evolve(query, columns=query.columns or None))
    ),
    "test_columns_do_not_limit_what_is_filtered_and_ordered_by": wrong(STORE, search_runs=filter_shown_columns),
}

EXPERIMENT_SEARCH: dict[str, Factory] = {
    "test_the_newest_experiment_comes_first": wrong(
        STORE, search_experiments=result(lambda page: Page(sorted(page, key=lambda one: one.name)))
    ),
    "test_deleted_experiments_are_found_only_where_they_are_asked_for": wrong(
        STORE, search_experiments=given(evolve(view=ViewType.ALL))
    ),
    "test_filters_find_the_experiments_they_describe": wrong(STORE, search_experiments=given(evolve(filter=None))),
    "test_experiments_are_found_with_their_tags": wrong(
        STORE, search_experiments=result(lambda page: Page([attrs.evolve(one, tags={}) for one in page]))
    ),
    "test_experiments_are_ordered_as_asked": wrong(STORE, search_experiments=given(evolve(order_by=()))),
    "test_pages_give_every_experiment_once_and_in_order": wrong(
        STORE, search_experiments=given(evolve(page_token=None))
    ),
    "test_a_page_token_of_experiments_that_is_none_is_refused": wrong(STORE, search_experiments=SWALLOWED),
    "test_a_page_holds_at_least_one_experiment": wrong(STORE, search_experiments=SWALLOWED),
}


CONTRACTS: list[tuple[type, dict[str, Factory]]] = [
    (RunSearchContract, RUN_SEARCH),
    (ExperimentSearchContract, EXPERIMENT_SEARCH),
]


@pytest.mark.parametrize(
    ("contract", "test"), [(contract, test) for contract, doubles in CONTRACTS for test in doubles]
)
def test_each_test_catches_its_wrong_double(contract: type, test: str) -> None:
    assert_caught(contract, test, dict(CONTRACTS)[contract][test])


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_no_test_lacks_a_wrong_double(contract: type, doubles: dict[str, Factory]) -> None:
    assert_each_has_a_double(contract, doubles)
