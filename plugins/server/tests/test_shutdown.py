"""A server that is told to stop finishes what it has begun; told twice, it stops at once."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runyard.testing.raw_http import call, read, request
from runyard.testing.server import RunningServer, RunServer


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_request_in_flight_is_finished(run: RunServer, tmp_path: Path, sign: int, workers: str) -> None:
    with run(tmp_path, "--workers", workers) as server, ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(call, server.port, "GET", "/probe/slow?seconds=1.5") for _ in range(2)]
        time.sleep(0.6)
        assert server.stop(sign) == 0
        assert [each.result().json() for each in slow] == [{"slept": "1.5"}] * 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_answered_request_is_lost_under_load(run: RunServer, tmp_path: Path, workers: str) -> None:
    kept = tmp_path / "kept"
    with run(tmp_path, "--workers", workers) as server:
        answered: list[str] = []
        threads = [threading.Thread(target=write, args=(server, kept, str(number), answered)) for number in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        assert server.stop() == 0
        for thread in threads:
            thread.join()
    lines = kept.read_text(encoding="utf-8").splitlines()
    assert len(answered) > 50
    assert set(answered) <= set(lines)
    assert len(lines) == len(set(lines))
    assert len(lines) - len(answered) <= len(threads), "a request is cut off at most once per connection"


def write(server: RunningServer, file: Path, name: str, answered: list[str]) -> None:
    """Write until the server hangs up, and note what was answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with contextlib.suppress(OSError, http.client.HTTPException):
        for number in range(100_000):
            connection.request("POST", f"/probe/write?file={file}", body=f"{name}-{number}")
            if connection.getresponse().read():
                answered.append(f"{name}-{number}")
    connection.close()


def test_streams_are_told_and_end(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path) as server, socket.create_connection(("127.0.0.1", server.port), timeout=20) as listener:
        listener.sendall(request("GET", "/probe/events"))
        assert b"tick" in listener.recv(65536) + listener.recv(65536)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        data = b""
        while more := listener.recv(65536):
            data += more
        assert data.endswith(b"data: end\n\n\r\n0\r\n\r\n")
        assert server.process.wait(20) == 0
        assert time.monotonic() - started < 5


def test_connections_that_do_nothing_do_not_hold_it_up(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path) as server:
        idle = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(5)]
        idle[0].sendall(request("GET", "/health"))
        assert read(idle[0]).status == 200
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 5
        for connection in idle:
            connection.close()


def test_what_takes_too_long_is_given_up(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--shutdown-timeout", "1") as server, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(call, server.port, "GET", "/probe/slow?seconds=6")
        time.sleep(0.6)
        started = time.monotonic()
        server.stop()
        assert time.monotonic() - started < 12
        assert slow.result().status != 200


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_stops_at_once(run: RunServer, tmp_path: Path, workers: str) -> None:
    with run(tmp_path, "--workers", workers) as server, ThreadPoolExecutor(1) as pool:
        slow = pool.submit(call, server.port, "GET", "/probe/slow?seconds=8")
        time.sleep(0.6)
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        assert server.stop() == 1
        assert time.monotonic() - started < 5
        assert slow.result().status == 0
