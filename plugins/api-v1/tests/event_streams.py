"""Reads server-sent events as a browser does."""

from __future__ import annotations

import json
import queue
import socket
import threading
from contextlib import suppress
from typing import Any, NamedTuple, Self

import httpx

PATIENCE = 30.0


class Event(NamedTuple):
    name: str
    data: Any
    id: str


class Stream:
    """An open stream of events; a thread reads it, so that waiting for an event can end."""

    def __init__(self, url: str, *, last_id: str = "", **parameters: str) -> None:
        self._client = httpx.Client(timeout=60)
        self._request = self._client.build_request(
            "GET", f"{url}/api/v1/events", params=parameters, headers={"Last-Event-ID": last_id} if last_id else None
        )
        self._found: queue.Queue[Event | None] = queue.Queue()
        self.last_id = last_id

    def __enter__(self) -> Self:
        self._response = self._client.send(self._request, stream=True)
        assert self._response.status_code == 200, self._response.read()
        assert self._response.headers["content-type"].startswith("text/event-stream")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        # To close it would not wake the thread, which reads until the server says the next time that it is there.
        with suppress(OSError):  # the server has ended it
            self._response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._client.close()

    def next(self) -> Event:
        found = self._found.get(timeout=PATIENCE)
        assert found is not None, "the stream has ended"
        self.last_id = found.id or self.last_id
        return found

    def until(self, name: str, **wanted: Any) -> Event:
        """The next event of a name with these data."""
        while True:
            found = self.next()
            if found.name == name and all(found.data.get(key) == value for key, value in wanted.items()):
                return found

    def wait_for_end(self) -> None:
        while self._found.get(timeout=PATIENCE) is not None:
            pass

    def waiting(self) -> list[Event]:
        """What has come and was not looked at."""
        found = []
        while not self._found.empty():
            event = self._found.get()
            if event is not None:
                found.append(event)
        return found

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self._response.iter_lines():
                if line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    self._found.put(Event(fields["event"], json.loads(fields["data"]), fields.get("id", "")))
                    fields = {}
        except (httpx.HTTPError, httpx.StreamError):
            pass
        finally:
            self._found.put(None)
