"""The library that the reference autologger watches: fits lines to points, round by round."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.testing.memory.flavor import Line


def fit(xs: Sequence[float], ys: Sequence[float], rounds: int = 3) -> Line:
    """The line through the origin that comes closest to the points."""
    if len(xs) != len(ys):
        raise ValueError(f"{len(xs)} xs and {len(ys)} ys")
    slope = 0.0
    for _ in range(rounds):
        slope += sum(x * (y - slope * x) for x, y in zip(xs, ys, strict=True)) / sum(x * x for x in xs)
    return Line(slope)


def fit_best(xs: Sequence[float], ys: Sequence[float], most: int = 2) -> Line:
    """The best of several fits; what it fits on the way is no training of its own."""
    lines = [fit(xs, ys, rounds) for rounds in range(1, most + 1)]
    return min(lines, key=lambda line: sum((y - line.slope * x) ** 2 for x, y in zip(xs, ys, strict=True)))
