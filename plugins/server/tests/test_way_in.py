"""The way in is shut by default: hosts, origins, preflights, headers, proxies."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.testing.raw_http import Response, call, request, send
from runyard.testing.server import RunningServer, RunServer

INVALID_HOST = b"Invalid Host header - possible DNS rebinding attack detected"
BLOCKED = b"Cross-origin request blocked"


def host(server: RunningServer, name: str | None, target: str = "/probe", *headers: str) -> Response:
    return call(server.port, "GET", target, *headers, host=name)


@pytest.mark.parametrize(
    "name",
    [
        "127.0.0.1",
        "127.0.0.1:5000",
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "[::1]",
        "[::1]:80",
        "a.lab.example",
        "a.b.lab.example:99",
        "named:8080",
    ],
)
def test_names_of_the_server_are_let_in(shared: RunningServer, name: str) -> None:
    assert host(shared, name).status == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evil.example:5000",
        "lab.example",
        "xlab.example",
        "a.lab.example.evil",
        "named",
        "named:80",
        "0.0.0.0",
        "10.0.0.1",
        "192.168.0.7",
        "127.0.0.1@evil.example",
        "127.0.0.1/x",
        "127.0.0.1, evil.example",
        "[::1",
        "localhost:x",
        "\u00e4",
        "",
        None,
    ],
)
def test_other_names_are_not(shared: RunningServer, name: str | None) -> None:
    answer = host(shared, name)
    assert (answer.status, answer.body) == (403, INVALID_HOST) or answer.status == 400
    assert answer.status == 400 or answer.header("x-content-type-options") == "nosniff"


def test_two_hosts_are_one_too_many(shared: RunningServer) -> None:
    assert host(shared, "localhost", "/probe", "Host: evil.example").status in {400, 403}
    assert host(shared, "evil.example", "/probe", "Host: localhost").status in {400, 403}


def test_a_whole_url_as_target_does_not_hide_the_host(shared: RunningServer) -> None:
    assert host(shared, "evil.example", f"http://localhost:{shared.port}/probe").status == 403


def test_health_and_version_answer_under_every_name(shared: RunningServer) -> None:
    assert host(shared, "evil.example", "/health").body == b"OK"
    assert host(shared, None, "/version").status in {200, 400}
    assert host(shared, "evil.example", "/health/").status == 403


@pytest.mark.parametrize("target", ["/health", "/probe", "/nope", "/gone", "/probe/boom"])
def test_every_answer_has_the_headers_that_keep_browsers_careful(shared: RunningServer, target: str) -> None:
    answer = host(shared, "localhost", target)
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("x-frame-options") == "SAMEORIGIN"
    assert answer.header("access-control-allow-origin") is None


def test_a_mount_may_be_stricter_about_frames_and_not_looser_about_origins(shared: RunningServer) -> None:
    answer = host(shared, "localhost", "/probe/loose")
    assert answer.header("x-frame-options") == "DENY"
    assert answer.header("access-control-allow-origin") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "NULL",
        "http://localhost:1",
        "http://127.0.0.1",
        "http://127.0.0.1.evil.example",
        "https://ui.example.evil",
        "http://ui.example",
        "https://ui.example:444",
        "https://a.ui.example",
        "file://",
        "",
        "localhost",
    ],
)
def test_pages_of_other_origins_change_nothing(shared: RunningServer, method: str, origin: str) -> None:
    answer = call(shared.port, method, "/probe", f"Origin: {origin}", host=f"localhost:{shared.port}", body=b"x")
    assert (answer.status, answer.body) == (403, BLOCKED)
    assert answer.header("access-control-allow-origin") is None


def test_pages_of_the_server_itself_may(shared: RunningServer) -> None:
    for name in ("localhost", "127.0.0.1"):
        place = f"{name}:{shared.port}"
        assert call(shared.port, "POST", "/probe", f"Origin: http://{place}", host=place, body=b"x").status == 200
    assert call(shared.port, "POST", "/probe", "Origin: http://localhost", host="localhost", body=b"x").status == 200
    assert call(shared.port, "POST", "/probe", "Origin: https://x.lab.example", host="x.lab.example").status == 200


def test_a_page_that_hides_its_origin_is_told_by_the_browser(shared: RunningServer) -> None:
    for site in ("cross-site", "same-site"):
        assert call(shared.port, "POST", "/probe", f"Sec-Fetch-Site: {site}", body=b"x").body == BLOCKED
    for site in ("same-origin", "none"):
        assert call(shared.port, "POST", "/probe", f"Sec-Fetch-Site: {site}", body=b"x").status == 200
    assert call(shared.port, "GET", "/probe", "Sec-Fetch-Site: cross-site").status == 200


def test_clients_that_are_no_browsers_say_no_origin(shared: RunningServer) -> None:
    assert call(shared.port, "POST", "/probe", body=b"x").json()["bytes"] == 1


def test_a_page_that_is_configured_may_read_and_change(shared: RunningServer) -> None:
    for method in ("GET", "POST"):
        answer = call(shared.port, method, "/probe", "Origin: https://ui.example", body=b"x")
        assert answer.status == 200
        assert answer.header("access-control-allow-origin") == "https://ui.example"
        assert answer.header("access-control-allow-credentials") == "true"
        assert answer.header("vary") == "Origin"


def test_a_page_that_is_not_may_not_read(shared: RunningServer) -> None:
    for origin in ("https://evil.example", "null"):
        answer = call(shared.port, "GET", "/probe", f"Origin: {origin}")
        assert answer.header("access-control-allow-origin") is None


def preflight(server: RunningServer, origin: str) -> Response:
    headers = ("Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization,content-type")
    return call(server.port, "OPTIONS", "/probe", f"Origin: {origin}", *headers)


def test_a_preflight_is_answered_for_pages_that_are_configured(shared: RunningServer) -> None:
    answer = preflight(shared, "https://ui.example")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.header("access-control-allow-origin") == "https://ui.example"
    assert "PUT" in str(answer.header("access-control-allow-methods"))
    assert answer.header("access-control-allow-headers") == "authorization,content-type"
    refused = preflight(shared, "https://evil.example")
    assert refused.status == 403
    assert not [name for name, _ in refused.headers if name.startswith("access-control-")]
    assert call(shared.port, "OPTIONS", "/probe").json()["method"] == "OPTIONS"


def test_a_preflight_cannot_write_headers_of_its_own(shared: RunningServer) -> None:
    headers = ("Access-Control-Request-Method: PUT", 'Access-Control-Request-Headers: x"<\u00e4>')
    answer = call(shared.port, "OPTIONS", "/probe", "Origin: https://ui.example", *headers)
    assert answer.header("access-control-allow-headers") is None


def test_everybody_may_where_that_is_configured_but_without_credentials(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--cors-allowed-origins", "*", "--x-frame-options", "NONE", "--allowed-hosts", "*") as server:
        for origin in ("https://evil.example", "null"):
            answer = call(server.port, "POST", "/probe", f"Origin: {origin}", body=b"x", host="any.example")
            assert answer.status == 200
            assert answer.header("access-control-allow-origin") == "*"
            assert answer.header("access-control-allow-credentials") is None
            assert answer.header("x-frame-options") is None


def test_forwarded_headers_count_for_nothing(shared: RunningServer) -> None:
    headers = ("X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https", "X-Forwarded-Host: localhost")
    shown = call(shared.port, "GET", "/probe", *headers).json()
    assert (shown["client"], shown["scheme"]) == ("127.0.0.1", "http")
    assert call(shared.port, "GET", "/probe", *headers, host="evil.example").status == 403


def test_forwarded_headers_of_a_trusted_proxy_count(run: RunServer, tmp_path: Path) -> None:
    flags = ("--trusted-proxies", "127.0.0.1,10.0.0.0/8", "--allowed-hosts", "team.example")
    with run(tmp_path, *flags) as server:

        def shown(*headers: str, **more: str) -> tuple[str, str]:
            answer = call(server.port, "GET", "/probe", *headers, **more).json()
            return answer["client"], answer["scheme"]

        assert shown("X-Forwarded-For: 1.2.3.4", "X-Forwarded-Proto: https") == ("1.2.3.4", "https")
        assert shown("X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.9.9.9") == ("1.2.3.4", "http")
        assert shown("X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 1.2.3.4") == ("1.2.3.4", "http")
        assert shown("X-Forwarded-For: 1.2.3.4, junk") == ("127.0.0.1", "http")
        assert shown("X-Forwarded-Proto: gopher") == ("127.0.0.1", "http")
        assert shown("X-Forwarded-Host: team.example", host="inner") == ("127.0.0.1", "http")
        assert call(server.port, "GET", "/probe", "X-Forwarded-Host: evil.example").status == 403
        same = ("X-Forwarded-Host: team.example", "Origin: https://team.example")
        assert call(server.port, "POST", "/probe", *same, body=b"x").status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /probe HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n",
        b"GET /pro\x00be HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /pr\xc3\xb6be HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET nope HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /probe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_in_the_error_form(shared: RunningServer, data: bytes) -> None:
    answer = send(shared.port, data)
    assert (answer.status, answer.json()["error_code"]) == (400, "BAD_REQUEST")
    assert send(shared.port, request("GET", "/health")).status == 200


def test_a_web_socket_is_no_way_in(shared: RunningServer) -> None:
    headers = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: eA==")
    assert call(shared.port, "GET", "/probe", *headers, host="evil.example").status == 403
    assert call(shared.port, "GET", "/probe", *headers).status == 200


def base_url(server: RunningServer, *headers: str) -> str | None:
    url: str | None = call(server.port, "GET", "/probe", *headers, host=f"127.0.0.1:{server.port}").json()["base_url"]
    return url


def test_mounts_are_told_by_which_url_the_server_was_called(shared: RunningServer) -> None:
    assert base_url(shared) == shared.url


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: localhost", "X-Forwarded-Prefix: /lab", "Forwarded: proto=https"],
)
def test_a_proxy_that_is_not_believed_leaves_the_url_open(shared: RunningServer, header: str) -> None:
    assert base_url(shared, header) is None


def test_the_url_behind_a_trusted_proxy_is_the_one_it_tells(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--trusted-proxies", "127.0.0.0/8", "--allowed-hosts", "team.example") as server:
        outer = ("X-Forwarded-Host: team.example", "X-Forwarded-Proto: https")
        assert base_url(server, *outer) == "https://team.example"
        assert base_url(server, *outer, "X-Forwarded-Prefix: /lab/ml/") == "https://team.example/lab/ml"
        assert base_url(server, "X-Forwarded-Prefix: /lab") == f"{server.url}/lab"
        assert base_url(server) == server.url
        for strange in ("lab", "//evil.example", "/a/../b", "/a?b", "/a b", "/@evil.example:1"):
            assert base_url(server, *outer, f"X-Forwarded-Prefix: {strange}") is None
        assert call(server.port, "GET", "/probe", "X-Forwarded-Host: evil.example").status == 403
