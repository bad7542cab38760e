"""Puts what several threads write at the same time into one transaction.

The thread that comes first leads: it writes its own item. Those who come meanwhile wait; when it is done, the first of
them leads and writes what all of them have brought, and so on. So a thread that is alone waits for nobody, and under
load a commit serves many.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import attrs

ItemT = TypeVar("ItemT")

MOST = 64  # items of one group


@attrs.define(eq=False)
class _Ticket(Generic[ItemT]):
    item: ItemT
    is_alone: bool = False  # it was in a group that failed
    is_done: bool = False
    is_leading: bool = False
    turn: threading.Lock = attrs.field(factory=threading.Lock)


class GroupCommit(Generic[ItemT]):
    """Items in groups, in the order in which they come.

    `perform` writes a group, wholly or not at all. Where it raises for several items, each is written alone, and what
    is raised then is raised to the thread that brought it.
    """

    def __init__(self, perform: Callable[[Sequence[ItemT]], None]) -> None:
        self._perform = perform
        self._is_led = False
        self._start()

    def submit(self, item: ItemT) -> None:
        """Write an item, and return when it is written."""
        if self._process != os.getpid():
            self._start()  # the threads of the parent are not here
        ticket = _Ticket(item)
        ticket.turn.acquire()
        with self._lock:
            if self._is_led:
                self._waiting.append(ticket)
            else:
                self._is_led = ticket.is_leading = True
        if not ticket.is_leading:
            self._wait(ticket)
        if not ticket.is_done:
            self._lead(ticket)

    def _start(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[_Ticket[ItemT]] = deque()
        self._is_led = False

    def _wait(self, ticket: _Ticket[ItemT]) -> None:
        """Wait until the item is written, or until it is this thread's turn to lead."""
        try:
            ticket.turn.acquire()
        except BaseException:  # an interrupt: nobody must wait for this thread
            with self._lock:
                if ticket.is_leading:
                    self._pass_on()
                elif ticket in self._waiting:
                    self._waiting.remove(ticket)
            raise

    def _lead(self, own: _Ticket[ItemT]) -> None:
        group = [own]
        try:
            with self._lock:
                while not own.is_alone and self._waiting and len(group) < MOST and not self._waiting[0].is_alone:
                    group.append(self._waiting.popleft())
            if len(group) > 1 and not self._succeeds(group):
                self._send_back(group[1:])
                group = [own]
            if len(group) == 1:
                self._perform([own.item])
        except BaseException:
            self._send_back(group[1:])
            group = [own]
            raise
        finally:
            with self._lock:
                for ticket in group[1:]:
                    ticket.is_done = True
                    ticket.turn.release()
                self._pass_on()

    def _succeeds(self, group: Sequence[_Ticket[ItemT]]) -> bool:
        try:
            self._perform([ticket.item for ticket in group])
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again to the one who brought the cause
            return False
        return True

    def _send_back(self, others: Sequence[_Ticket[ItemT]]) -> None:
        """They are next, each alone."""
        with self._lock:
            for ticket in reversed(others):
                ticket.is_alone = True
                self._waiting.appendleft(ticket)

    def _pass_on(self) -> None:
        """The next one leads; to be called with the lock."""
        if self._waiting:
            following = self._waiting.popleft()
            following.is_leading = True
            following.turn.release()
        else:
            self._is_led = False
