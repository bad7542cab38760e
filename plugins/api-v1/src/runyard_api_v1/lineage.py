"""`/lineage`: what a model version, a run or a logged model came from and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import attrs

from runyard.tracking import lineage as core
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About


@attrs.frozen
class LineageParameters:
    of: Annotated[str, About("models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID or runs:/ID.", max_length=600)]


@attrs.frozen
class LineageNode:
    """A data set, a run, a logged model or a model version."""

    id: Annotated[str, About("dataset:NAME:DIGEST, run:ID, model:ID or version:NAME:NUMBER.")]
    kind: Literal["dataset", "run", "model", "version"]
    label: str
    found: Annotated[bool, About("Whether it exists and may be seen; else only its id is known.")]
    details: Annotated[Mapping[str, str], About("Such as status, stage, digest, experiment_id.")]


@attrs.frozen
class LineageEdge:
    """What the source gave to the target."""

    source: str
    target: str
    role: Annotated[str, About("used, produced, or registered.")]
    context: Annotated[str | None, About("What a data set was used for.")]


@attrs.frozen
class LineageAnswer:
    root: Annotated[str, About("The node that was asked for.")]
    nodes: Sequence[LineageNode]
    edges: Sequence[LineageEdge]
    truncated: Annotated[bool, About(f"Whether there are more nodes than {core.MAX_NODES}.")]


def lineage(call: Call) -> LineageAnswer:
    found = core.lineage(call.parameters.of, call.stores.tracking, call.stores.registry)
    return LineageAnswer(
        found.root,
        [LineageNode(node.id, node.kind, node.label, node.found, node.details) for node in found.nodes],
        [LineageEdge(edge.source, edge.target, edge.role, edge.context) for edge in found.edges],
        found.truncated,
    )


ENDPOINTS = (
    Endpoint(
        operation="getLineage",
        method="GET",
        path="/lineage",
        summary="Where a model version, a logged model or a run came from, and what came of it.",
        tag="models",
        handle=lineage,
        parameters=LineageParameters,
        answers={JSON: LineageAnswer},
        errors=(404,),
    ),
)
