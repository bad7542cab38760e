"""One thread that looks for changes while somebody listens, and tells every listener what it asked for."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import orjson

from runyard.entities import Change, Run, Subject
from runyard.errors import Forbidden, NotFound, Unavailable
from runyard.protocols.access import Resource, ResourceKind
from runyard.server.service import Service, Stores
from runyard.wire import to_plain
from runyard_api_v1.changes import Cursor, Sources, check_listening, is_visible, read_changes
from runyard_api_v1.run_events import RunEvent
from runyard_api_v1.topics import Topics

INTERVAL = 0.25  # seconds between looks
RUN_INTERVAL = 1.0  # seconds between two events of one run
MAX_WAITING = 1 << 20  # bytes that wait for a listener that is slow
MAX_LISTENERS = 1_000
MAX_RUNS = 100  # runs that are read at one look

log = logging.getLogger(__name__)


class Listener:
    """One who listens: the topics, the policy's view of the stores, and what waits to be sent."""

    def __init__(self, stores: Stores, topics: Topics, loop: asyncio.AbstractEventLoop) -> None:
        self.stores = stores
        self.topics = topics
        self.cursor = Cursor()  # what is not after it has been sent
        self._loop = loop
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._has_more = asyncio.Event()
        self._ended = False

    def may_see(self, change: Change) -> bool:
        return self.topics.include(change) and is_visible(self.stores.access, change)

    def offer(self, content: bytes, cursor: Cursor) -> None:
        """Have something sent; called from the hub's thread."""
        self._call(lambda: self._add(content, cursor))

    def end(self) -> None:
        self._call(self._end)

    async def next(self) -> bytes | None:
        """What is to be sent; None at the end."""
        while not self._waiting:
            if self._ended:
                return None
            self._has_more.clear()
            await self._has_more.wait()
        content = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        return content

    def _call(self, work: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)

    def _add(self, content: bytes, cursor: Cursor) -> None:
        if self._bytes + len(content) > MAX_WAITING:
            content = event("reset", {"last": str(cursor)}, cursor)
            self._waiting.clear()
            self._bytes = 0
        self._waiting.append(content)
        self._bytes += len(content)
        self._has_more.set()

    def _end(self) -> None:
        self._ended = True
        self._has_more.set()


class Hub:
    """The listeners of one server process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._cursor = Cursor()
        self._due: dict[str, Change] = {}  # runs that an event is owed for, with their last change
        self._told: dict[str, float] = {}  # when the last event of a run was sent

    def join(self, listener: Listener, service: Service) -> Cursor:
        """Let somebody listen; the place from which on it will be told.

        Raises:
            Unavailable: too many listen already.
        """
        last = read_changes(Sources.unfiltered(service), None)
        with self._lock:
            if len(self._listeners) >= MAX_LISTENERS:
                raise Unavailable(f"{MAX_LISTENERS} clients listen to this server already; poll /changes instead")
            if self._thread is None:
                self._cursor = Cursor(last.tracking, last.registry)
                self._due, self._told = {}, {}
                self._thread = threading.Thread(target=self._watch, args=(service,), name="runyard-events", daemon=True)
                self._thread.start()
            self._listeners.append(listener)
            return self._cursor

    def leave(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    @property
    def is_watching(self) -> bool:
        return self._thread is not None

    def _watch(self, service: Service) -> None:
        try:
            while not service.closing.wait(INTERVAL):
                with self._lock:
                    listeners = tuple(self._listeners)
                    if not listeners:
                        return
                self._look(service, [one for one in listeners if self._is_allowed(one)])
        finally:  # whatever happened, clients see the end of their stream and come back
            with self._lock:
                left, self._listeners, self._thread = self._listeners, [], None
            for listener in left:
                listener.end()

    def _is_allowed(self, listener: Listener) -> bool:
        """Whether somebody who was let in still may listen; else that is the end of it."""
        try:
            check_listening(listener.stores.access)
        except Forbidden:
            self.leave(listener)
            listener.end()
            return False
        return True

    def _look(self, service: Service, listeners: Sequence[Listener]) -> None:
        try:
            found = read_changes(Sources.unfiltered(service), self._cursor, 10_000)
        except Unavailable as error:
            log.warning("changes cannot be read now: %s", error)
            return
        last = Cursor(found.tracking, found.registry)
        if found.reset:
            for listener in listeners:
                listener.offer(event("reset", {"last": str(last)}, last), last)
        self._tell_changes(listeners, found.items)
        with self._lock:
            self._cursor = last
        self._tell_runs(listeners)

    def _tell_changes(self, listeners: Sequence[Listener], changes: Sequence[Change]) -> None:
        for_each: dict[Listener, list[bytes]] = {}
        cursor = self._cursor
        for change in changes:
            cursor = cursor.after(change)
            content = change_event(change, cursor)
            interested = [one for one in listeners if one.cursor.is_before(change) and one.may_see(change)]
            for listener in interested:
                for_each.setdefault(listener, []).append(content)
            if interested and change.subject is Subject.RUN:
                self._due[change.id] = change
        for listener, contents in for_each.items():
            listener.offer(b"".join(contents), cursor)

    def _tell_runs(self, listeners: Sequence[Listener]) -> None:
        now = time.monotonic()
        self._told = {run_id: at for run_id, at in self._told.items() if now - at < RUN_INTERVAL}
        ready = itertools.islice((run_id for run_id in self._due if run_id not in self._told), MAX_RUNS)
        for run_id in list(ready):
            change = self._due.pop(run_id)
            interested = [one for one in listeners if one.may_see(change)]
            run = _run(interested, run_id)
            if run is None:
                continue
            self._told[run_id] = now
            content = event("run", to_plain(RunEvent.of(run)))
            for listener in interested:
                if listener.stores.access.may_read("tracking.get_run", Resource(ResourceKind.RUN, run_id)):
                    listener.offer(content, self._cursor)


def event(name: str, data: object, cursor: Cursor | None = None) -> bytes:
    """A server-sent event; with a cursor, one that a client can go on from."""
    place = f"id: {cursor}\n".encode() if cursor else b""
    return place + f"event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


def change_event(change: Change, cursor: Cursor) -> bytes:
    return event("change", to_plain(change), cursor)


def _run(listeners: Sequence[Listener], run_id: str) -> Run | None:
    """The run as the first who may read it sees it."""
    for listener in listeners:
        found = _try(listener, run_id)
        if found is not None:
            return found
    return None


def _try(listener: Listener, run_id: str) -> Run | None:
    try:
        return listener.stores.tracking.get_run(run_id)
    except (Forbidden, NotFound, Unavailable):
        return None


def events_of(changes: Sequence[Change], start: Cursor, listener: Listener) -> Iterator[bytes]:
    """The events of changes that were before a listener came."""
    cursor = start
    for change in changes:
        cursor = cursor.after(change)
        if listener.may_see(change):
            yield change_event(change, cursor)
