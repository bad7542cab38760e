"""Answers piece by piece."""

from __future__ import annotations

from typing import Any

from runyard.models.signature import ModelSignature
from runyard.types.schema import ColSpec, Schema

EVENTS = {"accept": "text/event-stream"}


def test_an_answer_comes_as_events(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(streams=True))
    for body, headers in (({"inputs": {"x": [1.0, 2.0]}, "stream": True}, {}), ({"inputs": {"x": [1.0, 2.0]}}, EVENTS)):
        reply = served.once(body, headers=headers)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/event-stream")
        assert reply.body == b'data: {"piece":1.0}\n\ndata: {"piece":2.0}\n\ndata: [DONE]\n\n'
        assert len(reply.chunks) == 3
        assert reply.headers["x-runyard-model-version"]


def test_without_a_wish_the_answer_is_whole(save_odd: Any, asked: Any) -> None:
    assert asked(save_odd(streams=True)).once({"inputs": {"x": [1.0]}}).predictions == [1.0]


def test_a_model_that_does_not_stream_answers_whole(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd())
    assert served.once({"inputs": {"x": [1.0]}, "stream": True}).predictions == [1.0]
    assert served.once({"inputs": {"x": [1.0]}}, headers={"accept": "text/event-stream, */*"}).status == 200
    assert served.once({"inputs": {"x": [1.0]}}, headers=EVENTS).status == 406


def test_an_error_before_the_first_piece_is_an_answer_and_then_an_event(save_odd: Any, asked: Any) -> None:
    served = asked(save_odd(streams=True, signature=ModelSignature(Schema([ColSpec("double", "x")]))))
    assert served.once({"inputs": {"x": [-1.0]}}, headers=EVENTS).status == 400
    reply = served.once({"inputs": {"x": [1.0, -1.0]}}, headers=EVENTS)
    assert reply.status == 200
    assert reply.chunks[0] == b'data: {"piece":1.0}\n\n'
    assert reply.chunks[1].startswith(b'event: error\ndata: {"error_code":"BAD_REQUEST"')
