"""What changed on a Runyard server."""

from __future__ import annotations

from collections.abc import Sequence

from runyard.entities import Change, Changes, Subject
from runyard.errors import InvalidInput
from runyard.wire import from_plain
from runyard_store_http.connection import Server
from runyard_store_http.peer import API
from runyard_store_http.reading import Json
from runyard_store_http.writing import query as query_of

MOST = 10_000


def read_changes(
    server: Server, store: str, subjects: Sequence[Subject], since: int | None, max_results: int
) -> Changes:
    """The changes of one of the server's stores, `tracking` or `registry`, which are told of together."""
    if max_results < 1:
        raise InvalidInput(f"max_results must be at least 1, got {max_results}")

    def read(answer: Json) -> Changes:
        items = [from_plain(Change, item) for item in answer["items"]]
        return Changes(
            [change for change in items if change.subject in subjects], int(answer[store]), bool(answer["reset"])
        )

    return server.get(f"{API}/changes", query_of(since=since, max_results=min(max_results, MOST)), reader=read)
