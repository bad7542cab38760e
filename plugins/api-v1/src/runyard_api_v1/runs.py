"""`/runs/{run_id}`: everything of a run, and its children."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.entities import Run, RunInfo, ViewType
from runyard.protocols.tracking import RunQuery
from runyard.query import Target, parse_filter
from runyard.validation import check_run_id
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About

PARENT_TAG = "mlflow.parentRunId"


@attrs.frozen
class RunParameters:
    run_id: Annotated[str, About("The run.", max_length=256)]


@attrs.frozen
class ChildrenParameters:
    run_id: Annotated[str, About("The run whose children are wanted.", max_length=256)]
    max_results: Annotated[int, About("How many children at most.", minimum=1, maximum=10_000)] = 100
    page_token: Annotated[str | None, About("The `next_page_token` of the page before.", max_length=4_000)] = None


@attrs.frozen
class ChildrenAnswer:
    """Runs that name this one as their parent, the last that began first."""

    runs: Sequence[RunInfo]
    next_page_token: str | None


def run(call: Call) -> Run:
    return call.stores.tracking.get_run(call.parameters.run_id)


def children(call: Call) -> ChildrenAnswer:
    asked: ChildrenParameters = call.parameters
    parent = call.stores.tracking.get_run(check_run_id(asked.run_id)).info
    page = call.stores.tracking.search_runs(
        RunQuery(
            experiment_ids=[parent.experiment_id],
            filter=parse_filter(f"tags.`{PARENT_TAG}` = '{parent.run_id}'", Target.RUNS),
            view=ViewType.ACTIVE_ONLY,
            max_results=asked.max_results,
            page_token=asked.page_token,
            columns=(),
        )
    )
    return ChildrenAnswer([found.info for found in page], page.token)


ENDPOINTS = (
    Endpoint(
        operation="getRun",
        method="GET",
        path="/runs/{run_id}",
        summary="Everything of a run but its metrics' histories and its artifacts.",
        tag="runs",
        handle=run,
        parameters=RunParameters,
        answers={JSON: Run},
        errors=(404,),
    ),
    Endpoint(
        operation="listChildren",
        method="GET",
        path="/runs/{run_id}/children",
        summary="The runs of the same experiment that name this one as their parent.",
        tag="runs",
        handle=children,
        parameters=ChildrenParameters,
        answers={JSON: ChildrenAnswer},
        errors=(404,),
    ),
)
