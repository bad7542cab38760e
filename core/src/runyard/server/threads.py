"""Threads in which the mounts of a server do what blocks, such as calls of stores."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeAlias, TypeVar

ResultT = TypeVar("ResultT")

_Work: TypeAlias = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[object, ...]]


class Threads:
    """At most so many threads, each started when no other is free; what is more waits its turn.

    They do not keep a process from ending. A step of an executor or of anyio takes two or three times as long, which
    is as much as all else that a small request takes.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._count = 0
        self._starting = Lock()
        self._idle: deque[None] = deque()  # one for each thread that is free; deques need no lock
        self._waiting: SimpleQueue[_Work] = SimpleQueue()

    def run(self, call: Callable[..., ResultT], *arguments: object) -> asyncio.Future[ResultT]:
        """What a call gives, or raises, in one of the threads."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ResultT] = loop.create_future()
        self._waiting.put((loop, future, call, arguments))
        try:
            self._idle.pop()
        except IndexError:
            self._start()
        return future

    def _start(self) -> None:
        with self._starting:
            if self._count < self._most:
                self._count += 1
                Thread(target=self._work, name=f"{self._name}-{self._count}", daemon=True).start()

    def _work(self) -> None:
        while True:
            _do(*self._waiting.get())
            self._idle.append(None)


def _do(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], call: Callable[..., Any], given: tuple[object, ...]
) -> None:
    if future.cancelled():
        return
    result: object = None
    failure: BaseException | None = None
    try:
        result = call(*given)
    except StopIteration as error:  # which a future does not take
        failure = RuntimeError(f"{call!r} raised StopIteration")
        failure.__cause__ = error
    except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
        failure = error
    with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
        loop.call_soon_threadsafe(_settle, future, result, failure)


def _settle(future: asyncio.Future[Any], result: object, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(result)
    else:
        future.set_exception(failure)


_calls = Threads(40, "calls")


def in_thread(call: Callable[..., ResultT], *arguments: object) -> asyncio.Future[ResultT]:
    """What a call gives, or raises, in a thread: how a mount calls stores."""
    return _calls.run(call, *arguments)
