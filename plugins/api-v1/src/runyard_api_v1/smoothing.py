"""Smoothed curves: what a chart draws over the raw points, computed from the whole curve whatever is shown of it.

Values that are not finite are left out and stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from runyard.errors import InvalidInput
from runyard_api_v1.downsample import Reals
from runyard_api_v1.series import Smooth

MOST_POINTS = 10_000  # of a running mean
WIDEST = 50.0  # standard deviation of a Gaussian, in points
_REACH = 4  # standard deviations to each side
_DECADES = 30.0  # how far weights decay within a block that is summed at once, in powers of e


def check(smooth: Smooth) -> None:
    """Raise `InvalidInput` where the amount is not one of the method's."""
    low, high = {"ema": (0.0, 1.0), "mean": (1.0, MOST_POINTS), "gaussian": (0.0, WIDEST)}[smooth.method]
    if not low <= smooth.amount <= high or (smooth.method == "ema" and smooth.amount == high):
        below = "below" if smooth.method == "ema" else "to"
        raise InvalidInput(
            f"smooth.amount of {smooth.method} goes from {low:g} {below} {high:g}, got {smooth.amount:g}"
        )


def smoothed(x: Reals, y: Reals, smooth: Smooth) -> Reals:
    """The curve smoothed, a value for each point; `x` is in ascending order."""
    finite = np.isfinite(y)
    found = y.copy()
    if finite.any():
        scale = float(np.abs(y[finite]).max()) or 1.0
        found[finite] = _METHODS[smooth.method](x[finite], y[finite] / scale, smooth.amount) * scale
    return found


def _average(x: Reals, y: Reals, weight: float) -> Reals:
    """What came before counts `weight` for each mean distance between points, so that gaps count by their length."""
    if weight == 0 or len(y) == 1:
        return y
    mean = (x[-1] - x[0]) / (len(x) - 1)
    distances = np.diff(x) / mean if mean > 0 else np.ones(len(x) - 1)
    decay = np.concatenate([[0.0], np.cumsum(distances)]) * -math.log(weight)  # to the power of e, since the start
    values, weights = np.empty(len(y)), np.empty(len(y))
    start, value, total = 0, 0.0, 0.0
    while start < len(y):
        end = max(start + 1, int(np.searchsorted(decay, decay[start] + _DECADES, "right")))
        since = decay[start:end] - decay[start]
        carried = math.exp(decay[start - 1] - decay[start]) if start else 0.0
        grown = np.exp(since)
        values[start:end] = (np.cumsum(y[start:end] * grown) + value * carried) / grown
        weights[start:end] = (np.cumsum(grown) + total * carried) / grown
        start, value, total = end, values[end - 1], weights[end - 1]
    average: Reals = values / weights
    return average


def _running_mean(x: Reals, y: Reals, points: float) -> Reals:  # noqa: ARG001 - a method
    """The mean of so many points around each, fewer at the ends."""
    half = (int(points) - 1) / 2
    places = np.arange(len(y))
    starts = np.maximum(places - math.floor(half), 0)
    ends = np.minimum(places + math.ceil(half) + 1, len(y))
    sums = np.concatenate([[0.0], np.cumsum(y)])
    mean: Reals = (sums[ends] - sums[starts]) / (ends - starts)
    return mean


def _gaussian(x: Reals, y: Reals, deviation: float) -> Reals:  # noqa: ARG001 - a method
    """Each point with its neighbours, weighted by a Gaussian over their distance in points."""
    reach = math.ceil(deviation * _REACH)
    if not reach:
        return y
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    # The whole sum, cut at both ends: numpy's mode "same" is as long as the kernel where that is longer.
    part = slice(reach, reach + len(y))
    found: Reals = np.convolve(y, kernel)[part] / np.convolve(np.ones(len(y)), kernel)[part]
    return found


_METHODS: Mapping[str, Callable[[Reals, Reals, float], Reals]] = {
    "ema": _average,
    "mean": _running_mean,
    "gaussian": _gaussian,
}
