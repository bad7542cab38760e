"""Each test of the contract about searching logged models catches a store that is wrong in just its point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from runyard.entities import Page, ViewType
from runyard.errors import InvalidInput
from runyard.query import And, Comparison, Filter, Kind, Node, Not, NullTest, Or
from runyard.testing.contracts.tracking import LoggedModelSearchContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, evolve, given, result, swallow, wrong

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore


def searches(replacement: Method) -> type[MemoryTrackingStore]:
    return wrong(STORE, search_logged_models=replacement)


def in_all_experiments(store: Any, original: Method, query: Any) -> Any:
    return original(attrs.evolve(query, experiment_ids=query.experiment_ids or list(store._experiments)))


def without(*kinds: Kind) -> Callable[[Any], Any]:
    """A search that takes conditions of these kinds for true."""

    def stripped(node: Node) -> Node:
        match node:
            case And(operands):
                return And(tuple(map(stripped, operands)))
            case Or(operands):
                return Or(tuple(map(stripped, operands)))
            case Not(operand):
                return Not(stripped(operand))
        always = NullTest(attrs.evolve(node.identifier, kind=Kind.ATTRIBUTE, key="name"), negated=True)
        return always if node.identifier.kind in kinds else node

    def change(query: Any) -> Any:
        return query if query.filter is None else attrs.evolve(query, filter=Filter("", stripped(query.filter.tree)))

    return change


def only_the_first_condition(query: Any) -> Any:
    if query.filter is None:
        return query
    tree = query.filter.tree
    first = tree.operands[0] if isinstance(tree, And | Or) else tree.operand if isinstance(tree, Not) else tree
    return attrs.evolve(query, filter=Filter("", first))


def latest_points_only(store: Any, original: Method, query: Any) -> Any:
    for state in store._logged_models.values():
        latest = {point.key: (place, point) for place, point in sorted(state.points.items(), key=str)}
        state.points = dict(latest.values())
    return original(query)


def digests_do_not_matter(query: Any) -> Any:
    return attrs.evolve(query, datasets=[(name, None) for name, _ in query.datasets])


def without_datasets_unless_of_metrics(query: Any) -> Any:
    asks = query.filter is not None and isinstance(query.filter.tree, Comparison)
    return query if asks and query.filter.tree.identifier.kind is Kind.METRIC else attrs.evolve(query, datasets=())


def descending_is_the_reverse(store: Any, original: Method, query: Any) -> Any:
    ascending = [attrs.evolve(by, order=attrs.evolve(by.order, ascending=True)) for by in query.order_by]
    found = original(attrs.evolve(query, order_by=ascending))
    return found if all(by.order.ascending for by in query.order_by) else Page(list(found)[::-1])


def by_step(store: Any, original: Method, query: Any) -> Any:
    for state in store._logged_models.values():
        state.points = {
            place: attrs.evolve(point, timestamp=point.step, step=point.timestamp)
            for place, point in state.points.items()
        }
    return original(query)


def orders_of_any_data_set(query: Any) -> Any:
    return attrs.evolve(
        query, order_by=[attrs.evolve(by, dataset_name=None, dataset_digest=None) for by in query.order_by]
    )


def each_metric_once(query: Any) -> Any:
    first = {by.order.identifier: by for by in reversed(query.order_by)}
    return attrs.evolve(query, order_by=[by for by in query.order_by if first[by.order.identifier] is by])


def by_offset(store: Any, original: Method, query: Any) -> Any:
    skip = int(query.page_token or 0)
    found = list(original(attrs.evolve(query, page_token=None, max_results=10_000)))
    end = skip + query.max_results
    return Page(found[skip:end], str(end) if end < len(found) else None)


def tokens_of_default_searches(store: Any, original: Method, query: Any) -> Any:
    """Its tokens say nothing of the data sets of an order."""
    kept = orders_of_any_data_set(query)
    page = original(kept)
    return Page(original(attrs.evolve(query, page_token=None)).items, page.token)


SWALLOWED = searches(swallow(InvalidInput, Page()))

DOUBLES: dict[str, Factory] = {
    "test_models_of_an_experiment_are_found_newest_first": searches(
        result(lambda page: Page(sorted(page, key=lambda model: model.model_id)))
    ),
    "test_no_models_are_in_an_experiment_that_does_not_exist": searches(in_all_experiments),
    "test_a_model_that_is_found_is_whole": searches(
        result(lambda page: Page([evolve(metrics=[])(model) for model in page]))
    ),
    "test_models_are_found_by_attributes": searches(given(without(Kind.ATTRIBUTE))),
    "test_models_are_found_by_params_and_tags": searches(given(without(Kind.PARAM))),
    "test_conditions_on_models_can_be_joined": searches(given(only_the_first_condition)),
    "test_a_condition_on_a_metric_holds_where_any_point_meets_it": searches(latest_points_only),
    "test_data_sets_narrow_conditions_on_metrics": searches(given(digests_do_not_matter)),
    "test_data_sets_alone_find_what_was_measured_on_them": searches(given(without_datasets_unless_of_metrics)),
    "test_a_data_set_to_search_by_needs_a_name": SWALLOWED,
    "test_models_are_ordered": searches(descending_is_the_reverse),
    "test_models_are_ordered_by_the_latest_point_of_a_metric": searches(by_step),
    "test_an_order_by_a_metric_can_be_of_one_data_set": searches(given(orders_of_any_data_set)),
    "test_two_orders_by_a_metric_are_told_apart_by_their_data_sets": searches(given(each_metric_once)),
    "test_pages_of_models_leave_none_out": searches(given(evolve(page_token=None))),
    "test_a_model_that_is_made_between_two_pages_moves_none": searches(by_offset),
    "test_a_page_token_of_another_search_for_models_is_refused": searches(by_offset),
    "test_a_page_token_of_another_data_set_of_an_order_is_refused": searches(tokens_of_default_searches),
    "test_a_bad_page_token_of_models_is_refused": SWALLOWED,
    "test_a_page_of_models_has_room": SWALLOWED,
    "test_deleted_models_are_found_where_they_are_asked_for": searches(given(evolve(view=ViewType.ALL))),
}


@pytest.mark.parametrize("test", DOUBLES)
def test_each_test_catches_its_wrong_double(test: str) -> None:
    assert_caught(LoggedModelSearchContract, test, DOUBLES[test])


def test_no_test_lacks_a_wrong_double() -> None:
    assert_each_has_a_double(LoggedModelSearchContract, DOUBLES)
