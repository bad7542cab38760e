"""Down-sampling keeps exactly what its definition says."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard_api_v1 import downsample

FLOATS = st.one_of(
    st.floats(-5, 5, width=16), st.sampled_from([math.nan, math.inf, -math.inf]), st.floats(allow_nan=False)
)
CURVES = st.lists(st.tuples(st.integers(-50, 50), FLOATS), min_size=1, max_size=60)


def defined(points: Sequence[tuple[float, float]], x0: float, x1: float, width: int, *, ends: bool = True) -> set[int]:
    """M4 said plainly: of every column first, last, least, greatest, and the first of each kind that is not finite."""
    edges = downsample.edges(x0, x1, width).tolist()
    chosen: set[int] = set()
    for number, left in enumerate(edges):
        is_last = number == width - 1
        inside = [
            at for at, (x, _) in enumerate(points) if left <= x and (x <= x1 if is_last else x < edges[number + 1])
        ]
        if not inside:
            continue
        if ends:
            chosen |= {inside[0], inside[-1]}
        finite = [at for at in inside if math.isfinite(points[at][1])]
        if finite:
            chosen |= {min(finite, key=lambda at: points[at][1]), max(finite, key=lambda at: points[at][1])}
        for is_kind in (math.isnan, lambda y: y == math.inf, lambda y: y == -math.inf):
            chosen |= {at for at in inside if is_kind(points[at][1])} and {
                next(at for at in inside if is_kind(points[at][1]))
            }
    return chosen


@settings(max_examples=300)
@given(points=CURVES, width=st.integers(1, 20))
def test_m4_keeps_what_its_definition_says(points: list[tuple[int, float]], width: int) -> None:
    points = sorted(points, key=lambda point: point[0])
    x, y = np.array([point[0] for point in points], float), np.array([point[1] for point in points], float)
    x0, x1 = float(x[0]), float(x[-1])
    assert set(downsample.m4(x, y, x0, x1, width).tolist()) == defined(points, x0, x1, width)
    assert set(downsample.minmax_last(x, y, x0, x1, width).tolist()) == (
        defined(points, x0, x1, width, ends=False) | {len(points) - 1}
    )


@settings(max_examples=100)
@given(points=CURVES, width=st.integers(1, 20))
def test_every_method_gives_positions_in_order_and_each_once(points: list[tuple[int, float]], width: int) -> None:
    points = sorted(points, key=lambda point: point[0])
    x, y = np.array([point[0] for point in points], float), np.array([point[1] for point in points], float)
    for method in (downsample.m4, downsample.minmax_last, downsample.lttb):
        positions = method(x, y, float(x[0]), float(x[-1]), width)
        assert np.all(np.diff(positions) > 0)
        assert set(positions.tolist()) <= set(range(len(points)))
        assert np.isnan(y[positions]).any() == np.isnan(y).any()


def test_a_spike_of_one_point_in_a_million_is_kept() -> None:
    y = np.zeros(1_000_000)
    y[123_457], y[700_001] = 3.0, -2.0
    x = np.arange(1_000_000.0)
    positions = downsample.m4(x, y, 0.0, 999_999.0, 1_000)
    assert {123_457, 700_001} <= set(positions.tolist())
    assert len(positions) <= 4_000


def test_the_largest_triangles_keep_as_many_points_as_asked() -> None:
    x = np.arange(1_000.0)
    y = np.sin(x / 40)
    positions = downsample.lttb(x, y, 0.0, 999.0, 50)
    assert len(positions) == 50
    assert (positions[0], positions[-1]) == (0, 999)


@pytest.mark.parametrize("width", [1, 7])
def test_points_at_one_place_are_one_column(width: int) -> None:
    x, y = np.full(5, 3.0), np.array([2.0, 5.0, 1.0, 4.0, 3.0])
    assert downsample.m4(x, y, 3.0, 3.0, width).tolist() == [0, 1, 2, 4]
