"""Each test of the contract of many curves catches a store that is wrong in just its point."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from runyard.entities import MetricColumns
from runyard.testing.contracts.tracking_many import ManyMetricsContract
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, result, wrong
from runyard.uris import Uri

Factory = Callable[[], Any]
STORE = MemoryTrackingStore


def without_capabilities() -> PlainTrackingStore:
    return PlainTrackingStore(Uri.parse("memory:artifacts"))


def points(change: Callable[[list[tuple[int, int, float]]], list[tuple[int, int, float]]]) -> Method:
    return result(lambda found: {pair: MetricColumns.from_points(change(list(one))) for pair, one in found.items()})


def every_key_of_every_run(store: Any, original: Method, pairs: Any) -> Any:
    runs, keys = {run_id for run_id, _ in pairs}, {key for _, key in pairs}
    return original(list(itertools.product(runs, keys)))


def empty_where_missing(store: Any, original: Method, pairs: Any) -> Any:
    return {**{pair: MetricColumns.from_points([]) for pair in pairs}, **original(pairs)}


def of_active_runs(store: Any, original: Method, pairs: Any) -> Any:
    return original([pair for pair in pairs if store._runs[pair[0]].deleted_time is None])


def without_the_last_call(store: Any, original: Method, run_id: str, *, metrics: Any = (), **named: Any) -> None:
    """Writes points when the next ones come."""
    waiting = store.__dict__.setdefault("waiting", [])
    for earlier in waiting:
        original(run_id, metrics=earlier)
    waiting[:] = [metrics]
    original(run_id, **named)


MANY: dict[str, Factory] = {
    "test_the_store_says_that_it_reads_many_metrics": without_capabilities,
    "test_every_curve_is_read_as_alone": wrong(STORE, read_metrics=points(lambda some: some[:500])),
    "test_points_come_in_the_order_of_steps": wrong(
        STORE, read_metrics=points(lambda some: sorted(some, key=lambda point: point[1]))
    ),
    "test_only_what_was_asked_for_is_read": wrong(STORE, read_metrics=every_key_of_every_run),
    "test_what_is_missing_is_left_out": wrong(STORE, read_metrics=empty_where_missing),
    "test_a_deleted_run_is_read_as_well": wrong(STORE, read_metrics=of_active_runs),
    "test_all_that_was_logged_before_is_read": wrong(
        STORE,
        log_batch=without_the_last_call,
        read_metrics=empty_where_missing,
    ),
}


@pytest.mark.parametrize("test", MANY)
def test_a_wrong_double_is_caught_reading_many_metrics(test: str) -> None:
    assert_caught(ManyMetricsContract, test, MANY[test])


def test_every_test_of_many_metrics_has_a_double() -> None:
    assert_each_has_a_double(ManyMetricsContract, MANY)
