"""Limits of size, time, number and rate, each on a server that has small ones."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runyard.testing.raw_http import Response, call, read, request, send
from runyard.testing.server import RunningServer, RunServer

SMALL = {
    "max-body-size": 1000,
    "max-header-size": 2000,
    "max-headers": 20,
    "header-timeout": 1,
    "request-timeout": 1,
    "idle-timeout": 1,
    "keep-alive": 1,
}


@pytest.fixture(scope="module")
def small(run: RunServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with run(tmp_path_factory.mktemp("small"), *(f"--{name}={value}" for name, value in SMALL.items())) as server:
        yield server


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


def assert_error(answer: Response, status: int) -> None:
    assert answer.status == status, answer
    assert set(answer.json()) >= {"error_code", "message"}


def test_a_body_up_to_the_limit_is_taken(small: RunningServer) -> None:
    assert call(small.port, "POST", "/probe", body=b"x" * 1000).json()["bytes"] == 1000
    sent = request("POST", "/probe", "Transfer-Encoding: chunked") + chunked(b"x" * 500, b"x" * 500, b"")
    assert send(small.port, sent).json()["bytes"] == 1000


def test_a_longer_body_is_refused_before_it_is_sent(small: RunningServer) -> None:
    answer = send(small.port, request("POST", "/probe", "Content-Length: 1001", "Expect: 100-continue"))
    assert_error(answer, 413)
    assert "server.max_body_size" in answer.json()["message"]


def test_a_longer_body_in_chunks_is_refused_once_it_is_too_long(small: RunningServer) -> None:
    head = request("POST", "/probe", "Transfer-Encoding: chunked")
    assert_error(send(small.port, head, chunked(b"x" * 600), chunked(b"x" * 600)), 413)
    assert_error(send(small.port, head, chunked(*[b"x"] * 1001)), 413)


def test_a_client_that_sends_all_of_a_long_body_first_still_reads_the_answer(small: RunningServer) -> None:
    assert_error(call(small.port, "POST", "/probe", body=b"x" * 3_000_000), 413)


def test_a_stream_may_be_of_any_length_and_is_not_kept(small: RunningServer) -> None:
    body = b"x" * 20_000_000
    answer = call(small.port, "PUT", "/probe/files/a", body=body).json()
    assert answer["bytes"] == len(body)
    assert answer["most"] < 2_000_000
    sent = request("PUT", "/probe/files/a", "Transfer-Encoding: chunked") + chunked(b"x" * 5000, b"")
    assert send(small.port, sent).json()["bytes"] == 5000


def test_what_only_looks_like_a_stream_is_limited(small: RunningServer) -> None:
    for target in ("/probe/filesx", "/probe/x/files", "/probe//files"):
        assert_error(call(small.port, "PUT", target, body=b"x" * 1001), 413)


def test_headers_are_limited_in_number_and_size(small: RunningServer) -> None:
    assert call(small.port, "GET", "/probe", *["X: y"] * 18).status == 200
    assert_error(call(small.port, "GET", "/probe", *["X: y"] * 25), 431)
    assert_error(call(small.port, "GET", "/probe", f"X: {'y' * 2000}"), 431)
    assert_error(call(small.port, "GET", f"/probe?{'y' * 2000}"), 431)
    assert call(small.port, "GET", "/probe", f"X: {'y' * 1800}").status == 200


def test_a_header_that_never_ends_is_cut_off(small: RunningServer) -> None:
    parts = [b"y" * 500] * 40
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(b"GET /probe HTTP/1.1\r\nHost: localhost\r\nX: ")
        for part in parts:
            try:
                connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(0.01)
        answer = read(connection)
    assert answer.status in {0, 431}
    assert time.monotonic() - started < 5


def test_headers_in_several_pieces_are_not_counted_twice(small: RunningServer) -> None:
    whole = request("GET", "/probe", f"X: {'y' * 900}", f"Z: {'z' * 800}")
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        for start in range(0, len(whole), 300):
            connection.sendall(whole[start : start + 300])
            time.sleep(0.02)
        assert read(connection).status == 200


def test_a_client_that_trickles_its_headers_is_cut_off(small: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(b"GET /probe HTTP/1.1\r\n")
        started = time.monotonic()
        answer = read(connection)
    assert answer.status == 408
    assert time.monotonic() - started < 5


def test_a_client_that_says_nothing_is_cut_off(small: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        assert read(connection).status == 0
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(request("GET", "/health"))
        assert read(connection).status == 200
        assert read(connection).status == 0, "a connection that is kept open is closed after keep_alive"


def test_a_client_that_trickles_its_body_is_told_so(small: RunningServer) -> None:
    answer = send(small.port, request("POST", "/probe", "Content-Length: 100"), b"x")
    assert_error(answer, 408)
    assert answer.header("connection") == "close"


def test_a_stream_that_stalls_is_told_so_and_one_that_moves_is_not(small: RunningServer) -> None:
    assert_error(send(small.port, request("PUT", "/probe/files/a", "Content-Length: 100"), b"x"), 408)
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(request("PUT", "/probe/files/a", "Content-Length: 8"))
        for _ in range(8):
            time.sleep(0.3)
            connection.sendall(b"x")
        assert read(connection).json()["bytes"] == 8


def test_a_mount_that_takes_too_long_is_answered_for(small: RunningServer) -> None:
    started = time.monotonic()
    answer = call(small.port, "GET", "/probe/slow?seconds=4")
    assert_error(answer, 504)
    assert time.monotonic() - started < 3.5, "the answer does not wait for the thread"
    assert call(small.port, "GET", "/probe").status == 200


def test_an_endless_answer_that_is_no_stream_is_cut_off(small: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(request("GET", "/probe/download"))
        started = time.monotonic()
        while connection.recv(1 << 20):
            pass
    assert time.monotonic() - started < 5


def test_events_are_sent_for_as_long_as_somebody_listens(small: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as connection:
        connection.sendall(request("GET", "/probe/events"))
        started, data = time.monotonic(), b""
        while time.monotonic() - started < 2.5:
            data += connection.recv(65536)
    assert data.count(b"tick") > 15


def test_more_requests_at_once_than_may_be_are_asked_to_come_again(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--max-concurrent", "2") as server, ThreadPoolExecutor(8) as pool:
        slow = [pool.submit(call, server.port, "GET", "/probe/slow?seconds=2") for _ in range(2)]
        time.sleep(0.7)
        answer = call(server.port, "GET", "/probe")
        assert_error(answer, 503)
        assert answer.header("retry-after") == "1"
        assert call(server.port, "GET", "/health").status == 200
        assert [each.result().status for each in slow] == [200, 200]
        assert call(server.port, "GET", "/probe").status == 200
        listeners = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
        for listener in listeners:
            listener.sendall(request("GET", "/probe/events"))
            assert b"event-stream" in listener.recv(65536)
        assert call(server.port, "GET", "/probe").status == 200, "listeners are no work in progress"
        for listener in listeners:
            listener.close()
        time.sleep(0.5)
        assert call(server.port, "GET", "/probe").status == 200


def test_somebody_who_asks_too_often_is_asked_to_wait(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--rate-limit", "2", "--trusted-proxies", "127.0.0.1") as server:
        answers = [call(server.port, "GET", "/probe") for _ in range(14)]
        assert [answer.status for answer in answers[:10]] == [200] * 10
        limited = [answer for answer in answers if answer.status != 200]
        assert limited
        assert_error(limited[0], 429)
        assert limited[0].header("retry-after") == "1"
        assert call(server.port, "GET", "/health").status == 200
        assert call(server.port, "GET", "/probe", "X-Forwarded-For: 1.2.3.4").status == 200, "others are not slowed"
        time.sleep(1.2)
        assert call(server.port, "GET", "/probe").status == 200
