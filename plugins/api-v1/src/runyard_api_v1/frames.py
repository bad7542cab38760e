"""`/runs/columns`: many runs as a few columns, for tables."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Annotated

import attrs
import orjson

from runyard.entities import ViewType
from runyard.errors import Forbidden, InvalidInput
from runyard.protocols.changes import RecordsChanges
from runyard.protocols.frames import Column, Frame, FrameQuery, NumberColumn
from runyard.query import Identifier, Target, parse_filter, parse_order
from runyard.wire import plain_float
from runyard_api_v1 import capabilities, column_names
from runyard_api_v1.endpoints import JSON, Call, Endpoint, Reply
from runyard_api_v1.fields import About

FRAME = "application/vnd.runyard.frame"
MAX_CELLS = 20_000_000
MAX_ROWS = 1_000_000


@attrs.frozen
class ColumnsRequest:
    """Which runs, in which order, and which columns of them."""

    experiment_ids: Annotated[Sequence[str], About("The experiments.", min_items=1, max_items=1_000)]
    columns: Annotated[
        Sequence[str],
        About(
            "attributes.NAME, params.KEY, tags.KEY, metrics.KEY, or metrics.KEY@last, @min, @max, @first, @mean, "
            "@best_step; keys as they are, without quotes.",
            max_items=1_000,
        ),
    ] = ()
    filter: Annotated[str | None, About("A filter, such as metrics.loss < 0.1 and params.lr = '0.01'.")] = None
    order_by: Annotated[Sequence[str], About("Orders, such as metrics.loss ASC.", max_items=20)] = ()
    offset: Annotated[int, About("Runs that are left out at the start.", minimum=0, maximum=1_000_000_000)] = 0
    limit: Annotated[int, About("How many runs at most.", minimum=1, maximum=MAX_ROWS)] = 1_000
    view: Annotated[ViewType, About("Whether runs in use, deleted ones or all.")] = ViewType.ACTIVE_ONLY
    single: Annotated[bool, About("In a frame, numbers of 4 bytes each, good enough to look at.")] = False


@attrs.frozen
class FrameColumn:
    """One column, a value for each run: a number, a text or null."""

    key: Annotated[str, About("The column as it was asked for.")]
    type: Annotated[str, About("number or text.")]
    values: Sequence[float | str | None]


@attrs.frozen
class ColumnsAnswer:
    """Runs as columns of equal length."""

    total: Annotated[int, About("How many runs match in all.")]
    offset: int
    run_ids: Sequence[str]
    columns: Sequence[FrameColumn]


def columns(call: Call) -> Reply:
    from runyard_api_v1.column_frames import binary_frame

    request: ColumnsRequest = call.body
    is_binary = call.accepts(FRAME)
    query, wanted = _query(request)
    store = capabilities.frames(call.stores)
    tag = etag(call, request, is_binary=is_binary)  # read first: what is written meanwhile must not look known
    headers = {"Vary": "Accept", "Cache-Control": "private, no-cache"} | ({"ETag": tag} if tag else {})
    if tag and tag in call.header("if-none-match"):
        return Reply(b"", status=304, headers=headers)
    frame = store.read_frame(query)
    if is_binary:
        return Reply(binary_frame(frame, wanted, request.offset, single=request.single), FRAME, headers)
    found = [_plain(name, frame.columns[wanted[name]]) for name in wanted]
    plain = {"total": frame.total, "offset": request.offset, "run_ids": list(frame.run_ids), "columns": found}
    return Reply(orjson.dumps(plain), JSON, headers)


def _query(request: ColumnsRequest) -> tuple[FrameQuery, Mapping[str, Identifier]]:
    wanted = column_names.columns(request.columns)
    cells = request.limit * max(len(wanted), 1)
    if cells > MAX_CELLS:
        raise InvalidInput(
            f"{request.limit:,} runs with {len(wanted):,} columns are {cells:,} cells, at most {MAX_CELLS:,} are given "
            "at once; ask for fewer columns or in several steps, with offset"
        )
    return (
        FrameQuery(
            experiment_ids=request.experiment_ids,
            columns=list(dict.fromkeys(wanted.values())),
            filter=parse_filter(request.filter, Target.RUNS),
            view=request.view,
            order_by=parse_order(request.order_by, Target.RUNS),
            offset=request.offset,
            max_results=request.limit,
        ),
        wanted,
    )


def etag(call: Call, request: object, *, is_binary: bool) -> str | None:
    """A tag that changes with whatever the answer is made of; None where the store does not tell what changes."""
    tracking = call.stores.tracking
    if not isinstance(tracking, RecordsChanges):
        return None
    try:
        number = tracking.changes().last
    except Forbidden:
        return None
    text = repr((request, is_binary, call.user))
    return f'W/"{number}-{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def _plain(name: str, column: Column) -> dict[str, object]:
    if isinstance(column, NumberColumn):
        pairs = zip(column.values, column.present, strict=True)
        values: list[float | str | None] = [
            (value if math.isfinite(value) else plain_float(value)) if present else None for value, present in pairs
        ]
        return {"key": name, "type": "number", "values": values}
    texts = [column.categories[code] if code >= 0 else None for code in column.codes]
    return {"key": name, "type": "text", "values": texts}


def read_all(call: Call, request: FrameQuery) -> Frame:
    """A frame of every matching run.

    Raises:
        InvalidInput: they are too many.
    """
    frame = capabilities.frames(call.stores).read_frame(request)
    if frame.total > len(frame.run_ids):
        raise InvalidInput(
            f"{frame.total:,} runs match, and at most {request.max_results:,} can be looked at with these columns; "
            "narrow the filter or ask for fewer columns"
        )
    return frame


ENDPOINTS = (
    Endpoint(
        operation="readColumns",
        method="POST",
        path="/runs/columns",
        summary="Runs as columns: filtered, ordered, with their true total.",
        tag="runs",
        handle=columns,
        body=ColumnsRequest,
        answers={JSON: ColumnsAnswer, FRAME: None},
        errors=(304, 404, 501),
    ),
)
