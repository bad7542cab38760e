"""Each test of the tracking contract about logging and metrics catches a store that is wrong in just its point."""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from runyard.entities import (
    LifecycleStage,
    Metric,
    MetricColumns,
    Page,
    Run,
)
from runyard.errors import InvalidInput, InvalidState, NotFound
from runyard.testing.contracts.tracking import (
    InputsContract,
    LoggingContract,
    MetricsContract,
)
from runyard.testing.doubles import assert_caught, assert_each_has_a_double
from runyard.testing.memory.tracking import MemoryTrackingStore
from runyard.testing.memory.tracking_core import PlainTrackingStore
from runyard.testing.wrong import Method, ignore, refuse, result, swallow, wrong

Factory = Callable[[], PlainTrackingStore]
STORE = MemoryTrackingStore


def is_deleted(store: Any, run_id: str, *rest: Any, **named: Any) -> bool:
    return run_id in store._runs and store._runs[run_id].stage is LifecycleStage.DELETED


def piece_by_piece(store: Any, original: Method, run_id: str, **named: Any) -> None:
    for kind in ("metrics", "tags", "params"):
        if kind in named:
            original(run_id, **{kind: named[kind]})


def in_every_run(store: Any, original: Method, run_id: str, **named: Any) -> None:
    for every in store._runs:
        original(every, **named)


def logged(
    key: Callable[[str], str] = str, value: Callable[[str], str] = str, some: Callable[[Any], Any] = list
) -> Method:
    """Logs keys and values that were changed on the way."""

    def call(
        store: Any, original: Method, run_id: str, metrics: Any = (), params: Any = None, tags: Any = None
    ) -> None:
        original(
            run_id,
            metrics=[metric._replace(key=key(metric.key)) for metric in some(metrics)],
            params={key(name): value(text) for name, text in some((params or {}).items())},
            tags={key(name): value(text) for name, text in some((tags or {}).items())},
        )

    return call


def keep_first_tags(store: Any, original: Method, run_id: str, tags: Any = None, **named: Any) -> None:
    known = store._runs[run_id].tags
    original(run_id, tags={key: value for key, value in (tags or {}).items() if key not in known}, **named)


def sort_inputs(store: Any, original: Method, run_id: str, inputs: Any) -> None:
    original(run_id, inputs)
    store._runs[run_id].inputs.sort(key=lambda item: item.dataset.name)


def inputs_by_name(store: Any, original: Method, run_id: str, inputs: Any) -> None:
    for item in inputs:
        if all(item.dataset.name != known.dataset.name for known in store._runs[run_id].inputs):
            original(run_id, [item])


def inputs_of_one_run(store: Any, original: Method, run_id: str, inputs: Any) -> None:
    known = {item.dataset for state in store._runs.values() for item in state.inputs}
    original(run_id, [item for item in inputs if item.dataset not in known])


def input_by_input(store: Any, original: Method, run_id: str, inputs: Any) -> None:
    for item in inputs:
        original(run_id, [item])


LOGGING: dict[str, Factory] = {
    "test_what_is_logged_reads_back": wrong(
        STORE, log_batch=lambda store, original, run_id, tags=None, **named: original(run_id, **named)
    ),
    "test_an_empty_batch_is_no_error": wrong(
        STORE, log_batch=refuse(InvalidInput("empty"), lambda store, run_id, **named: not named)
    ),
    "test_runs_do_not_share_what_they_log": wrong(STORE, log_batch=in_every_run),
    "test_odd_texts_read_back_unchanged": wrong(STORE, log_batch=logged(value=str.strip)),
    "test_every_allowed_key_reads_back_unchanged": wrong(
        STORE, log_batch=logged(key=lambda key: key.replace(":", "_"))
    ),
    "test_keys_are_compared_by_code_points": wrong(STORE, log_batch=logged(key=str.strip)),
    "test_the_longest_values_are_kept_whole": wrong(STORE, log_batch=logged(value=lambda text: text[:5_000])),
    "test_a_batch_with_bad_input_is_refused_whole": wrong(STORE, log_batch=piece_by_piece),
    "test_a_param_may_be_logged_again_with_the_same_value": wrong(
        STORE,
        log_batch=refuse(
            InvalidInput("known"), lambda store, run_id, params: bool(params.keys() & store._runs[run_id].params)
        ),
    ),
    "test_a_batch_that_changes_a_param_is_refused_whole": wrong(STORE, log_batch=piece_by_piece),
    "test_a_tag_is_replaced_by_a_later_one": wrong(STORE, log_batch=keep_first_tags),
    "test_a_tag_is_deleted": wrong(STORE, delete_tag=ignore),
    "test_deleting_a_tag_that_is_not_there_is_not_found": wrong(STORE, delete_tag=swallow(NotFound)),
    "test_a_big_batch_is_taken_whole": wrong(STORE, log_batch=logged(some=lambda items: list(items)[:1_000])),
}

INPUTS: dict[str, Factory] = {
    "test_an_input_reads_back_as_it_was_logged": wrong(
        STORE,
        log_inputs=lambda store, original, run_id, inputs: original(
            run_id, [attrs.evolve(item, tags={}) for item in inputs]
        ),
    ),
    "test_inputs_keep_their_order": wrong(STORE, log_inputs=sort_inputs),
    "test_a_data_set_of_the_same_name_and_digest_is_kept_once": wrong(STORE, log_inputs=inputs_by_name),
    "test_runs_may_share_a_data_set": wrong(STORE, log_inputs=inputs_of_one_run),
    "test_a_bad_data_set_is_refused_with_all_others": wrong(STORE, log_inputs=input_by_input),
}


def columns(change: Callable[[list[tuple[int, int, float]]], Iterable[tuple[int, int, float]]]) -> Method:
    """Reads other points than there are."""
    return result(lambda found: MetricColumns.from_points(list(change(list(found)))))


class LatestByArrival(MemoryTrackingStore):
    def __init__(self) -> None:
        super().__init__()
        self.arrived: dict[str, dict[str, Metric]] = defaultdict(dict)

    def log_batch(self, run_id: str, **named: Any) -> None:
        super().log_batch(run_id, **named)
        self.arrived[run_id].update({metric.key: metric for metric in named.get("metrics", ())})

    def get_run(self, run_id: str) -> Run:
        run = super().get_run(run_id)
        return attrs.evolve(run, data=attrs.evolve(run.data, latest_metrics=list(self.arrived[run_id].values())))


def every_nan(store: Any, original: Method, run_id: str, metrics: Any) -> None:
    original(run_id, metrics=metrics)
    for metric in metrics:
        store._runs[run_id].metrics[metric.key].add((metric.step, metric.timestamp, float("nan")))


PAGES_START_OVER = lambda store, original, *arguments, page_token=None, **named: original(*arguments, **named)  # noqa: E731

METRICS: dict[str, Factory] = {
    "test_history_is_ordered_by_timestamp_step_and_value": wrong(
        STORE, get_metric_history=result(lambda page: Page(sorted(page, key=lambda metric: metric.step)))
    ),
    "test_columns_are_ordered_by_step_timestamp_and_value": wrong(
        STORE, read_metric=columns(lambda points: sorted(points, key=lambda point: point[1]))
    ),
    "test_columns_are_ready_for_numpy": wrong(
        STORE,
        read_metric=result(lambda found: MetricColumns(array("d", found.steps), found.timestamps, found.values)),
    ),
    "test_the_latest_value_is_the_greatest_by_step_timestamp_and_value": LatestByArrival,
    "test_points_that_exist_already_are_kept_once": wrong(
        STORE, read_metric=columns(lambda points: sorted(points * 2))
    ),
    "test_nan_at_the_same_point_is_kept_once": wrong(STORE, log_batch=every_nan),
    "test_every_float_reads_back_exactly": wrong(
        STORE,
        read_metric=columns(
            lambda points: [(step, time, min(value, 1.7976931348623157e308)) for step, time, value in points]
        ),
    ),
    "test_nan_and_infinity_stand_in_a_curve_among_numbers": wrong(
        STORE, read_metric=columns(lambda points: [point for point in points if not math.isnan(point[2])])
    ),
    "test_every_step_of_64_bits_reads_back_exactly": wrong(
        STORE, read_metric=columns(lambda points: [(step, int(float(time)), value) for step, time, value in points])
    ),
    "test_a_metric_that_was_never_logged_has_no_points": wrong(
        STORE,
        read_metric=refuse(NotFound("no metric"), lambda store, run_id, key: key not in store._runs[run_id].metrics),
    ),
    "test_the_history_of_a_run_that_does_not_exist_is_not_found": wrong(
        STORE, get_metric_history=swallow(NotFound, Page())
    ),
    "test_the_history_of_a_deleted_run_can_be_read": wrong(
        STORE, read_metric=refuse(InvalidState("deleted"), is_deleted)
    ),
    "test_history_comes_in_pages": wrong(STORE, get_metric_history=PAGES_START_OVER),
    "test_a_page_token_of_history_that_is_none_is_refused": wrong(
        STORE, get_metric_history=swallow(InvalidInput, Page())
    ),
    "test_a_page_of_history_holds_at_least_one_point": wrong(STORE, get_metric_history=swallow(InvalidInput, Page())),
    "test_a_long_curve_logged_out_of_order_reads_back_whole": wrong(
        STORE, read_metric=columns(lambda points: points[:10_000])
    ),
}


CONTRACTS: list[tuple[type, dict[str, Factory]]] = [
    (LoggingContract, LOGGING),
    (InputsContract, INPUTS),
    (MetricsContract, METRICS),
]


@pytest.mark.parametrize(
    ("contract", "test"), [(contract, test) for contract, doubles in CONTRACTS for test in doubles]
)
def test_each_test_catches_its_wrong_double(contract: type, test: str) -> None:
    assert_caught(contract, test, dict(CONTRACTS)[contract][test])


@pytest.mark.parametrize(("contract", "doubles"), CONTRACTS)
def test_no_test_lacks_a_wrong_double(contract: type, doubles: dict[str, Factory]) -> None:
    assert_each_has_a_double(contract, doubles)
