"""What every tracking store does with the points of metrics."""

from __future__ import annotations

import math
import random

import pytest

from runyard.entities import Metric, MetricColumns, Page
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.tracking import TrackingStore
from runyard.testing.contracts.tracking_steps import log_curve, new_run

POINTS = [(3, 10, 0.3), (1, 30, 0.1), (2, 20, 0.2), (1, 30, 0.05), (2, 10, 9.0), (-5, 40, 0.7)]
BY_STEP = sorted(POINTS)
BY_TIME = sorted(POINTS, key=lambda point: (point[1], point[0], point[2]))


def triples(page: Page[Metric] | MetricColumns) -> list[tuple[int, int, float]]:
    """(step, timestamp, value) of what a store gave."""
    if isinstance(page, MetricColumns):
        return list(page)
    return [(metric.step, metric.timestamp, metric.value) for metric in page]


def shown(values: list[float]) -> list[str]:
    """Values as text, so that NaN equals NaN."""
    return [repr(value) for value in values]


class MetricsContract:
    """History and latest values. Fixture: `store`, fresh but for the experiment Default."""

    def test_history_is_ordered_by_timestamp_step_and_value(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        page = store.get_metric_history("r1", "m")
        assert triples(page) == BY_TIME
        assert {metric.key for metric in page} == {"m"}
        assert page.token is None

    def test_columns_are_ordered_by_step_timestamp_and_value(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        assert triples(store.read_metric("r1", "m")) == BY_STEP

    def test_columns_are_ready_for_numpy(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        found = store.read_metric("r1", "m")
        formats = [memoryview(column).format for column in (found.steps, found.timestamps, found.values)]
        assert formats in (["q", "q", "d"], ["l", "l", "d"])
        assert len(found) == len(POINTS)

    def test_the_latest_value_is_the_greatest_by_step_timestamp_and_value(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        for step, timestamp, value in [
            (5, 1, 0.5),
            (5, 2, 0.4),
            (5, 2, 0.6),
            (4, 99, 0.9),
            (-1, 100, 1.0),
            (5, 2, 0.1),
        ]:
            store.log_batch("r1", metrics=[Metric("m", value, timestamp, step)])
        assert list(store.get_run("r1").data.latest_metrics) == [Metric("m", 0.6, 2, 5)]

    def test_points_that_exist_already_are_kept_once(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(1, 1, 0.5), (1, 1, 0.5), (2, 2, 0.5)])
        log_curve(store, "r1", "m", [(1, 1, 0.5), (1, 1, 0.25), (1, 2, 0.5)])
        expected = [(1, 1, 0.25), (1, 1, 0.5), (1, 2, 0.5), (2, 2, 0.5)]
        assert triples(store.read_metric("r1", "m")) == expected
        assert sorted(triples(store.get_metric_history("r1", "m"))) == expected

    def test_nan_at_the_same_point_is_kept_once(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(1, 1, math.nan), (1, 1, float("nan"))])
        log_curve(store, "r1", "m", [(1, 1, float("nan"))])
        assert shown(list(store.read_metric("r1", "m").values)) == ["nan"]
        assert len(store.get_metric_history("r1", "m")) == 1

    @pytest.mark.parametrize(
        "value",
        [
            math.nan,
            math.inf,
            -math.inf,
            1.7976931348623157e308,
            -1.7976931348623157e308,
            5e-324,
            0.1 + 0.2,
            -0.0,
            2.0**53 + 2,
        ],
    )
    def test_every_float_reads_back_exactly(self, store: TrackingStore, value: float) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(0, 1, value)])
        found = [
            store.get_run("r1").data.metrics.get("m"),
            store.get_metric_history("r1", "m")[0].value,
            store.read_metric("r1", "m").values[0],
        ]
        # A zero may lose its sign: numbers are kept, not bits.
        assert shown([number + 0.0 for number in found]) == shown([value + 0.0] * 3)

    def test_nan_and_infinity_stand_in_a_curve_among_numbers(self, store: TrackingStore) -> None:
        values = [1.0, math.nan, -math.inf, 0.5, math.inf, math.nan, 2.0]
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(step, step, value) for step, value in enumerate(values)])
        assert shown(list(store.read_metric("r1", "m").values)) == shown(values)
        assert shown([metric.value for metric in store.get_metric_history("r1", "m")]) == shown(values)

    @pytest.mark.parametrize("step", [-(2**63), -1, 2**31, 2**53 + 1, 2**63 - 1])
    def test_every_step_of_64_bits_reads_back_exactly(self, store: TrackingStore, step: int) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(0, 1, 1.0), (step, 2**53 + 1, 2.0)])
        assert triples(store.read_metric("r1", "m")) == sorted([(0, 1, 1.0), (step, 2**53 + 1, 2.0)])
        latest = max([(0, 1, 1.0), (step, 2**53 + 1, 2.0)])
        assert triples(Page(store.get_run("r1").data.latest_metrics)) == [latest]

    def test_a_metric_that_was_never_logged_has_no_points(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        new_run(store, "r2")
        log_curve(store, "r2", "m", POINTS)
        assert triples(store.get_metric_history("r1", "m")) == []
        assert triples(store.read_metric("r1", "m")) == []
        assert triples(store.read_metric("r2", "n")) == []

    def test_the_history_of_a_run_that_does_not_exist_is_not_found(self, store: TrackingStore) -> None:
        with pytest.raises(NotFound):
            store.get_metric_history("nowhere", "m")
        with pytest.raises(NotFound):
            store.read_metric("nowhere", "m")

    def test_the_history_of_a_deleted_run_can_be_read(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        store.delete_run("r1")
        assert triples(store.read_metric("r1", "m")) == BY_STEP
        assert triples(store.get_metric_history("r1", "m")) == BY_TIME

    def test_history_comes_in_pages(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        first = store.get_metric_history("r1", "m", max_results=4)
        assert (triples(first), first.token is None) == (BY_TIME[:4], False)
        second = store.get_metric_history("r1", "m", max_results=4, page_token=first.token)
        assert (triples(second), second.token) == (BY_TIME[4:], None)

    def test_a_page_token_of_history_that_is_none_is_refused(self, store: TrackingStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        with pytest.raises(InvalidInput):
            store.get_metric_history("r1", "m", max_results=4, page_token="no token")

    @pytest.mark.parametrize("max_results", [0, -1])
    def test_a_page_of_history_holds_at_least_one_point(self, store: TrackingStore, max_results: int) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", POINTS)
        with pytest.raises(InvalidInput):
            store.get_metric_history("r1", "m", max_results=max_results)

    def test_a_long_curve_logged_out_of_order_reads_back_whole(self, store: TrackingStore) -> None:
        generator = random.Random(7)
        points = [(generator.randrange(9_000), step // 3, generator.random()) for step in range(12_000)]
        new_run(store, "r1")
        for start in range(0, len(points), 1_700):
            log_curve(store, "r1", "m", points[start : start + 1_700])
        log_curve(store, "r1", "m", generator.sample(points, 500))
        assert triples(store.read_metric("r1", "m")) == sorted(points)
        assert triples(Page(store.get_run("r1").data.latest_metrics)) == [max(points)]
