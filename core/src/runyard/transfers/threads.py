"""Does many things side by side where a network is waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed, wait
from typing import TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


def each(do: Callable[[ItemT], ResultT], items: Sequence[ItemT], threads: int) -> list[ResultT]:
    """What is done with each, in their order; with the first failure what has not begun is left undone."""
    if threads < 2 or len(items) < 2:
        return [do(item) for item in items]
    with ThreadPoolExecutor(min(threads, len(items))) as pool:
        return gathered([pool.submit(do, item) for item in items])


def gathered(futures: Sequence[Future[ResultT]]) -> list[ResultT]:
    """The results, in order; the first failure is raised when what runs has ended, and what waits is given up."""
    try:
        for future in as_completed(futures):
            future.result()
    except BaseException:
        for future in futures:
            future.cancel()
        wait(futures)
        raise
    return [future.result() for future in futures]
