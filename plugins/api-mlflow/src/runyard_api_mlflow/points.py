"""Long curves: their order, samples of them, and their JSON, written in parts to keep memory small."""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Sequence
from itertools import islice, repeat
from typing import Any

import orjson

from runyard.entities import MetricColumns
from runyard_api_mlflow.json_fields import encode, number

CHUNK = 20_000


def by_time(points: MetricColumns) -> MetricColumns:
    """Points that are ordered by step, timestamp, value, ordered by timestamp, step, value."""
    times = points.timestamps
    if all(map(operator.le, times, islice(times, 1, None))):
        return points
    ordered = sorted(zip(times, points.steps, points.values, strict=True), key=_by_time)
    return MetricColumns.from_points([(step, time, value) for time, step, value in ordered])


def evenly(points: MetricColumns, most: int, start: int | None, end: int | None) -> MetricColumns:
    """At most so many of the points between two steps, spread evenly, the last one kept, and the first where it can."""
    inside = [
        place
        for place, step in enumerate(points.steps)
        if (start is None or step >= start) and (end is None or step <= end)
    ]
    if len(inside) > most:
        last = len(inside) - 1
        inside = [inside[last * place // (most - 1)] for place in range(most)] if most > 1 else [inside[last]]
    return MetricColumns(
        array("q", [points.steps[place] for place in inside]),
        array("q", [points.timestamps[place] for place in inside]),
        array("d", [points.values[place] for place in inside]),
    )


def points_json(
    key: str,
    points: MetricColumns,
    *,
    run_id: str | None = None,
    next_page_token: str | None = None,
    bare: bool = False,
) -> bytes:
    """The points as an answer's `metrics`, or as the `bare` members of such a list."""
    parts = [
        _members(key, run_id, *(column[place : place + CHUNK] for column in _columns(points)))
        for place in range(0, len(points), CHUNK)
    ]
    members = b",".join(parts)
    if bare:
        return members
    if not parts:
        return b"{}"
    token = b',"next_page_token":' + encode(next_page_token) if next_page_token else b""
    return b'{"metrics":[' + members + b"]" + token + b"}"


def _columns(points: MetricColumns) -> tuple[array[Any], array[Any], array[Any]]:
    return points.values, points.timestamps, points.steps


def _members(key: str, run_id: str | None, values: array[float], timestamps: array[int], steps: array[int]) -> bytes:
    shown: Sequence[float | str] = values
    if not all(map(math.isfinite, values)):
        shown = list(map(number, values))
    columns = zip(repeat(key), shown, timestamps, steps, strict=False)
    if run_id is None:
        rows = [
            {"key": name, "value": value, "timestamp": timestamp, "step": step}
            for name, value, timestamp, step in columns
        ]
    else:
        rows = [
            {"key": name, "value": value, "timestamp": timestamp, "step": step, "run_id": run_id}
            for name, value, timestamp, step in columns
        ]
    return orjson.dumps(rows)[1:-1]


def _by_time(point: tuple[int, int, float]) -> tuple[int, int, bool, float]:
    """NaN is the greatest value, so that the order is total."""
    time, step, value = point
    is_nan = math.isnan(value)
    return time, step, is_nan, 0.0 if is_nan else value
