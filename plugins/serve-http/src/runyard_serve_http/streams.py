"""Answers sent piece by piece, as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import Any

from runyard.server.answers import Answer, Receive, Send
from runyard_serve_http.replies import Failures, encoded
from runyard_serve_http.requests import Question
from runyard_serve_http.scoring import ScoredModel, failed

EVENTS = b"text/event-stream"
LAST = b"data: [DONE]\n\n"


def wants_stream(question: Question, accept: bytes) -> bool:
    """Whether a request asks for its answer in pieces: by its key `stream`, or by what it accepts."""
    return question.is_streamed or (EVENTS in accept if accept else False)


async def stream(
    model: ScoredModel, question: Question, threads: Executor, failures: Failures, receive: Receive, send: Send
) -> None:
    """Send each piece as an event when the model has it. Before the first, an error is an answer; then, an event."""
    loop = asyncio.get_running_loop()
    gone = asyncio.ensure_future(receive())
    begun = False
    pieces: Iterator[Any] | None = None
    try:
        while not gone.done():
            try:
                if pieces is None:
                    pieces = await loop.run_in_executor(threads, model.pieces, question)
                event = await loop.run_in_executor(threads, _event, pieces)
            except Exception as error:  # noqa: BLE001 - a model may raise anything
                await _fail(failures.answer(failed(error, model.uri)), send, begun=begun)
                return
            if not begun:
                begun = True
                head = [(b"content-type", EVENTS), (b"cache-control", b"no-store"), *model.headers]
                await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": event or LAST, "more_body": bool(event)})
            if not event:
                return
    finally:
        gone.cancel()
        close = getattr(pieces, "close", None)
        if close is not None:
            await loop.run_in_executor(threads, close)


def _event(pieces: Iterator[Any]) -> bytes:
    """The next piece as an event; nothing after the last."""
    for piece in pieces:
        return b"data: " + encoded(piece, is_unwrapped=True) + b"\n\n"
    return b""


async def _fail(answer: Answer, send: Send, *, begun: bool) -> None:
    if not begun:
        await answer.give(send)
        return
    event = b"event: error\ndata: " + answer.body + b"\n\n"
    await send({"type": "http.response.body", "body": event, "more_body": False})
