"""Saved views on a Runyard server."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import orjson

from runyard.entities import View
from runyard.errors import InvalidInput, NotFound
from runyard.wire import from_plain
from runyard_store_http.connection import Server
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.writing import query as query_of

PATH = f"{API}/views"


def save(
    server: Server,
    view_id: str,
    name: str,
    experiment_ids: Sequence[str],
    state: str,
    revision: int | None,
    user_id: str | None,
) -> View:
    """Change a view; a change whose answer was lost is found again by its revision."""
    wanted = _object(state)

    def saved_before() -> View | None:
        known = get(server, view_id)
        same = (known.name, list(known.experiment_ids), _object(known.state)) == (name, list(experiment_ids), wanted)
        return known if same and revision is not None and known.revision == revision + 1 else None

    body = {"name": name, "experiment_ids": list(experiment_ids), "state": wanted, "revision": revision}
    return server.post(_path(view_id), body, reader=_view, method="PUT", recall=saved_before, user=user_id)


def get(server: Server, view_id: str) -> View:
    return server.get(_path(view_id), reader=_view)


def listed(server: Server, experiment_id: str | None) -> list[View]:
    def read(answer: Json) -> list[View]:
        return [_view(item) for item in answer["views"]]

    return server.get(PATH, query_of(experiment_id=experiment_id), reader=read)


def delete(server: Server, view_id: str) -> None:
    def is_gone() -> bool | None:
        try:
            get(server, view_id)
        except NotFound:
            return True
        return None

    server.delete(_path(view_id), recall=is_gone)


def _path(view_id: str) -> str:
    return f"{PATH}/{quote(view_id, safe='')}"


def _object(state: str) -> object:
    try:
        found = orjson.loads(state)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the state of a view must be JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidInput("the state of a view that a server keeps must be a JSON object")
    return found


def _view(answer: Json) -> View:
    return from_plain(View, {**answer, "state": orjson.dumps(answer["state"]).decode()})
