"""`/views`: saved ways of looking at runs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import attrs
import orjson

from runyard.entities import View
from runyard.errors import InvalidInput
from runyard.protocols.changes import KeepsViews
from runyard_api_v1 import capabilities
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About

MAX_STATE = 256 << 10  # bytes


@attrs.frozen
class ViewRequest:
    """What a view is to be."""

    name: Annotated[str, About("What people call it.", max_length=250)]
    experiment_ids: Annotated[Sequence[str], About("The experiments that it looks at.", max_items=1_000)]
    state: Annotated[Mapping[str, Any], About(f"Whatever whoever shows it wants to keep; at most {MAX_STATE:,} bytes.")]
    revision: Annotated[
        int | None,
        About(
            "The revision that was changed; refused with 409 where it is not the last one. Without it, nothing is "
            "refused.",
            minimum=0,
        ),
    ] = None


@attrs.frozen
class SavedView:
    """A saved way of looking at runs."""

    view_id: str
    name: str
    experiment_ids: Sequence[str]
    state: Mapping[str, Any]
    creation_time: int
    last_update_time: int
    revision: Annotated[int, About("Counts up with every change.")]
    user_id: str | None

    @classmethod
    def of(cls, view: View) -> SavedView:
        fields = {name: getattr(view, name) for name in (one.name for one in attrs.fields(cls))}
        return cls(**{**fields, "state": _state(view.state)})


@attrs.frozen
class SavedViews:
    views: Sequence[SavedView]


@attrs.frozen
class ViewParameters:
    view_id: Annotated[str, About("The view.", max_length=256)]


@attrs.frozen
class ViewsParameters:
    experiment_id: Annotated[str | None, About("Those of an experiment only.", max_length=256)] = None


def list_views(call: Call) -> SavedViews:
    parameters: ViewsParameters = call.parameters
    return SavedViews([SavedView.of(view) for view in _store(call).list_views(parameters.experiment_id)])


def create_view(call: Call) -> SavedView:
    request: ViewRequest = call.body
    if request.revision is not None:
        raise InvalidInput("a new view has no revision yet; leave it out, or PUT to the view that is to be changed")
    return _save(call, uuid.uuid4().hex, request)


def get_view(call: Call) -> SavedView:
    return SavedView.of(_store(call).get_view(call.parameters.view_id))


def save_view(call: Call) -> SavedView:
    request: ViewRequest = call.body
    view_id = call.parameters.view_id
    _store(call).get_view(view_id)  # ids of views are given by the server
    return _save(call, view_id, request)


def delete_view(call: Call) -> None:
    view_id = call.parameters.view_id
    _store(call).get_view(view_id)
    _store(call).delete_view(view_id)


def _save(call: Call, view_id: str, request: ViewRequest) -> SavedView:
    state = orjson.dumps(request.state).decode()
    if len(state) > MAX_STATE:
        raise InvalidInput(f"the state of a view has at most {MAX_STATE:,} bytes, got {len(state):,}")
    if not request.name.strip():
        raise InvalidInput("a view needs a name")
    view = _store(call).save_view(
        view_id,
        name=request.name,
        experiment_ids=request.experiment_ids,
        state=state,
        user_id=call.user,
        revision=request.revision,
    )
    return SavedView.of(view)


def _state(text: str) -> Mapping[str, Any]:
    """The state as an object; what another program kept there in its own way is handed on as it is."""
    try:
        state = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"text": text}
    return state if isinstance(state, dict) else {"value": state}


def _store(call: Call) -> KeepsViews:
    return capabilities.views(call.stores)


ENDPOINTS = (
    Endpoint(
        operation="listViews",
        method="GET",
        path="/views",
        summary="Saved views, by name.",
        tag="views",
        handle=list_views,
        parameters=ViewsParameters,
        answers={JSON: SavedViews},
        errors=(404, 501),
    ),
    Endpoint(
        operation="createView",
        method="POST",
        path="/views",
        summary="Save a new view.",
        tag="views",
        handle=create_view,
        body=ViewRequest,
        answers={JSON: SavedView},
        errors=(404, 501),
    ),
    Endpoint(
        operation="getView",
        method="GET",
        path="/views/{view_id}",
        summary="One view.",
        tag="views",
        handle=get_view,
        parameters=ViewParameters,
        answers={JSON: SavedView},
        errors=(404, 501),
    ),
    Endpoint(
        operation="saveView",
        method="PUT",
        path="/views/{view_id}",
        summary="Change a view.",
        tag="views",
        handle=save_view,
        parameters=ViewParameters,
        body=ViewRequest,
        answers={JSON: SavedView},
        errors=(404, 409, 501),
    ),
    Endpoint(
        operation="deleteView",
        method="DELETE",
        path="/views/{view_id}",
        summary="Delete a view.",
        tag="views",
        handle=delete_view,
        parameters=ViewParameters,
        errors=(404, 501),
    ),
)
