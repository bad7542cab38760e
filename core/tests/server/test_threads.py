"""The threads of mounts: what calls give and raise comes back, and no more run at once than may."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runyard.server.threads import Threads, in_thread


def test_what_a_call_gives_comes_from_another_thread() -> None:
    async def ask() -> tuple[int, int]:
        return await in_thread(divmod, 7, 2)

    async def who() -> int:
        return await in_thread(threading.get_ident)

    assert asyncio.run(ask()) == (3, 1)
    assert asyncio.run(who()) != threading.get_ident()


@pytest.mark.parametrize("failure", [ValueError("no"), SystemExit(3), KeyboardInterrupt()])
def test_what_a_call_raises_is_raised_where_it_is_waited_for(failure: BaseException) -> None:
    def fail() -> None:
        raise failure

    async def ask() -> BaseException | None:
        done, _ = await asyncio.wait({in_thread(fail)})
        return done.pop().exception()

    assert asyncio.run(ask()) is failure


def test_an_iterator_that_ends_in_a_call_leaves_nobody_waiting() -> None:
    async def ask() -> None:
        await asyncio.wait_for(in_thread(next, iter(())), 10)

    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(ask())


def test_no_more_calls_run_at_once_than_there_may_be_threads() -> None:
    threads = Threads(3, "few")
    lock = threading.Lock()
    running, most = 0, 0
    together = threading.Barrier(3, timeout=10)

    def work(number: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        if number < 3:
            together.wait()  # the first three do run at once
        with lock:
            running -= 1
        return number

    async def ask() -> list[int]:
        return list(await asyncio.gather(*(threads.run(work, number) for number in range(30))))

    assert asyncio.run(ask()) == list(range(30))
    assert most == 3


def test_a_call_nobody_waits_for_any_more_is_not_begun() -> None:
    threads = Threads(1, "one")
    go, began = threading.Event(), threading.Event()

    async def ask() -> None:
        first, second = threads.run(go.wait, 10), threads.run(began.set)
        second.cancel()
        go.set()
        await first
        await threads.run(int)

    asyncio.run(ask())
    assert not began.is_set()


def test_threads_serve_one_loop_after_the_other() -> None:
    threads = Threads(2, "loops")
    late = threading.Event()

    async def leave() -> None:
        threads.run(late.wait, 10)

    async def ask() -> int:
        return await threads.run(int, "7")

    asyncio.run(leave())
    late.set()  # the answer finds its loop closed
    assert [asyncio.run(ask()) for _ in range(5)] == [7] * 5
