"""The scripted server answers as it is told, breaks off where it is told, and keeps what it was asked."""

from __future__ import annotations

import http.client
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from runyard.testing.scripted import Asked, Reply, in_turn, scripted_server


def ask(url: str, method: str, target: str, body: bytes = b"", **headers: str) -> tuple[int, str | None, bytes]:
    """The status, what the header X-Told says, and the body."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request(method, target, body, headers)
        with connection.getresponse() as response:
            return response.status, response.headers["X-Told"], response.read()


def test_answers_come_in_turn_and_what_was_asked_is_kept() -> None:
    with scripted_server(in_turn(Reply(404, b"no"), Reply(200, b"yes", {"X-Told": "1"}))) as script:
        answers = [ask(script.url, method, "/a?b=1", b"sent", X_Name="2") for method in ("PUT", "GET", "HEAD")]
    assert answers == [(404, None, b"no"), (200, "1", b"yes"), (200, "1", b"")]
    assert script.methods() == ["PUT", "GET", "HEAD"]
    assert script.targets("GET") == ["/a?b=1"]
    assert len(script.targets()) == 3
    assert (script.asked[0].body, script.asked[0].headers["x_name"]) == (b"sent", "2")


def test_an_answer_breaks_off_or_never_comes() -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(nothing=True) if asked.target == "/nothing" else Reply(200, b"whole", cut=2)

    with scripted_server(answer) as script:
        with pytest.raises(http.client.IncompleteRead) as raised:
            ask(script.url, "GET", "/half")
        assert raised.value.partial == b"wh"
        with pytest.raises(http.client.RemoteDisconnected):
            ask(script.url, "GET", "/nothing")
