"""Several processes serve as one: on SQLite and PostgreSQL, replaced when they die, gone with their parent."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from runyard.testing.raw_http import Response, call
from runyard.testing.server import RunningServer, RunServer

FreshDatabase = Callable[[str, Path], AbstractContextManager[str]]


def get(server: RunningServer, target: str) -> Response:
    return call(server.port, "GET", target)


def workers(server: RunningServer) -> set[int]:
    found: set[int] = set()
    deadline = time.monotonic() + 20
    while len(found) < 2 and time.monotonic() < deadline:
        found.add(get(server, "/probe").json()["pid"])
    return found


def alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, pids))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[str]:
    """The database that the server is to use; without one, its own."""
    if request.param == "sqlite":
        yield ""
        return
    with fresh_database("postgres", tmp_path) as uri:
        yield uri


def test_two_workers_serve_one_database(run: RunServer, tmp_path: Path, database: str) -> None:
    flags = ("--backend-store-uri", database) if database else ()
    with run(tmp_path, "--workers", "2", *flags) as server:
        assert "2 processes" in server.printed()
        pids = workers(server)
        assert len(pids) == 2
        assert server.process.pid not in pids
        with ThreadPoolExecutor(8) as pool:
            made = [pool.submit(get, server, f"/probe/create?name=e{number}") for number in range(40)]
            numbers = [each.result().json()["experiment"] for each in made]
        assert len(set(numbers)) == 40
        taken = [get(server, "/probe/create?name=e1").json()["error_code"] for _ in range(10)]
        assert set(taken) == {"RESOURCE_ALREADY_EXISTS"}
    wait_until_gone(pids)


def test_all_workers_take_each_others_signed_urls(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--workers", "2") as server:
        assert len(workers(server)) == 2
        signed = get(server, "/probe/sign?target=/probe/show&seconds=60").json()["target"]
        # Which worker takes a connection is the kernel's choice: ask until both have answered.
        found: set[int] = set()
        deadline = time.monotonic() + 20
        while len(found) < 2 and time.monotonic() < deadline:
            answer = call(server.port, "PUT", signed)
            assert answer.status == 200
            found.add(answer.json()["pid"])
        assert len(found) == 2


def test_a_secret_that_is_set_outlives_the_server(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, RUNYARD_SERVER_SECRET="s" * 40) as server:
        signed = get(server, "/probe/sign?target=/probe/show&seconds=60").json()["target"]
    with run(tmp_path, RUNYARD_SERVER_SECRET="s" * 40) as server:
        assert call(server.port, "PUT", signed).status == 200
    with run(tmp_path) as server:
        assert call(server.port, "PUT", signed).status == 403


@pytest.mark.parametrize("how", ["kill", "exit"])
def test_a_worker_that_dies_is_replaced(run: RunServer, tmp_path: Path, how: str) -> None:
    with run(tmp_path, "--workers", "2") as server:
        before = workers(server)
        victim = min(before)
        time.sleep(1.1)
        if how == "kill":
            os.kill(victim, signal.SIGKILL)
        else:
            assert get(server, "/probe/stop").status == 0
        deadline = time.monotonic() + 20
        after = workers(server)
        while (len(after) < 2 or after == before) and time.monotonic() < deadline:
            after = workers(server)
        assert len(after) == 2
        assert after != before
        assert "starting another" in server.printed()


def test_workers_go_when_their_parent_is_killed(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--workers", "2") as server:
        pids = workers(server)
        server.process.kill()
        server.process.wait()
        wait_until_gone(pids)
