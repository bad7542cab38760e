"""Long curves: their order, samples of them, and their JSON, written in parts to keep memory small."""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Sequence
from itertools import islice

import orjson

from runyard.entities import Metric, MetricColumns, Page
from runyard.wire import plain_float
from runyard_api_mlflow.json_fields import encode

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


def points_json(key: str, points: MetricColumns) -> bytes:
    """The points as the body of an answer."""
    return answer([members(key, points)])


def page_json(page: Page[Metric]) -> bytes:
    """A page of points as the body of an answer."""
    rows = [
        {
            "key": key,
            "value": value if math.isfinite(value) else plain_float(value),
            "timestamp": timestamp,
            "step": step,
        }
        for key, value, timestamp, step in page.items
    ]
    return answer([orjson.dumps(rows)[1:-1]], next_page_token=page.token)


def members(key: str, points: MetricColumns, run_id: str | None = None) -> bytes:
    """The points as members of a JSON array."""
    parts = [_chunk(key, points, start, start + CHUNK, run_id) for start in range(0, len(points), CHUNK)]
    return b",".join(parts)


def answer(parts: Sequence[bytes], *, next_page_token: str | None = None, always: bool = False) -> bytes:
    """The body of an answer from members; without any it is empty, unless it is `always` to have the field."""
    joined = b",".join(part for part in parts if part)
    if not joined and not always:
        return b"{}"
    token = b',"next_page_token":' + encode(next_page_token) if next_page_token else b""
    return b'{"metrics":[' + joined + b"]" + token + b"}"


def _chunk(key: str, points: MetricColumns, start: int, stop: int, run_id: str | None) -> bytes:
    values: Sequence[float | str] = points.values[start:stop]
    if not all(map(math.isfinite, points.values[start:stop])):
        values = list(map(plain_float, points.values[start:stop]))
    columns = zip(values, points.timestamps[start:stop], points.steps[start:stop], strict=True)
    if run_id is None:
        rows = [
            {"key": key, "value": value, "timestamp": timestamp, "step": step} for value, timestamp, step in columns
        ]
    else:
        rows = [
            {"key": key, "value": value, "timestamp": timestamp, "step": step, "run_id": run_id}
            for value, timestamp, step in columns
        ]
    return orjson.dumps(rows)[1:-1]


def _by_time(point: tuple[int, int, float]) -> tuple[int, int, bool, float]:
    """NaN is the greatest value, so that the order is total."""
    time, step, value = point
    is_nan = math.isnan(value)
    return time, step, is_nan, 0.0 if is_nan else value
