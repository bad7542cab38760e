"""`/runs/aggregate`: groups of runs and what their numbers are like; cells of a plane for very many runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.entities import ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import FrameQuery
from runyard.query import Kind, Target, parse_filter
from runyard_api_v1 import column_names
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.frames import MAX_CELLS, MAX_ROWS, read_all


@attrs.frozen
class BinsRequest:
    """A plane of two numbers, cut into cells."""

    x: Annotated[
        str, About("A column of numbers, such as params.lr or metrics.loss@min; params that read as numbers count.")
    ]
    y: Annotated[str, About("The same for the other axis.")]
    x_bins: Annotated[int, About("Cells along x.", minimum=1, maximum=1_000)] = 50
    y_bins: Annotated[int, About("Cells along y.", minimum=1, maximum=1_000)] = 50
    x_log: Annotated[bool, About("Whether x is cut by its logarithm; what is not above 0 is left out.")] = False
    y_log: Annotated[bool, About("The same for y.")] = False


@attrs.frozen
class AggregateRequest:
    """Which runs, how they are grouped, and which numbers of them are summed up."""

    experiment_ids: Annotated[Sequence[str], About("The experiments.", min_items=1, max_items=1_000)]
    filter: Annotated[str | None, About("A filter of the runs.")] = None
    view: Annotated[ViewType, About("Whether runs in use, deleted ones or all.")] = ViewType.ACTIVE_ONLY
    group_by: Annotated[
        Sequence[str], About("Params, tags and attributes; one group of all where none is given.", max_items=8)
    ] = ()
    columns: Annotated[
        Sequence[str],
        About("Columns of numbers, such as metrics.loss@min; params that read as numbers count.", max_items=100),
    ] = ()
    quantiles: Annotated[Sequence[float], About("Quantiles, each between 0 and 1.", max_items=21)] = ()
    bins: Annotated[BinsRequest | None, About("Cells of a plane, beside the groups.")] = None
    limit: Annotated[int, About("How many groups at most, those with the most runs.", minimum=1, maximum=20_000)] = (
        1_000
    )


@attrs.frozen
class Summary:
    """What the numbers of a group are like; infinities count as numbers, NaN does not."""

    key: str
    n: Annotated[int, About("Runs of the group that have a number.")]
    nan: Annotated[int, About("Runs whose value is NaN.")]
    mean: float | None
    std: Annotated[float | None, About("Standard deviation of a sample; null for fewer than two numbers.")]
    min: float | None
    max: float | None
    median: float | None
    quantiles: Annotated[Sequence[float], About("Those that were asked for; none where there is no number.")]


@attrs.frozen
class Group:
    """Runs that have the same values."""

    values: Annotated[Sequence[float | str | None], About("In the order of `group_by`; null for runs without a value.")]
    runs: int
    summaries: Annotated[Sequence[Summary], About("In the order of `columns`.")]


@attrs.frozen
class Bins:
    """How many runs each cell of the plane holds."""

    x_edges: Annotated[Sequence[float], About("One more than there are cells.")]
    y_edges: Sequence[float]
    counts: Annotated[Sequence[Sequence[int]], About("counts[i][j]: runs in cell i along x and j along y.")]
    left_out: Annotated[int, About("Runs without two finite numbers.")]


@attrs.frozen
class AggregateAnswer:
    """Groups, those with the most runs first."""

    total: Annotated[int, About("How many runs match.")]
    total_groups: int
    groups: Sequence[Group]
    bins: Bins | None


def aggregate(call: Call) -> AggregateAnswer:
    from runyard_api_v1.grouping import binned, grouped

    request: AggregateRequest = call.body
    if not all(0 <= quantile <= 1 for quantile in request.quantiles):
        raise InvalidInput("quantiles lie between 0 and 1")
    group_by = [column_names.column(name) for name in request.group_by]
    for name, identifier in zip(request.group_by, group_by, strict=True):
        if identifier.kind is Kind.METRIC:
            raise InvalidInput(f"runs are grouped by params, tags and attributes, not by {name!r:.80}")
    numbers = {name: column_names.column(name) for name in request.columns}
    bins = request.bins
    plane = [] if bins is None else [column_names.column(bins.x), column_names.column(bins.y)]
    wanted = list(dict.fromkeys([*group_by, *numbers.values(), *plane]))
    frame = read_all(
        call,
        FrameQuery(
            experiment_ids=request.experiment_ids,
            columns=wanted,
            filter=parse_filter(request.filter, Target.RUNS),
            view=request.view,
            max_results=min(MAX_ROWS, MAX_CELLS // max(len(wanted), 1)),
        ),
    )
    groups = grouped(frame, group_by, numbers, request.quantiles, request.limit)
    return AggregateAnswer(frame.total, groups.total, groups.groups, binned(frame, bins, plane) if bins else None)


ENDPOINTS = (
    Endpoint(
        operation="aggregateRuns",
        method="POST",
        path="/runs/aggregate",
        summary="Groups of runs with mean, spread and quantiles of their numbers; counts in the cells of a plane.",
        tag="runs",
        handle=aggregate,
        body=AggregateRequest,
        answers={JSON: AggregateAnswer},
        errors=(404, 501),
    ),
)
