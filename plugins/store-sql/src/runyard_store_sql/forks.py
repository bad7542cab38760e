"""Transactions and forks kept apart, so that a child starts without its parent's connections."""

from __future__ import annotations

import importlib
import os
import threading
import weakref
from collections.abc import Callable
from typing import Self

# The modules that stores import at their first use.
LATE = (
    *("logs", "series", "staging", "search", "history", "history_pages"),
    *("frames", "frames_schema", "logged_model_search"),
)
PATIENCE = 10.0  # seconds that a fork waits for transactions of other threads


class Guard:
    """Entered around every transaction. A fork waits for the open ones and holds back new ones."""

    def __init__(self, before: Callable[[], None], in_child: Callable[[], None]) -> None:
        self._before = weakref.WeakMethod(before)
        self._in_child = weakref.WeakMethod(in_child)
        self._open = 0
        self._is_forking = False
        self._mine = threading.local()
        self._changed = threading.Condition(threading.RLock())
        _guards.add(self)

    def __enter__(self) -> Self:
        own = getattr(self._mine, "open", 0)
        with self._changed:
            # A transaction within one of the same thread goes on, or the fork would wait for it for ever.
            self._changed.wait_for(lambda: own or not self._is_forking)
            self._open += 1
        self._mine.open = own + 1
        return self

    def __exit__(self, *exception: object) -> None:
        self._mine.open -= 1
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def forget(self) -> None:
        _guards.discard(self)

    def before_fork(self) -> None:
        self._changed.acquire()
        self._is_forking = True
        own = getattr(self._mine, "open", 0)
        self._changed.wait_for(lambda: self._open <= own, PATIENCE)
        before = self._before()
        if before is not None:
            before()

    def after_fork_in_parent(self) -> None:
        self._is_forking = False
        self._changed.notify_all()
        self._changed.release()

    def after_fork_in_child(self) -> None:
        self._open = getattr(self._mine, "open", 0)
        self._is_forking = False
        self._changed = threading.Condition(threading.RLock())
        in_child = self._in_child()
        if in_child is not None:
            in_child()


_guards: weakref.WeakSet[Guard] = weakref.WeakSet()
_held: list[Guard] = []
_forking = threading.Lock()


def _await_imports() -> None:
    """Have what stores import late, and wait for threads that just do: a child would wait for their locks for ever."""
    if _guards and threading.active_count() > 1:
        for name in LATE:
            importlib.import_module(f"runyard_store_sql.{name}")


def _before() -> None:
    _await_imports()
    _forking.acquire()
    _held.extend(_guards)
    for guard in _held:
        guard.before_fork()


def _after_in_parent() -> None:
    for guard in _held:
        guard.after_fork_in_parent()
    _held.clear()
    _forking.release()


def _after_in_child() -> None:
    for guard in _held:
        guard.after_fork_in_child()
    _held.clear()
    _forking.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
