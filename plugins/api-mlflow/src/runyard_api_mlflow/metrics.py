"""Histories of metrics: of one run, and of many runs at once."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.entities import MetricColumns
from runyard.errors import InvalidInput, NotFound
from runyard.protocols.tracking import SamplesMetrics, TrackingStore
from runyard_api_mlflow.call import Call
from runyard_api_mlflow.fields import missing
from runyard_api_mlflow.points import answer, by_time, evenly, members, page_json, points_json
from runyard_api_mlflow.routes import AJAX, Route

MAX_RUNS = 100
MAX_BULK_POINTS = 25_000
MAX_INTERVAL_POINTS = 2_500


def get_history(call: Call) -> bytes:
    """The points of a metric by timestamp, step, value; all of them where no page is asked for."""
    run_id, key = call.run_id(), call.text("metric_key", required=True)
    most, token = call.integer("max_results"), call.text("page_token") or None
    if most is not None and most <= 0:
        raise InvalidInput(f"Invalid value {most} for parameter 'max_results' supplied. It must be a positive integer.")
    tracking = call.stores.tracking
    try:
        if most is None and token is None:
            return points_json(key, by_time(tracking.read_metric(run_id, key)))
        page = tracking.get_metric_history(run_id, key, max_results=most, page_token=token)
    except NotFound:  # as MLflow has it: what was never logged has no points
        return b"{}"
    return page_json(page)


def get_history_bulk(call: Call) -> bytes:
    """The first points of several runs, for MLflow's own web page."""
    run_ids, key = call.list_of_text("run_id"), call.text("metric_key")
    _check_runs("GetMetricHistoryBulk", run_ids, "run_id")
    if key is None:
        raise InvalidInput("GetMetricHistoryBulk request must specify a metric_key.")
    most = min(call.integer("max_results", default=MAX_BULK_POINTS), MAX_BULK_POINTS)
    if most < 0:
        raise InvalidInput(f"Invalid value {most} for parameter 'max_results' supplied. It must not be negative.")
    curves: list[tuple[str, MetricColumns]] = []
    for run_id in sorted(set(run_ids)):
        if most <= 0:
            break
        points = _first(by_time(_read(call.stores.tracking, run_id, key)), most)
        most -= len(points)
        curves.append((run_id, points))
    return _joined(key, curves, always=True)


def get_history_bulk_interval(call: Call) -> bytes:
    """A sample of the points of several runs between two steps, which keeps first and last points and extremes."""
    run_ids, key = call.list_of_text("run_ids"), call.text("metric_key", required=True)
    if not run_ids:
        missing("run_ids")
    _check_runs("GetMetricHistoryBulkInterval", run_ids, "run_ids")
    start, end = call.integer("start_step"), call.integer("end_step")
    if (start is None) is not (end is None):
        raise InvalidInput("If either start step or end step are specified, both must be specified.")
    if start is not None and end is not None and start > end:
        raise InvalidInput(f"end_step must be greater than start_step. Found start_step={start} and end_step={end}.")
    most = call.integer("max_results", default=MAX_INTERVAL_POINTS)
    if not 1 <= most <= MAX_INTERVAL_POINTS:
        raise InvalidInput(f"max_results must be between 1 and {MAX_INTERVAL_POINTS}.")
    tracking = call.stores.tracking
    return _joined(key, [(run_id, _sample(tracking, run_id, key, most, start, end)) for run_id in run_ids])


def _check_runs(what: str, run_ids: Sequence[str], field: str) -> None:
    if not run_ids:
        raise InvalidInput(f"{what} request must specify at least one {field}.")
    if len(run_ids) > MAX_RUNS:
        raise InvalidInput(
            f"{what} request cannot specify more than {MAX_RUNS} run_ids. Received {len(run_ids)} run_ids."
        )


def _read(tracking: TrackingStore, run_id: str, key: str) -> MetricColumns:
    try:
        return tracking.read_metric(run_id, key)
    except NotFound:
        return MetricColumns.from_points([])


def _sample(
    tracking: TrackingStore, run_id: str, key: str, most: int, start: int | None, end: int | None
) -> MetricColumns:
    if not isinstance(tracking, SamplesMetrics):
        return evenly(_read(tracking, run_id, key), most, start, end)
    try:
        return tracking.sample_metric(run_id, key, max_points=most, start_step=start, end_step=end)
    except NotFound:
        return MetricColumns.from_points([])


def _first(points: MetricColumns, most: int) -> MetricColumns:
    return MetricColumns(points.steps[:most], points.timestamps[:most], points.values[:most])


def _joined(key: str, curves: Sequence[tuple[str, MetricColumns]], *, always: bool = False) -> bytes:
    return answer([members(key, points, run_id) for run_id, points in curves], always=always)


ROUTES: Sequence[Route] = (
    Route("GET", "/2.0/mlflow/metrics/get-history", get_history),
    Route("GET", "/2.0/mlflow/metrics/get-history-bulk", get_history_bulk, prefixes=(AJAX,)),
    Route("GET", "/2.0/mlflow/metrics/get-history-bulk-interval", get_history_bulk_interval),
)
