"""`/metrics/series`: curves for charts, as many points as a chart has pixels for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import attrs
import orjson

from runyard.errors import InvalidInput, did_you_mean
from runyard.validation import check_key
from runyard_api_v1.curves import Pair
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply
from runyard_api_v1.fields import About

FRAME = "application/vnd.runyard.frame"
MAX_RUNS = 500
MAX_PAIRS = 10_000
AXES = ("step", "relative", "wall")
METRIC = "metric:"


@attrs.frozen
class Smooth:
    """How curves are smoothed."""

    amount: Annotated[
        float,
        About(
            "Of ema the weight of what came before, from 0 to below 1; of mean how many points; of gaussian the "
            "standard deviation in points, up to 50."
        ),
    ]
    method: Annotated[
        Literal["ema", "mean", "gaussian"],
        About(
            "ema: exponential average in which gaps count by their length; mean: running mean around each point; "
            "gaussian: neighbours weighted by a Gaussian."
        ),
    ] = "ema"


@attrs.frozen
class GroupRequest:
    """How runs are put together, and what is drawn of a group."""

    by: Annotated[
        Sequence[str],
        About("Params, tags and attributes, such as params.solver; one group of all where none is given.", max_items=8),
    ] = ()
    middle: Annotated[Literal["mean", "median"], About("What the line of a group is.")] = "mean"
    band: Annotated[
        Literal["minmax", "std", "iqr"],
        About("minmax: least to greatest; std: a standard deviation to both sides of the line; iqr: the middle half."),
    ] = "minmax"


@attrs.frozen
class SeriesRequest:
    """Which curves, over what, in which window."""

    run_ids: Annotated[Sequence[str], About("The runs.", min_items=1, max_items=MAX_RUNS)]
    keys: Annotated[Sequence[str], About("The metrics.", min_items=1, max_items=1_000)]
    x: Annotated[
        str,
        About(
            "The x axis: step; relative, milliseconds since the run's start; wall, the time; or metric:KEY, another "
            "metric's value at the same step.",
            max_length=300,
        ),
    ] = "step"
    x0: Annotated[float | None, About("Where the window begins; at the first point where left out.")] = None
    x1: Annotated[float | None, About("Where the window ends, itself included; at the last point where left out.")] = (
        None
    )
    width: Annotated[int, About("Pixel columns of the chart.", minimum=1, maximum=10_000)] = 1_000
    method: Annotated[
        Literal["m4", "minmax_last", "lttb", "raw"],
        About(
            "m4: exact for every pixel column; minmax_last: least and greatest of every column; "
            "lttb: may lose an extreme; raw: every point."
        ),
    ] = "m4"
    smooth: Annotated[
        Smooth | None, About("Also the smoothed curves, computed from all points before any are left out.")
    ] = None
    group: Annotated[
        GroupRequest | None,
        About("Groups of runs in place of each; every run counts once in a pixel column, smoothed where asked for."),
    ] = None


@attrs.frozen
class Series:
    """One curve: how long it is and the points of it that are shown."""

    run_id: str
    key: str
    total: Annotated[int, About("Points that the curve has.")]
    in_range: Annotated[int, About("Points of it in the window.")]
    returned: Annotated[int, About("Points that are given here.")]
    not_placed: Annotated[int, About("Points that have no place on the x axis, left out.")]
    nan: Annotated[int, About("Points in the window that are NaN; the first of each pixel column is given.")]
    infinite: Annotated[
        int, About("Points in the window that are infinite; the first of each sign and column is given.")
    ]
    before: Annotated[bool, About("Whether the first point given is the last one before the window.")]
    after: Annotated[bool, About("Whether the last point given is the first one after the window.")]
    x: Sequence[float]
    y: Sequence[float]
    smoothed: Annotated[Sequence[float] | None, About("The smoothed curve at the same x; null where not asked for.")]


@attrs.frozen
class GroupSeries:
    """The curves of a group's runs: for each pixel column that has points a middle, a band and how many runs."""

    key: str
    values: Annotated[Sequence[str | None], About("What the runs have in common, in the order of `group.by`.")]
    run_ids: Sequence[str]
    returned: Annotated[int, About("Pixel columns that are given here.")]
    x: Annotated[Sequence[float], About("The mean x of the points in a column.")]
    y: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    n: Annotated[Sequence[int], About("Runs that have points in the column.")]


@attrs.frozen
class MissingSeries:
    """A curve that was asked for and is not there."""

    run_id: str
    key: str


@attrs.frozen
class SeriesAnswer:
    """Curves, in the order of runs and keys, and the window they are shown in."""

    x: str
    x0: float | None
    x1: float | None
    width: int
    method: str
    series: Annotated[Sequence[Series], About("The curves; none where groups are asked for.")]
    groups: Annotated[Sequence[GroupSeries], About("By key, the groups with the most runs first.")]
    missing: Sequence[MissingSeries]


def series(call: Call) -> Reply:
    from runyard_api_v1 import smoothing
    from runyard_api_v1.series_reader import SeriesReader

    request: SeriesRequest = call.body
    if request.smooth is not None:
        smoothing.check(request.smooth)
    pairs = checked_pairs(request)
    if request.x0 is not None and request.x1 is not None and request.x0 > request.x1:
        raise InvalidInput(f"x0 must not be after x1, got {request.x0:g} and {request.x1:g}")
    answer = SeriesReader(call.shared.curves, call.stores, request, pairs).read()
    if call.accepts(FRAME):
        return Reply(answer.frame(), FRAME, {"Vary": "Accept"}, compressible=False)
    return Reply(orjson.dumps(answer.plain()), JSON, {"Vary": "Accept"})


def checked_pairs(request: SeriesRequest) -> list[Pair]:
    """Every run with every key, each once."""
    if request.x not in AXES:
        if not request.x.startswith(METRIC):
            known = did_you_mean(request.x, [*AXES, METRIC])
            raise InvalidInput(f"x must be step, relative, wall or metric:KEY, got {request.x!r:.80}{known}")
        check_key(request.x.removeprefix(METRIC), "metric")
    pairs = [(run, key) for run in dict.fromkeys(request.run_ids) for key in dict.fromkeys(request.keys)]
    if len(pairs) > MAX_PAIRS:
        raise InvalidInput(f"{len(pairs):,} curves are asked for, at most {MAX_PAIRS:,} at once; ask in several steps")
    return pairs


def plain_window(low: float, high: float) -> Mapping[str, float | None]:
    """The window as JSON has it, null where no point is anywhere."""
    return {"x0": low if math.isfinite(low) else None, "x1": high if math.isfinite(high) else None}


ENDPOINTS = (
    Endpoint(
        operation="readSeries",
        method="POST",
        path="/metrics/series",
        summary="Curves of runs for a chart, down-sampled with extremes kept.",
        tag="metrics",
        handle=series,
        body=SeriesRequest,
        answers={JSON: SeriesAnswer, FRAME: None},
        errors=(404,),
    ),
)
