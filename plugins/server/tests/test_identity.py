"""Who asks is found out before anything else happens, is remembered for seconds, and guessing is slowed down."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runyard.testing.raw_http import Response, call
from runyard.testing.server import RunningServer, RunServer, clean_environment

ANN = "Authorization: Bearer ann"
BOB = "Authorization: Bearer bob"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guarded")


@pytest.fixture(scope="module")
def guarded(run: RunServer, folder: Path) -> Iterator[RunningServer]:
    log = str(folder / "access.log")
    flags = ("--authenticator", "guests", "--policy", "readers", "--access-log", log)
    with run(folder, *flags, "--trusted-proxies", "127.0.0.1") as server:
        yield server


def get(server: RunningServer, target: str, *headers: str) -> Response:
    return call(server.port, "GET", target, *headers)


def asked(folder: Path) -> int:
    file = folder / "asked"
    return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0


@pytest.mark.parametrize("target", ["/probe", "/", "/openapi.json", "/nope", "/gone", "/probe/files/x"])
def test_nothing_is_shown_to_who_does_not_say_who_it_is(guarded: RunningServer, target: str) -> None:
    answer = get(guarded, target)
    assert (answer.status, answer.json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert answer.header("www-authenticate") == 'Bearer realm="guests"'


def test_health_and_version_are_open(guarded: RunningServer) -> None:
    assert get(guarded, "/health").status == 200
    assert get(guarded, "/version").status == 200


def test_a_preflight_needs_no_credentials(guarded: RunningServer) -> None:
    answer = call(guarded.port, "OPTIONS", "/probe", "Origin: https://x", "Access-Control-Request-Method: PUT")
    assert answer.status == 403


def test_the_principal_is_in_the_scope(guarded: RunningServer) -> None:
    shown = get(guarded, "/probe", ANN).json()
    assert (shown["user"], shown["roles"]) == ("ann", ["guest"])


def test_an_answer_is_remembered_for_seconds_per_credentials(guarded: RunningServer, folder: Path) -> None:
    get(guarded, "/probe", BOB)
    before = asked(folder)
    assert {get(guarded, f"/probe/{number}", BOB, f"X: {number}").json()["user"] for number in range(20)} == {"bob"}
    assert asked(folder) - before <= 1
    time.sleep(5.2)
    assert get(guarded, "/probe", BOB).status == 200
    assert asked(folder) > before


def test_the_policy_decides_about_stores(guarded: RunningServer, folder: Path) -> None:
    assert "experiment" in get(guarded, "/probe/create?name=a", ANN).json()
    refused = get(guarded, "/probe/create?name=b", BOB).json()
    assert refused == {"error_code": "PERMISSION_DENIED", "message": "bob may not create experiment b"}
    assert "bob tracking.create_experiment" in (folder / "operations").read_text(encoding="utf-8")


def test_wrong_credentials_are_slowed_down_and_right_ones_are_not(guarded: RunningServer, folder: Path) -> None:
    evil = "X-Forwarded-For: 6.6.6.6"
    assert get(guarded, "/probe", ANN, evil).status == 200
    time.sleep(5.1)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: get(guarded, "/probe", f"Authorization: Bearer {n}", evil), range(60)))
    codes = [answer.status for answer in answers]
    assert set(codes) == {401, 429}
    assert codes.count(401) < 45
    assert get(guarded, "/probe", "Authorization: Bearer x", evil).status == 429
    assert int(str(get(guarded, "/probe", "Authorization: Bearer x", evil).header("retry-after"))) >= 1
    before = asked(folder)
    assert get(guarded, "/probe", BOB, "X-Forwarded-For: 1.2.3.4").status == 200, "another address is not slowed down"
    assert get(guarded, "/probe", ANN, evil).status == 200, "credentials that were right stay right"
    assert asked(folder) > before


def test_who_says_nothing_does_not_count_as_guessing(guarded: RunningServer) -> None:
    quiet = "X-Forwarded-For: 7.7.7.7"
    assert {get(guarded, "/probe", quiet).status for _ in range(25)} == {401}
    assert get(guarded, "/probe", ANN, quiet).status == 200


def test_a_signed_url_is_good_without_credentials(guarded: RunningServer) -> None:
    target = "/probe/files/part?number=1"
    signed = get(guarded, f"/probe/sign?target={target.replace('?', '%3F')}&seconds=60", ANN).json()["target"]
    assert signed.startswith(f"{target}&runyard-signature=")
    assert call(guarded.port, "PUT", signed, body=b"abc").json()["bytes"] == 3
    assert call(guarded.port, "PUT", signed.replace("number=1", "number=2"), body=b"abc").status == 403
    assert call(guarded.port, "GET", signed).status == 403
    assert call(guarded.port, "PUT", f"{signed}x", body=b"abc").json()["error_code"] == "PERMISSION_DENIED"
    assert call(guarded.port, "PUT", target, body=b"abc").status == 401


def test_a_signed_request_is_made_by_who_asked_for_the_url(guarded: RunningServer) -> None:
    signed = get(guarded, "/probe/sign?target=/probe/show%3Fa=1&seconds=60", BOB).json()["target"]
    shown = call(guarded.port, "PUT", signed).json()
    assert (shown["user"], shown["roles"], shown["query"]) == ("bob", ["guest"], "a=1")


def test_the_access_log_names_the_user_and_no_secret(guarded: RunningServer, folder: Path) -> None:
    get(guarded, "/probe/x?token=hunter2", ANN, "X-Request-Id: in-the-log")
    log, deadline = folder / "access.log", time.monotonic() + 20
    while "in-the-log" not in log.read_text(encoding="utf-8") and time.monotonic() < deadline:
        time.sleep(0.02)
    text = log.read_text(encoding="utf-8") + guarded.printed()
    lines = [line for line in text.splitlines() if "in-the-log" in line]
    assert len(lines) == 1
    assert '"user":"ann"' in lines[0]
    assert "hunter2" not in text
    assert "Bearer" not in text


def test_an_authenticator_that_looks_at_anything_is_asked_each_time(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--authenticator", "strangers", "--policy", "any") as server:
        for name in ("ann", "bob", "ann"):
            shown = get(server, "/probe", "Authorization: same", f"X-Name: {name}").json()
            assert shown["user"] == name
        assert get(server, "/probe", "Authorization: same").status == 401
        assert "experiment" in get(server, "/probe/create?name=a", "X-Name: x").json()


def test_an_authenticator_that_breaks_down_lets_nobody_in(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--authenticator", "moody", "--policy", "readers") as server:
        answer = get(server, "/probe", ANN)
        assert (answer.status, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")
        assert b"inside" not in answer.body


def test_where_several_policies_are_installed_one_has_to_be_chosen(site: Path, tmp_path: Path) -> None:
    environment = {**clean_environment(), "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "runyard", "server", "--port", "0", "--authenticator", "guests"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "choose what decides who may do what: --policy readers, roles or any" in done.stderr


def test_a_server_with_tokens_may_be_reached_from_elsewhere(run: RunServer, tmp_path: Path) -> None:
    create = ["tokens", "create", "ann", "--role", "viewer"]
    done = subprocess.run(
        [sys.executable, "-m", "runyard", *create],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    token = done.stdout.strip()
    flags = ("--host", "0.0.0.0", "--authenticator", "token")
    with run(tmp_path, *flags, RUNYARD_PLUGINS="server,store-sql,store-local,auth-token,probe") as server:
        assert "authenticator token" in server.printed()
        assert get(server, "/probe").status == 401
        assert get(server, "/probe", f"Authorization: Bearer {token}").json()["user"] == "ann"
        refused = get(server, "/probe/create?name=a", f"Authorization: Bearer {token}").json()
        assert refused["error_code"] == "PERMISSION_DENIED", "the only policy that is installed is used"
        assert call(server.port, "GET", "/health", host="10.1.2.3").status == 200
        bearer = f"Authorization: Bearer {token}"
        assert call(server.port, "GET", "/probe", bearer, host="10.1.2.3:5000").status == 200, "no name was rebound"
        assert call(server.port, "GET", "/probe", bearer, host="evil.example").status == 403


@pytest.mark.parametrize("name", ["ann", "Änne Müller", "x" * 256])
def test_who_is_not_asked_for_credentials_may_say_a_name(shared: RunningServer, name: str) -> None:
    given = f"X-Runyard-User: {name}".encode().decode("latin-1")
    shown = get(shared, "/probe", given).json()
    assert (shown["user"], shown["roles"]) == (name, [])


@pytest.mark.parametrize("name", ["", "x" * 257, "a\tb", "\xff", "\xc2\x85"])
def test_a_name_that_cannot_be_one_is_refused(shared: RunningServer, name: str) -> None:
    answer = get(shared, "/probe", f"X-Runyard-User: {name}")
    assert (answer.status, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_nobody_names_himself_where_credentials_are_asked_for(guarded: RunningServer) -> None:
    assert get(guarded, "/probe", "X-Runyard-User: ann").status == 401
    assert get(guarded, "/probe", BOB, "X-Runyard-User: ann").json()["user"] == "bob"


def test_nobody_names_himself_where_a_policy_looks_at_names(run: RunServer, tmp_path: Path) -> None:
    with run(tmp_path, "--policy", "readers") as server:
        assert get(server, "/probe", "X-Runyard-User: ann").json()["user"] == ""
