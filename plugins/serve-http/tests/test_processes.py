"""Real servers: several processes, an end that loses nothing, limits on headers."""

from __future__ import annotations

import http.client
import json
import signal
import threading
import time
from typing import Any

import pytest

BODY = json.dumps({"dataframe_split": {"columns": ["x"], "data": [[3.0]]}}).encode()
HEADERS = {"Content-Type": "application/json"}


def ask(server: Any) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", "/invocations", BODY, HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_requests_in_flight_are_answered_when_the_server_stops(save_odd: Any, serve: Any, workers: int) -> None:
    with serve(save_odd(seconds=1.0), "--workers", str(workers)) as server:
        replies: list[Any] = []
        threads = [threading.Thread(target=lambda: replies.append(ask(server))) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        assert server.stop(signal.SIGTERM) == 0
        for thread in threads:
            thread.join()
    assert replies == [(200, b'{"predictions":[3.0]}')] * 3


def test_the_line_says_where_and_how_many(save_odd: Any, serve: Any) -> None:
    folder = save_odd()
    with serve(folder, "--workers", "2") as server:
        assert f"serves {folder} at {server.url}/invocations (2 processes)" in server.printed()
        for _ in range(20):
            assert ask(server)[0] == 200


def test_headers_have_a_greatest_size(save_odd: Any, serve: Any) -> None:
    with serve(save_odd(), "--max-header-size", "2000") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", "/ping", headers={"X-Long": "x" * 4000})
        assert connection.getresponse().status == 431
        connection.close()


def test_a_model_that_cannot_be_loaded_is_no_server(save_odd: Any, serve: Any) -> None:
    with pytest.raises(AssertionError, match="cannot be loaded"), serve(save_odd(load_fails=True)):
        pass
