"""`/runs/schema`: what runs have, for pickers of columns, axes and filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import attrs

from runyard.entities import ViewType
from runyard.errors import InvalidInput
from runyard.protocols.frames import FrameQuery, FrameSchema, KeySummary, NumberColumn
from runyard.query import Identifier, Kind, Target, parse_filter
from runyard.query.numbers import as_number
from runyard_api_v1 import capabilities
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.frames import MAX_ROWS, read_all

MAX_CELLS = 2_000_000  # that are looked at for quantiles


@attrs.frozen
class SchemaRequest:
    """Which runs are looked at, and which of their keys are told."""

    experiment_ids: Annotated[Sequence[str], About("The experiments.", min_items=1, max_items=1_000)]
    filter: Annotated[str | None, About("A filter of the runs.")] = None
    view: Annotated[ViewType, About("Whether runs in use, deleted ones or all.")] = ViewType.ACTIVE_ONLY
    kinds: Annotated[Sequence[Literal["metric", "param", "tag"]], About("Kinds of keys.", max_items=3)] = (
        "metric",
        "param",
        "tag",
    )
    search: Annotated[str | None, About("Keys that contain this only, in whatever case.", max_length=250)] = None
    varying: Annotated[bool, About("Keys only whose values are not all the same.")] = False
    max_values: Annotated[
        int, About("Values are listed where there are no more than so many.", minimum=0, maximum=500)
    ] = 50
    quantiles: Annotated[
        Sequence[float],
        About(
            f"Quantiles of numbers, each between 0 and 1; runs times keys with numbers are at most {MAX_CELLS:,}.",
            max_items=21,
        ),
    ] = ()
    offset: Annotated[int, About("Keys that are left out at the start.", minimum=0)] = 0
    limit: Annotated[int, About("How many keys at most.", minimum=1, maximum=20_000)] = 1_000


@attrs.frozen
class ValueCount:
    """A value and how many runs have it."""

    value: str
    runs: int


@attrs.frozen
class SchemaKey:
    """What runs have under one key; of metrics, their last values."""

    key: Annotated[str, About("A column, such as metrics.loss@last or params.lr.")]
    kind: Annotated[str, About("metric, param or tag.")]
    name: str
    runs: Annotated[int, About("How many runs have it.")]
    type: Annotated[str, About("number, or text.")]
    varies: Annotated[bool, About("Whether not all runs that were looked at have one and the same value.")]
    least: float | None
    greatest: float | None
    quantiles: Annotated[Sequence[float] | None, About("Those that were asked for; null where it has no numbers.")]
    values: Annotated[
        Sequence[ValueCount] | None, About("Its different values, the most frequent first; null where many.")
    ]


@attrs.frozen
class SchemaAnswer:
    """What runs have."""

    total: Annotated[int, About("How many runs match.")]
    total_keys: Annotated[int, About("How many keys match.")]
    keys: Sequence[SchemaKey]


def schema(call: Call) -> SchemaAnswer:
    request: SchemaRequest = call.body
    if not all(0 <= quantile <= 1 for quantile in request.quantiles):
        raise InvalidInput("quantiles lie between 0 and 1")
    found = capabilities.frames(call.stores).describe_frame(
        request.experiment_ids,
        filter=parse_filter(request.filter, Target.RUNS),
        view=request.view,
        max_values=request.max_values,
    )
    keys = [key for key in found.keys if _is_wanted(key, request)]
    page = keys[request.offset : request.offset + request.limit]
    quantiles = _quantiles(call, request, found, page) if request.quantiles else {}
    return SchemaAnswer(found.total, len(keys), [_described(key, quantiles.get(key.identifier)) for key in page])


def _is_wanted(key: KeySummary, request: SchemaRequest) -> bool:
    return (
        key.identifier.kind.value in request.kinds
        and (request.search is None or request.search.lower() in key.identifier.key.lower())
        and (key.varies or not request.varying)
    )


def _described(key: KeySummary, quantiles: Sequence[float] | None) -> SchemaKey:
    identifier = key.identifier
    suffix = "@last" if identifier.kind is Kind.METRIC else ""
    return SchemaKey(
        key=f"{identifier.kind}s.{identifier.key}{suffix}",
        kind=identifier.kind.value,
        name=identifier.key,
        runs=key.runs,
        type="number" if key.numeric else "text",
        varies=key.varies,
        least=key.least,
        greatest=key.greatest,
        quantiles=quantiles,
        values=None if key.values is None else [ValueCount(value, runs) for value, runs in key.values],
    )


def _quantiles(
    call: Call, request: SchemaRequest, found: FrameSchema, page: Sequence[KeySummary]
) -> dict[Identifier, list[float]]:
    import numpy as np

    numeric = [key.identifier for key in page if key.numeric]
    if len(numeric) * found.total > MAX_CELLS:
        raise InvalidInput(
            f"quantiles of {len(numeric):,} keys over {found.total:,} runs are too many, at most {MAX_CELLS:,} values "
            "are looked at; ask for fewer keys, with search or limit"
        )
    query = FrameQuery(
        experiment_ids=request.experiment_ids,
        columns=numeric,
        filter=parse_filter(request.filter, Target.RUNS),
        view=request.view,
        max_results=min(MAX_ROWS, MAX_CELLS // max(len(numeric), 1)),
    )
    frame = read_all(call, query)
    quantiles: dict[Identifier, list[float]] = {}
    for identifier, column in frame.columns.items():
        if isinstance(column, NumberColumn):
            values = np.frombuffer(column.values, np.float64)[np.frombuffer(column.present, np.uint8) > 0]
        else:
            texts = [as_number(text) for text in column.categories]
            numbers = np.array([np.nan if one is None else one for one in texts] + [np.nan])
            values = numbers[np.frombuffer(column.codes, np.dtype(column.codes.typecode))]
        values = values[np.isfinite(values)]
        if len(values):
            quantiles[identifier] = np.quantile(values, request.quantiles).tolist()
    return quantiles


ENDPOINTS = (
    Endpoint(
        operation="describeRuns",
        method="POST",
        path="/runs/schema",
        summary="The keys that runs have: how many have them, their types, ranges and values.",
        tag="runs",
        handle=schema,
        body=SchemaRequest,
        answers={JSON: SchemaAnswer},
        errors=(404, 501),
    ),
)
