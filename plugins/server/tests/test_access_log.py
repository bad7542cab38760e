"""One line of JSON per request, where it is wanted."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from runyard.testing.raw_http import call, request, send
from runyard.testing.server import RunningServer, RunServer


def entries(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def logged(file: Path, *words: str) -> str:
    """What is in a log once it has these words: a line is written after its answer."""
    deadline = time.monotonic() + 20
    while True:
        text = file.read_text(encoding="utf-8")
        if all(word in text for word in words) or time.monotonic() > deadline:
            return text
        time.sleep(0.02)


def test_a_line_says_what_was_asked_and_how_it_went(run: RunServer, tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    with run(tmp_path, "--access-log", str(log)) as server:
        sent = call(server.port, "POST", "/probe/a%22b?secret=x", "X-Request-Id: one", body=b"abc")
        call(server.port, "GET", "/nope", "X-Request-Id: two")
        call(server.port, "GET", "/probe", "X-Request-Id: three", host="evil.example")
        found = {entry["id"]: entry for entry in entries(logged(log, "one", "two", "three"))}
    assert set(found["one"]) == {"time", "id", "method", "path", "status", "ms", "bytes", "user", "client"}
    assert found["one"] | {"time": "", "ms": 0} == {
        "time": "",
        "id": "one",
        "method": "POST",
        "path": '/probe/a"b',
        "status": 200,
        "ms": 0,
        "bytes": len(sent.body),
        "user": "",
        "client": "127.0.0.1",
    }
    assert 0 < found["one"]["ms"] < 10_000
    assert (found["two"]["status"], found["three"]["status"]) == (404, 403)
    assert "secret" not in log.read_text(encoding="utf-8")


def test_a_request_cannot_write_a_line_of_its_own(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--access-log", "-") as server:
        send(server.port, request("GET", "/probe/x%0A%7B%22id%22:%22forged%22%7D%0A"))
        lines = entries(logged(server.output, "/probe/x"))
    assert [entry["path"] for entry in lines if "forged" in entry["path"]] == ['/probe/x\n{"id":"forged"}\n']
    assert all(entry["id"] != "forged" for entry in lines)


def test_nothing_is_written_where_it_is_not_wanted(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path) as server:
        call(server.port, "GET", "/probe")
        assert not entries(server.printed())


def test_the_shared_server_logs_to_its_file(shared: RunningServer) -> None:
    call(shared.port, "GET", "/probe", "X-Request-Id: shared-one")
    assert "shared-one" in logged(shared.output.parent / "access.log", "shared-one")
