"""Requests go to the mount with the longest prefix, unchanged; what fails is told in the error form."""

from __future__ import annotations

import json
import socket
import time

import pytest
from openapi_spec_validator import validate

from runyard import __version__
from runyard.testing.raw_http import Response, call
from runyard.testing.server import RunningServer


def get(server: RunningServer, target: str, *headers: str) -> Response:
    return call(server.port, "GET", target, *headers)


def test_health_and_version(shared: RunningServer) -> None:
    assert get(shared, "/health").body == b"OK"
    assert get(shared, "/version").body == __version__.encode()
    assert call(shared.port, "POST", "/health").status == 405
    assert call(shared.port, "HEAD", "/health").header("content-length") == "2"


@pytest.mark.parametrize(
    ("target", "mount"),
    [
        ("/probe", "probe"),
        ("/probe/", "probe"),
        ("/probe/x/y", "probe"),
        ("/probe/deep", "deep"),
        ("/probe/deep/er", "deep"),
        ("/probe/deeper", "probe"),
        ("/probe/x/deep", "probe"),
        ("/twin/x", "deep"),
    ],
)
def test_the_longest_prefix_decides_at_the_end_of_a_segment(shared: RunningServer, target: str, mount: str) -> None:
    answer = get(shared, target)
    assert (answer.status, answer.json()["mount"], answer.json()["path"]) == (200, mount, target)


def test_paths_and_queries_reach_a_mount_as_they_were(shared: RunningServer) -> None:
    shown = get(shared, "/probe/a%2Fb/%2e%2e/c//d?x=%2B&y=1+2&x=3").json()
    assert (shown["path"], shown["raw_path"]) == ("/probe/a/b/../c//d", "/probe/a%2Fb/%2e%2e/c//d")
    assert shown["query"] == "x=%2B&y=1+2&x=3"


@pytest.mark.parametrize("target", ["/nope", "/probed", "/prob", "/gonet", "/deep", "/health/x", "//probe"])
def test_what_nobody_serves_is_not_found(shared: RunningServer, target: str) -> None:
    answer = get(shared, target)
    assert (answer.status, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("target", ["/gone", "/gone/x", "/fails", "/probe/fails/x"])
def test_a_mount_that_does_not_load_answers_with_its_plugin_while_others_serve(
    shared: RunningServer, target: str
) -> None:
    answer = get(shared, target)
    assert (answer.status, answer.json()["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert "plugin 'probe'" in answer.json()["message"]
    assert "no way" not in answer.json()["message"]
    assert "RuntimeError: no way" in shared.printed()


@pytest.mark.parametrize("word", ["boom", "exit", "silent"])
def test_what_a_mount_does_not_catch_is_an_internal_error_without_internals(shared: RunningServer, word: str) -> None:
    answer = get(shared, f"/probe/{word}", "X-Request-Id: look-for-me")
    assert (answer.status, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
    assert b"secret" not in answer.body
    if word == "boom":
        assert "look-for-me" in shared.printed()
        assert "a secret of the inside" in shared.printed()


def test_a_client_that_hangs_up_is_no_fault_of_the_mount(shared: RunningServer) -> None:
    head = (
        f"PUT /probe/deaf HTTP/1.1\r\nHost: 127.0.0.1:{shared.port}\r\nContent-Length: 10\r\nX-Request-Id: gone\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", shared.port), timeout=10) as connection:
        connection.sendall(head.encode() + b"half")
    log = shared.output.with_name("access.log")
    until = time.monotonic() + 10
    while "gone" not in log.read_text(encoding="utf-8"):  # the line of the request, written when it is over
        assert time.monotonic() < until
        time.sleep(0.02)
    assert "gave no answer to PUT /probe/deaf" not in shared.printed()


def test_an_answer_that_breaks_off_is_not_mistaken_for_a_whole_one(shared: RunningServer) -> None:
    answer = get(shared, "/probe/late")
    assert (answer.status, answer.header("content-length"), answer.body) == (200, "10", b"half")


def test_the_root_is_a_page_until_a_plugin_mounts_one(shared: RunningServer) -> None:
    answer = get(shared, "/")
    assert answer.status == 200
    assert answer.header("content-type") == "text/html; charset=utf-8"
    assert b"openapi.json" in answer.body


def test_the_openapi_document_joins_those_of_the_mounts(shared: RunningServer) -> None:
    document = json.loads(get(shared, "/openapi.json").body)
    validate(document)
    assert set(document["paths"]) == {"/health", "/version", "/probe/show", "/twin"}
    schemas = document["components"]["schemas"]
    assert schemas == {"Thing": {"type": "object"}, "twin_Thing": {"type": "array"}}
    content = document["paths"]["/twin"]["get"]["responses"]["200"]["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/twin_Thing"}
    assert document["tags"] == [{"name": "probe"}]


@pytest.mark.parametrize("given", ["abc-1.2:3_X", "a" * 128])
def test_a_request_id_is_taken_over(shared: RunningServer, given: str) -> None:
    answer = get(shared, "/probe", f"X-Request-Id: {given}")
    assert answer.header("x-request-id") == given == answer.json()["request_id"]


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, 'x"y', "\u00e4", "a,b"])
def test_a_request_id_that_is_none_is_replaced(shared: RunningServer, given: str) -> None:
    answer = get(shared, "/probe", f"X-Request-Id: {given}")
    assert len(str(answer.header("x-request-id"))) == 16
    assert answer.header("x-request-id") == answer.json()["request_id"]
    assert answer.header("x-request-id") != get(shared, "/probe").header("x-request-id")
