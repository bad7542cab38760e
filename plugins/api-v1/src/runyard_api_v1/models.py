"""`/models/{name}/...`: what happened to a registered model, and what an alias meant at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import attrs

from runyard.entities import ModelVersion, RegistryEvent
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About


@attrs.frozen
class HistoryParameters:
    name: Annotated[str, About("The registered model.", max_length=256)]
    version: Annotated[int | None, About("What happened to this version only.", minimum=1)] = None
    max_results: Annotated[int, About("How many events at most.", minimum=1, maximum=10_000)] = 1_000
    page_token: Annotated[str | None, About("The `next_page_token` of the page before.", max_length=4_000)] = None


@attrs.frozen
class HistoryAnswer:
    """What happened, oldest first."""

    events: Sequence[RegistryEvent]
    next_page_token: str | None


@attrs.frozen
class AliasParameters:
    name: Annotated[str, About("The registered model.", max_length=256)]
    alias: Annotated[str, About("The alias; `latest` is the highest version.", max_length=256)]
    at: Annotated[int | None, About("As it was at this time; as it is where left out.", minimum=0)] = None


def history(call: Call) -> HistoryAnswer:
    asked: HistoryParameters = call.parameters
    page = call.stores.registry.history(
        asked.name, version=asked.version, max_results=asked.max_results, page_token=asked.page_token
    )
    return HistoryAnswer(page.items, page.token)


def alias(call: Call) -> ModelVersion:
    asked: AliasParameters = call.parameters
    return call.stores.registry.get_model_version_by_alias(asked.name, asked.alias, at=asked.at)


ENDPOINTS = (
    Endpoint(
        operation="getModelHistory",
        method="GET",
        path="/models/{name}/history",
        summary="What happened to a registered model, oldest first; it outlives the model.",
        tag="models",
        handle=history,
        parameters=HistoryParameters,
        answers={JSON: HistoryAnswer},
        errors=(404,),
    ),
    Endpoint(
        operation="getModelVersionByAlias",
        method="GET",
        path="/models/{name}/aliases/{alias}",
        summary="The version that an alias points to, or pointed to at a time.",
        tag="models",
        handle=alias,
        parameters=AliasParameters,
        answers={JSON: ModelVersion},
        errors=(404,),
    ),
)
