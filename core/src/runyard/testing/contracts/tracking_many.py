"""What every tracking store does that reads many curves at once."""

from __future__ import annotations

import math
from typing import Protocol

import pytest

from runyard.entities import Metric
from runyard.errors import NotFound
from runyard.protocols.tracking import ReadsManyMetrics, TrackingStore
from runyard.testing.contracts.tracking_steps import log_curve, new_run


class ManyMetricsStore(TrackingStore, ReadsManyMetrics, Protocol):
    """Both at once."""


class ManyMetricsContract:
    """Many curves at once. Fixture: `store`, fresh but for the experiment Default."""

    def test_the_store_says_that_it_reads_many_metrics(self, store: ManyMetricsStore) -> None:
        assert isinstance(store, ReadsManyMetrics)

    def test_every_curve_is_read_as_alone(self, store: ManyMetricsStore) -> None:
        pairs: list[tuple[str, str]] = []
        for number in range(3):
            new_run(store, f"r{number}")
            for key in ("a", "b", "c"):
                points = [(step, 1_000 - step, math.sin(step * number)) for step in range(number * 300 + len(pairs))]
                log_curve(store, f"r{number}", key, points)
                if points:
                    pairs.append((f"r{number}", key))
        found = store.read_metrics(pairs)
        assert set(found) == set(pairs)
        for run_id, key in pairs:
            assert list(found[run_id, key]) == list(store.read_metric(run_id, key))

    def test_points_come_in_the_order_of_steps(self, store: ManyMetricsStore) -> None:
        new_run(store, "r1")
        for points in ([(5, 1, 1.0), (1, 9, 2.0)], [(3, 1, 3.0), (1, 2, 4.0)], [(5, 1, 1.0), (5, 1, 0.5)]):
            log_curve(store, "r1", "m", points)
        expected = [(1, 2, 4.0), (1, 9, 2.0), (3, 1, 3.0), (5, 1, 0.5), (5, 1, 1.0)]
        assert list(store.read_metrics([("r1", "m")])["r1", "m"]) == expected

    def test_only_what_was_asked_for_is_read(self, store: ManyMetricsStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
            store.log_batch(run_id, metrics=[Metric(key, 1.0, 1) for key in ("a", "b")])
        assert set(store.read_metrics([("r1", "a"), ("r2", "b"), ("r1", "a")])) == {("r1", "a"), ("r2", "b")}
        assert dict(store.read_metrics([])) == {}

    def test_what_is_missing_is_left_out(self, store: ManyMetricsStore) -> None:
        for run_id in ("r1", "r2"):
            new_run(store, run_id)
            store.log_batch(run_id, metrics=[Metric(f"of-{run_id}", 1.0, 1)], params={"p": "1"})
        asked = [("r1", "of-r1"), ("r1", "of-r2"), ("none", "of-r1"), ("r1", "nothing"), ("r1", "p")]
        assert set(store.read_metrics(asked)) == {("r1", "of-r1")}

    def test_a_deleted_run_is_read_as_well(self, store: ManyMetricsStore) -> None:
        new_run(store, "r1")
        log_curve(store, "r1", "m", [(1, 1, 1.0)])
        store.delete_run("r1")
        found = store.read_metrics([("r1", "m")])
        assert {pair: list(columns) for pair, columns in found.items()} == {("r1", "m"): [(1, 1, 1.0)]}

    def test_all_that_was_logged_before_is_read(self, store: ManyMetricsStore) -> None:
        new_run(store, "r1")
        for step in range(50):
            store.log_batch("r1", metrics=[Metric("m", float(step), step, step), Metric(f"m{step}", 1.0, 1, step)])
            assert len(store.read_metrics([("r1", "m")])["r1", "m"]) == step + 1
        with pytest.raises(NotFound):
            store.read_metric("none", "m")
        assert len(store.read_metrics([("r1", f"m{step}") for step in range(50)])) == 50
