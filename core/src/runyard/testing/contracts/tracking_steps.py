"""Steps that the contracts of tracking stores share."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping

from runyard.entities import Dataset, DatasetInput, Metric, MetricColumns, Run, RunStart
from runyard.protocols.tracking import TrackingStore

_numbers = itertools.count(1)


def run_start(
    run_id: str | None = None,
    *,
    experiment_id: str | None = "0",
    experiment_name: str | None = None,
    run_name: str = "brave-ant-1",
    start_time: int = 1_700_000_000_000,
    tags: Mapping[str, str] | None = None,
) -> RunStart:
    """All that a new run needs; a fresh id where none is given."""
    return RunStart(
        run_id=run_id or f"run{next(_numbers):029}",
        run_name=run_name,
        user_id="ada",
        start_time=start_time,
        experiment_id=None if experiment_name else experiment_id,
        experiment_name=experiment_name,
        tags=tags or {},
    )


def new_run(
    store: TrackingStore,
    run_id: str | None = None,
    *,
    experiment_id: str = "0",
    run_name: str = "brave-ant-1",
    start_time: int = 1_700_000_000_000,
    tags: Mapping[str, str] | None = None,
) -> Run:
    start = run_start(run_id, experiment_id=experiment_id, run_name=run_name, start_time=start_time, tags=tags)
    return store.create_run(start)


def log_curve(store: TrackingStore, run_id: str, key: str, points: Iterable[tuple[int, int, float]]) -> None:
    """Log (step, timestamp, value) triples."""
    metrics = [Metric(key, value, timestamp, step) for step, timestamp, value in points]
    store.log_batch(run_id, metrics=metrics)


def columns(points: Iterable[tuple[int, int, float]]) -> MetricColumns:
    return MetricColumns.from_points(list(points))


def dataset_input(name: str = "iris", digest: str = "abc123", **tags: str) -> DatasetInput:
    dataset = Dataset(
        name=name,
        digest=digest,
        source_type="http",
        source='{"url": "https://example.org/iris.csv"}',
        schema='{"columns": 4}',
        profile='{"rows": 150}',
    )
    return DatasetInput(dataset, tags)
