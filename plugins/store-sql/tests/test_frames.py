"""Frames, many curves and pages of long ones, on every way that the store takes to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runyard.entities import Metric, MetricColumns, Page
from runyard.protocols.frames import FrameQuery
from runyard.query import Identifier, Kind
from runyard.settings import Settings
from runyard.testing.contracts.frames import FrameSchemaContract, FramesContract, searched, values_of
from runyard.testing.contracts.tracking_steps import log_curve, new_run
from runyard.uris import Uri
from runyard_store_sql import frames, frames_schema, heartbeat, reading
from runyard_store_sql.tracking import SqlTrackingStore, open_store

PATIENCE = 20.0


@pytest.fixture
def store(emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
    store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
    yield store
    store.close()


@pytest.mark.usefixtures("_whole")
class TestWholeIndexes(FramesContract, FrameSchemaContract):
    """The same contract where small frames are read as large ones are."""

    @pytest.fixture
    def _whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frames, "_FEW", 0)
        monkeypatch.setattr(frames, "_SHARE", 10**9)

    @pytest.fixture
    def store(self, emptied_uri: str, tmp_path: Path) -> Iterator[SqlTrackingStore]:
        store = open_store(Uri.parse(emptied_uri), Settings(root=tmp_path))
        yield store
        store.close()


@pytest.mark.parametrize("share", [0, 10**9])
def test_a_part_of_the_runs_is_described_by_runs_and_by_indexes(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch, share: int
) -> None:
    monkeypatch.setattr(frames_schema, "_SHARE", share)
    other = store.create_experiment("other").experiment_id
    for number in range(10):
        new_run(store, f"r{number}", experiment_id=other if number % 2 else "0")
        store.log_batch(f"r{number}", metrics=[Metric("m", float(number), 1)], params={"p": str(number % 3)})
    store._database.memory.clear()
    found = {one.identifier.key: one for one in store.describe_frame([other]).keys}
    assert (found["m"].runs, found["m"].least, found["m"].greatest) == (5, 1.0, 9.0)
    assert found["p"].values == [("0", 2), ("1", 2), ("2", 1)]


def test_infinities_are_what_they_were(store: SqlTrackingStore) -> None:
    identifier = Identifier(Kind.METRIC, "m")
    for run_id, value in (("r1", math.inf), ("r2", -math.inf), ("r3", 1.7976931348623157e308)):
        new_run(store, run_id)
        store.log_batch(run_id, metrics=[Metric("m", value, 1)])
    frame = store.read_frame(FrameQuery(experiment_ids=["0"], columns=[identifier]))
    found = dict(zip(frame.run_ids, values_of(frame.columns[identifier]), strict=True))
    assert found == {"r1": math.inf, "r2": -math.inf, "r3": 1.7976931348623157e308}
    summary = store.describe_frame(["0"]).keys[0]
    assert (summary.least, summary.greatest) == (-math.inf, math.inf)


CURVES = {
    "time follows steps": [(step, 1_000 + step // 3, step / 7) for step in range(40_000)],
    "all at one time": [(step, 1_000, step / 7) for step in range(40_000)],
    "time runs back": [(step, 100_000 - step, step / 7) for step in range(40_000)],
    "time jumps": [(step, 1_000 + step - (5_000 if step == 20_500 else 0), step / 7) for step in range(40_000)],
    "several at a step": [(step // 5, 1_000 + step // 10, (step % 5) / 7) for step in range(40_000)],
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("size", [1_000, 7_001, 39_999, 40_000])
def test_pages_of_a_long_curve_are_the_whole_curve(store: SqlTrackingStore, name: str, size: int) -> None:
    new_run(store, "r1")
    points = CURVES[name]
    log_curve(store, "r1", "m", points)
    expected = sorted(set(points), key=lambda point: (point[1], point[0], point[2]))
    found: list[Metric] = []
    page: Page[Metric] = Page([], None)
    while not found or page.token:
        page = store.get_metric_history("r1", "m", max_results=size, page_token=page.token)
        assert 0 < len(page) <= size
        found.extend(page)
    assert [(metric.step, metric.timestamp, metric.value) for metric in found] == expected


@pytest.mark.parametrize("when", ["before it is folded", "after it is folded"])
def test_points_that_come_while_a_frame_is_read_are_in_the_next_one(
    store: SqlTrackingStore, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """They are staged, and noted under a number that must not be that of what was read without them."""
    new_run(store, "r1")
    new_run(store, "r2")
    query = FrameQuery(experiment_ids=["0"], columns=[], filter=searched("metrics.m > 1"), max_results=1)
    real = heartbeat.is_due
    store.log_batch("r1", metrics=[Metric("m", 2.0, 1)])

    def write_meanwhile(connection: sa.Connection) -> bool:
        monkeypatch.setattr(heartbeat, "is_due", real)
        if when == "before it is folded":
            with ThreadPoolExecutor(1) as pool:
                pool.submit(log).result(PATIENCE)
        return real(connection)

    def fold_and_write(*arguments: Any) -> None:
        staging_fold(*arguments)
        monkeypatch.setattr(reading, "_fold", staging_fold)
        log()

    def log() -> None:
        store.log_batch("r1", metrics=[Metric("m", 3.0, 1, 1)])
        store.log_batch("r2", metrics=[Metric("m", 3.0, 1)])

    staging_fold = reading._fold
    monkeypatch.setattr(heartbeat, "is_due", write_meanwhile)
    if when == "after it is folded":
        monkeypatch.setattr(reading, "_fold", fold_and_write)
    assert store.read_frame(query).total in {1, 2}
    assert store.read_frame(query).total == 2
    assert {one.identifier.key: one.greatest for one in store.describe_frame(["0"]).keys}["m"] == 3.0


def test_very_many_pairs_are_read_in_parts(store: SqlTrackingStore) -> None:
    pairs: list[tuple[str, str]] = []
    for number in range(12):
        new_run(store, f"r{number}")
        keys = [f"m{key}" for key in range(60 + number)]
        store.log_batch(f"r{number}", metrics=[Metric(key, float(number), 1) for key in keys])
        pairs.extend((f"r{number}", key) for key in keys)
    found = store.read_metrics(pairs)
    assert set(found) == set(pairs)
    assert all(isinstance(one, MetricColumns) and len(one) == 1 for one in found.values())
