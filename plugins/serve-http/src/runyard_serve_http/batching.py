"""Requests that come while a prediction runs are put together; where none runs, nothing is waited for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor

import attrs

from runyard_serve_http.requests import Question
from runyard_serve_http.scoring import Reply, ScoredModel

Waiting = tuple[Question, "asyncio.Future[Reply]"]


@attrs.define(eq=False)
class Batcher:
    """The questions to one model, on one event loop. Those of one pass of the loop are asked together.

    A model that is known to be fast is asked on the loop itself, which is cheaper than a thread and keeps nobody
    waiting; any other in a thread, one batch at a time, while the next one gathers.
    """

    model: ScoredModel
    threads: Executor
    most_rows: int
    loop: asyncio.AbstractEventLoop = attrs.field(factory=asyncio.get_running_loop)
    _waiting: deque[Waiting] = attrs.field(factory=deque, init=False)
    _is_due: bool = attrs.field(default=False, init=False)  # the next batch has a pass of the loop or a thread

    def ask(self, question: Question) -> asyncio.Future[Reply]:
        """The reply, when it is there; an error of the model is a reply, too."""
        future: asyncio.Future[Reply] = self.loop.create_future()
        if self.model.is_batchable and question.layout is not None and question.rows < self.most_rows:
            self._waiting.append((question, future))
            if not self._is_due:
                self._is_due = True
                self.loop.call_soon(self._next)
        elif self.model.pace.is_fast(question.rows):
            _deliver([(question, future)], self._timed([question]))
        else:
            self._in_thread([(question, future)], lane=False)
        return future

    def _next(self) -> None:
        batch = self._gathered()
        if not batch:
            self._is_due = False
            return
        if self.model.pace.is_fast(sum(question.rows for question, _ in batch)):
            _deliver(batch, self._timed([question for question, _ in batch]))
            self._go_on()
        else:
            self._in_thread(batch, lane=True)

    def _go_on(self) -> None:
        if self._waiting:
            self.loop.call_soon(self._next)
        else:
            self._is_due = False

    def _gathered(self) -> list[Waiting]:
        """The questions at the front that fit together and that somebody still waits for."""
        waiting = self._waiting
        batch: list[Waiting] = []
        rows = 0
        while waiting:
            question, future = waiting[0]
            if future.done():
                waiting.popleft()
                continue
            if batch and (rows + question.rows > self.most_rows or not _fit(batch[0][0], question)):
                break
            batch.append(waiting.popleft())
            rows += question.rows
        return batch

    def _in_thread(self, batch: list[Waiting], *, lane: bool) -> None:
        running = self.loop.run_in_executor(self.threads, self._timed, [question for question, _ in batch])

        def done(finished: asyncio.Future[list[Reply]]) -> None:
            if finished.cancelled():
                for _, future in batch:
                    future.cancel()
                return
            _deliver(batch, finished.result())
            if lane:
                self._go_on()

        running.add_done_callback(done)

    def _timed(self, questions: Sequence[Question]) -> list[Reply]:
        begun = time.perf_counter()
        replies = self.model.replies(questions)
        self.model.pace.note(sum(question.rows for question in questions), time.perf_counter() - begun)
        return replies


def _fit(first: Question, other: Question) -> bool:
    return first.layout == other.layout and first.params == other.params


def _deliver(batch: Sequence[Waiting], replies: Sequence[Reply]) -> None:
    for (_, future), reply in zip(batch, replies, strict=True):
        if not future.done():
            future.set_result(reply)
