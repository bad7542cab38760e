"""`/changes` and `/events`: what happens, by asking or by being told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

import attrs

from runyard.entities import Change
from runyard.errors import Unavailable
from runyard.server.threads import in_thread
from runyard_api_v1.changes import ChangesAnswer, ChangesParameters, Cursor, Sources, read_changes
from runyard_api_v1.endpoints import JSON, Call, Endpoint
from runyard_api_v1.fields import About
from runyard_api_v1.hub import Listener, event, events_of
from runyard_api_v1.run_events import ResetEvent, RunEvent
from runyard_api_v1.topics import Topics

if TYPE_CHECKING:
    from starlette.responses import StreamingResponse

BEAT = 15.0  # seconds after which a silent stream says that it lives
MAX_MISSED = 5_000  # changes that are told after the fact; who missed more reads everything anew
STREAM = "text/event-stream"


@attrs.frozen
class EventsParameters:
    topics: Annotated[
        str | None,
        About(
            "What to tell of, with commas between: exp:ID, run:ID, model:NAME, experiments, models. All if left out.",
            max_length=30_000,
        ),
    ] = None
    since: Annotated[
        str | None, About("Where to go on, as the header Last-Event-ID says it; from now on where neither is given.")
    ] = None


def changes(call: Call) -> ChangesAnswer:
    parameters: ChangesParameters = call.parameters
    since = None if parameters.since is None else Cursor.parse(parameters.since)
    return read_changes(Sources.seen_by(call.stores), since, parameters.max_results)


def events(call: Call) -> StreamingResponse:
    from starlette.responses import StreamingResponse

    parameters: EventsParameters = call.parameters
    topics = Topics.parse(parameters.topics)
    place = call.header("last-event-id") or parameters.since
    since = Cursor.parse(place) if place else None
    read_changes(Sources.seen_by(call.stores), None)  # what is refused is refused before the stream begins
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_stream(call, topics, since), headers=headers, media_type=STREAM)


async def _stream(call: Call, topics: Topics, since: Cursor | None) -> AsyncIterator[bytes]:
    hub, listener = call.shared.hub, Listener(call.stores, topics, asyncio.get_running_loop())
    yield b"retry: 1000\n\n"
    try:
        seen = Sources.seen_by(call.stores)
        is_lost = since is not None and (await in_thread(read_changes, seen, since)).reset
        if since is not None and not is_lost:
            listener.cursor = since
        try:
            start = await in_thread(hub.join, listener, call.service)
        except Unavailable as error:
            yield event("refused", {"error_code": error.code, "message": error.message})
            return
        if is_lost:
            yield _reset(start)
        elif since is not None:
            async for content in _missed(listener, since, start):
                yield content
        while True:
            try:
                found = await asyncio.wait_for(listener.next(), BEAT)
            except TimeoutError:
                yield b": beat\n\n"
                continue
            if found is None:
                return
            yield found
    finally:
        hub.leave(listener)


async def _missed(listener: Listener, since: Cursor, until: Cursor) -> AsyncIterator[bytes]:
    """What happened between a client's last event and its return."""
    told = 0
    while since != since.latest(until):
        found = await in_thread(read_changes, Sources.seen_by(listener.stores), since)
        told += len(found.items)
        if found.reset or told > MAX_MISSED:
            yield _reset(until)
            return
        items = [change for change in found.items if not until.is_before(change)]
        content = b"".join(events_of(items, since, listener))
        if content:
            yield content
        after = since.latest(Cursor(found.tracking, found.registry))
        if after == since:
            return
        since = after


def _reset(cursor: Cursor) -> bytes:
    return event("reset", {"last": str(cursor)}, cursor)


ENDPOINTS = (
    Endpoint(
        operation="readChanges",
        method="GET",
        path="/changes",
        summary="What changed since a place, oldest first.",
        tag="live",
        handle=changes,
        parameters=ChangesParameters,
        answers={JSON: ChangesAnswer},
        errors=(501,),
    ),
    Endpoint(
        operation="streamEvents",
        method="GET",
        path="/events",
        summary="What changes, as server-sent events: change (a Change), run (a RunEvent, at most once a second a run) "
        "and reset (a ResetEvent).",
        tag="live",
        handle=events,
        parameters=EventsParameters,
        answers={STREAM: None},
        errors=(501,),
        events=(Change, RunEvent, ResetEvent),
    ),
)
