"""Histories are merged as they grow, keep what is new, and are sampled with their extremes."""

from __future__ import annotations

import itertools
import math
import random
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.entities import Batch, Metric, MetricColumns, RunStart
from runyard.settings import Settings
from runyard.uris import Uri
from runyard_store_sql import sampling
from runyard_store_sql.blocks import Points
from runyard_store_sql.engine import Database, close_engine, open_engine
from runyard_store_sql.schema import metric_blocks, metrics
from runyard_store_sql.tracking import SqlTrackingStore

Point = tuple[int, int, float]

_numbers = itertools.count()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    uri = Uri.parse(f"sqlite:///{tmp_path_factory.mktemp('metrics') / 'runyard.db'}")
    database = open_engine(uri, Settings())
    yield database
    close_engine(database)


@pytest.fixture
def store(database: Database) -> SqlTrackingStore:
    return SqlTrackingStore(database, Settings())


def new_run(store: SqlTrackingStore) -> str:
    run_id = uuid.uuid4().hex
    store.create_run(RunStart(run_id, run_id, "ada", 1, experiment_id="0"))
    return run_id


def ingest(store: SqlTrackingStore, run_id: str, points: Sequence[Point], key: str = "m") -> None:
    batch = Batch(uuid.uuid4().hex, 1, 1, points={(run_id, key): MetricColumns.from_points(list(points))})
    assert store.ingest(batch) == []


def rows(store: SqlTrackingStore, run_id: str) -> list[sa.Row[Any]]:
    number = sa.text("SELECT id FROM runs WHERE run_id = :id").bindparams(id=run_id)
    with store._database.read() as connection:
        run = connection.execute(number).scalar_one()
        query = sa.select(metric_blocks).where(metric_blocks.c.run == run).order_by(metric_blocks.c.number)
        return list(connection.execute(query))


def order(point: Point) -> tuple[int, int, bool, float]:
    return point[0], point[1], not math.isnan(point[2]), 0.0 if math.isnan(point[2]) else point[2]


def shown(points: Sequence[Point]) -> list[str]:
    return [str((step, time, value + 0.0)) for step, time, value in points]


FEW = st.tuples(
    st.integers(-3, 12), st.integers(0, 4), st.sampled_from([0.0, 1.0, -2.5, math.nan, math.inf, -math.inf])
)


@given(st.lists(st.lists(FEW, max_size=9), max_size=12))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_history_is_the_set_of_what_was_logged(store: SqlTrackingStore, batches: list[list[Point]]) -> None:
    run_id = new_run(store)
    for batch in batches:
        ingest(store, run_id, batch)
    expected = sorted({str(order(point)): point for batch in batches for point in batch}.values(), key=order)
    assert shown(list(store.read_metric(run_id, "m"))) == shown(expected)
    latest = [str(metric.value + 0.0) for metric in store.get_run(run_id).data.latest_metrics]
    assert latest == [str(point[2] + 0.0) for point in expected[-1:]]
    check_summary(store, run_id, expected)


def check_summary(store: SqlTrackingStore, run_id: str, expected: Sequence[Point]) -> None:
    number = sa.text("SELECT id FROM runs WHERE run_id = :id").bindparams(id=run_id)
    with store._database.read() as connection:
        run = connection.execute(number).scalar_one()
        row = connection.execute(sa.select(metrics).where(metrics.c.run == run)).first()
    if not expected:
        assert row is None
        return
    assert row is not None
    numbers = [(value, step) for step, _, value in expected if not math.isnan(value)]
    assert (row.points, row._mapping["count"]) == (len(expected), len(numbers))
    assert (row.first_step, row.first_time, row.last_step, row.last_time) == (*expected[0][:2], *expected[-1][:2])
    if numbers:
        assert (row.min_value, row.min_step) == min(numbers)
        highest = max(value for value, _ in numbers)
        assert (row.max_value, row.max_step) == min(pair for pair in numbers if pair[0] == highest)


def test_points_logged_one_at_a_time_end_up_in_few_blocks(store: SqlTrackingStore) -> None:
    run_id = new_run(store)
    points = [(step, 1_000 + step, math.sin(step)) for step in range(600)]
    for point in points:
        ingest(store, run_id, [point])
    assert list(store.read_metric(run_id, "m")) == points
    found = rows(store, run_id)
    assert len(found) <= 45
    assert max(row.points for row in found) >= 256


def test_full_blocks_are_cut_and_not_written_again(store: SqlTrackingStore) -> None:
    run_id = new_run(store)
    points = [(step, step, float(step)) for step in range(30_000)]
    seen: dict[int, bytes] = {}
    for start in range(0, 30_000, 700):
        ingest(store, run_id, points[start : start + 700])
        full = {row.number: row.data for row in rows(store, run_id) if row.points == 4_096}
        assert seen.items() <= full.items()
        seen = full
    assert len(seen) == 30_000 // 4_096
    assert list(store.read_metric(run_id, "m")) == points
    found = rows(store, run_id)
    assert all((row.summary is not None) == (row.points == 4_096) for row in found)


def test_a_long_history_in_any_order_is_read_in_order(store: SqlTrackingStore) -> None:
    run_id = new_run(store)
    points = [(step, step % 7, step / 3) for step in range(-6_000, 6_000)]
    mixed = random.Random(5).sample(points, len(points))
    for start in range(0, len(mixed), 999):
        ingest(store, run_id, mixed[start : start + 1_100])
    assert list(store.read_metric(run_id, "m")) == points
    expected = sampling.sample(columns(points), 200)
    assert list(store.sample_metric(run_id, "m", max_points=200)) == list(
        zip(*(column.tolist() for column in expected), strict=True)
    )


def test_pages_of_a_history_follow_each_other(store: SqlTrackingStore) -> None:
    run_id = new_run(store)
    points = [(step, 5, value) for step in range(50) for value in (math.nan, 1.0, 2.0)]
    ingest(store, run_id, points)
    found: list[Metric] = []
    token = None
    while True:
        page = store.get_metric_history(run_id, "m", max_results=7, page_token=token)
        found.extend(page)
        token = page.token
        if token is None:
            break
    assert shown([(metric.step, metric.timestamp, metric.value) for metric in found]) == shown(points)


def columns(points: Sequence[Point]) -> Points:
    made = MetricColumns.from_points(list(points))
    return Points(np.array(made.steps), np.array(made.timestamps), np.array(made.values))


def naive_m4(points: list[Point], starts: list[int]) -> list[Point]:
    chosen: list[int] = []
    for start, end in zip(starts, [*starts[1:], len(points)], strict=True):
        bucket = range(start, end)
        numbers = [place for place in bucket if not math.isnan(points[place][2])]
        extremes = (
            [min(numbers, key=lambda at: points[at][2]), max(numbers, key=lambda at: points[at][2])] if numbers else []
        )
        chosen += [start, *extremes, end - 1]
    return [points[place] for place in sorted(set(chosen))]


@given(
    st.lists(st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.0, 2.0]), min_size=1, max_size=80),
    st.integers(4, 90),
)
def test_sampling_is_m4_over_buckets_of_equal_counts(values: list[float], max_points: int) -> None:
    points = [(step, step, value) for step, value in enumerate(values)]
    found = sampling.sample(columns(points), max_points)
    if len(points) <= max_points:
        expected = points
    else:
        starts = sampling.bucket_starts(len(points), max_points // 4).tolist()
        expected = naive_m4(points, starts)
    assert shown(list(zip(*(column.tolist() for column in found), strict=True))) == shown(expected)
    assert len(found.values) <= max_points


@pytest.mark.parametrize("limits", [(None, None), (10_001, 70_123), (None, 65_000), (12_345, None)])
def test_a_long_curve_is_sampled_from_summaries_as_from_its_points(
    store: SqlTrackingStore, limits: tuple[int | None, int | None]
) -> None:
    run_id, max_points = new_run(store), 80
    chance = random.Random(3)
    curve = [(step, step * 3, chance.gauss(0, 1)) for step in range(80_000)]
    curve[33_333] = (33_333, 99_999, math.nan)
    ingest(store, run_id, curve)
    low, high = limits
    within = [point for point in curve if (low is None or point[0] >= low) and (high is None or point[0] <= high)]
    found = list(store.sample_metric(run_id, "m", max_points=max_points, start_step=low, end_step=high))
    assert len(found) <= max_points
    assert (found[0], found[-1]) == (within[0], within[-1])
    assert set(shown(found)) <= set(shown(within))
    values = [value for _, _, value in found]
    numbers = [value for _, _, value in within if not math.isnan(value)]
    assert (min(values), max(values)) == (min(numbers), max(numbers))
    # Whatever the buckets are, none is longer than two of equal counts, so the extremes of such a stretch are found.
    length = 3 * len(within) // (max_points // 4)
    for start in range(0, len(within) - length, length):
        stretch = within[start : start + length]
        steps = {step for step, _, _ in found}
        assert any(step in steps for step, _, _ in stretch)
