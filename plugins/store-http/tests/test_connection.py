"""Servers that are away, busy, wrong or hostile."""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runyard.entities import Metric
from runyard.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    InvalidInput,
    InvalidState,
    NoSuchPlugin,
    NotFound,
    NotSupported,
    QueryError,
    RunyardError,
    SettingsError,
    StorageFull,
    Unavailable,
)
from runyard.settings import Settings
from runyard.testing.scripted import Reply, scripted_server
from runyard.uris import Uri
from runyard_store_http.address import artifact_address, server_address
from runyard_store_http.connection import Server, server_at
from runyard_store_http.tracking import HttpTrackingStore
from runyard_store_http.tracking import open_store as open_at

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from answering import error, in_turn

EXPERIMENT = b'{"experiment": {"experiment_id": "1", "name": "x", "artifact_location": "s3://b"}}'
BUSY = error(503, "TEMPORARILY_UNAVAILABLE", "busy")


WRONG_QUERY = QueryError("expected a value", "a = ", 4, "put it in quotes")


def named(status: int, code: str, message: str, kind: object) -> Reply:
    """An error as a Runyard server tells it."""
    return Reply(status, json.dumps({"error_code": code, "message": message, "error_class": kind}).encode())


def open_store(url: str, **environment: str) -> HttpTrackingStore:
    settings = Settings(environ={"RUNYARD_STORE_HTTP_PATIENCE": "3", **environment}, tracking_uri=url)
    return open_at(Uri.parse(url), settings)


def test_a_busy_server_is_asked_again() -> None:
    with scripted_server(in_turn(BUSY, Reply(429, b""), Reply(502, b"<html>"), Reply(200, EXPERIMENT))) as server:
        assert open_store(server.url).get_experiment("1").name == "x"
        assert len(server.asked) == 4


def test_retry_after_is_honoured() -> None:
    wait = error(503, "TEMPORARILY_UNAVAILABLE", "busy", Retry_After="1")
    with scripted_server(in_turn(wait, Reply(200, EXPERIMENT))) as server:
        before = time.monotonic()
        open_store(server.url).get_experiment("1")
        assert time.monotonic() - before >= 1


def test_a_server_that_asks_for_more_patience_than_there_is_is_unavailable_at_once() -> None:
    wait = error(429, "RESOURCE_EXHAUSTED", "too many requests", Retry_After="600")
    with scripted_server(in_turn(wait)) as server:
        with pytest.raises(Unavailable, match="too many requests"):
            open_store(server.url).get_experiment("1")
        assert len(server.asked) == 1


def test_a_server_that_is_away_is_unavailable_and_then_asked_only_once() -> None:
    store = open_store("http://127.0.0.1:9", RUNYARD_STORE_HTTP_PATIENCE="0.5")
    with pytest.raises(Unavailable, match=r"http://127.0.0.1:9 cannot be reached \(Connection refused\)"):
        store.get_experiment("1")
    before = time.monotonic()
    with pytest.raises(Unavailable):
        store.get_experiment("1")
    assert time.monotonic() - before < 0.4


@pytest.mark.parametrize(
    ("reply", "kind", "match"),
    [
        (error(400, "INVALID_PARAMETER_VALUE", "bad name"), InvalidInput, "bad name"),
        (error(400, "INVALID_PARAMETER_VALUE", "Current state is deleted."), InvalidState, "deleted"),
        (error(400, "RESOURCE_ALREADY_EXISTS", "taken"), AlreadyExists, "taken"),
        (error(404, "RESOURCE_DOES_NOT_EXIST", "nothing there"), NotFound, "nothing there"),
        (error(409, "RESOURCE_CONFLICT", "changed"), Conflict, "changed"),
        (error(403, "PERMISSION_DENIED", "not yours"), Forbidden, "not yours"),
        (error(401, "UNAUTHENTICATED", "who?"), Forbidden, "unknown user .*set RUNYARD_STORE_HTTP_TOKEN"),
        (error(429, "RESOURCE_EXHAUSTED", "disk full"), Unavailable, "."),
        (error(501, "NOT_IMPLEMENTED", "no"), NotSupported, "no"),
        (named(400, "INVALID_PARAMETER_VALUE", "not so", "InvalidState"), InvalidState, "not so"),
        (named(400, "INVALID_PARAMETER_VALUE", "run r is deleted", "InvalidInput"), InvalidInput, "deleted"),
        (named(400, "INVALID_PARAMETER_VALUE", "no plugin", "NoSuchPlugin"), NoSuchPlugin, "no plugin"),
        (named(404, "RESOURCE_DOES_NOT_EXIST", "gone", "SystemExit"), NotFound, "gone"),
        (named(404, "RESOURCE_DOES_NOT_EXIST", "gone", None), NotFound, "gone"),
        (
            named(400, "INVALID_PARAMETER_VALUE", str(WRONG_QUERY), "QueryError"),
            QueryError,
            r"expected.*\n  a = \n      \^$",
        ),
        (named(400, "INVALID_PARAMETER_VALUE", "no query", "QueryError"), QueryError, "no query"),
        (error(500, "INTERNAL_ERROR", "oops"), RunyardError, "INTERNAL_ERROR: oops"),
        (Reply(404, b"<html>Not Found</html>", {"Content-Type": "text/html"}), RunyardError, "no MLflow or Runyard"),
        (Reply(404, b'{"detail":"Not Found"}'), RunyardError, "no MLflow or Runyard"),
        (Reply(200, b"<html>Log in</html>", {"Content-Type": "text/html"}), RunyardError, "no MLflow or Runyard"),
        (Reply(200, b"[]"), RunyardError, "cannot be understood"),
        (Reply(200, b"{}"), RunyardError, "cannot be understood"),
        (Reply(413, b"too large"), InvalidInput, "no request that large"),
        (Reply(302, b"", {"Location": "https://login.example.org/?next=x"}), RunyardError, "another server"),
    ],
)
def test_what_a_server_answers_becomes_the_error_it_means(reply: Reply, kind: type[RunyardError], match: str) -> None:
    with scripted_server(in_turn(reply)) as server:
        with pytest.raises(RunyardError, match=match) as raised:
            open_store(server.url, RUNYARD_STORE_HTTP_PATIENCE="0.1").get_experiment("1")
        if kind is Unavailable:
            assert type(raised.value) in {Unavailable, StorageFull}
        else:
            assert type(raised.value) is kind


def test_errors_that_mean_no_refusal_are_none() -> None:
    """What belongs to a proxy or a wrong address must never look as if the server had refused what was logged."""
    for reply in (Reply(404, b"x", {"Content-Type": "text/html"}), Reply(401, b""), Reply(403, b""), Reply(500, b"")):
        with scripted_server(in_turn(reply)) as server, pytest.raises(RunyardError) as raised:
            open_store(server.url).log_batch("r", metrics=[Metric("m", 1.0, 1)])
        assert not isinstance(raised.value, InvalidInput | InvalidState | NotFound)


class TestOnce:
    def test_an_experiment_whose_answer_was_lost_is_not_made_twice(self) -> None:
        made = Reply(200, b'{"experiment": {"experiment_id": "7", "name": "x", "artifact_location": ""}}')
        with scripted_server(in_turn(Reply(nothing=True), made)) as server:
            assert open_store(server.url).create_experiment("x").experiment_id == "7"
        assert len(server.targets("POST")) == 1

    def test_a_run_whose_answer_was_lost_is_found_by_its_tag(self) -> None:
        run = b'{"info": {"run_id": "abc", "experiment_id": "1", "status": "RUNNING", "start_time": 1}}'
        none, found, got = (
            Reply(200, b"{}"),
            Reply(200, b'{"runs": [' + run + b"]}"),
            Reply(200, b'{"run": ' + run + b"}"),
        )
        with scripted_server(in_turn(none, Reply(nothing=True), found, got)) as server:
            from runyard.entities import RunStart

            start = RunStart("c" * 32, "n", "ann", 1, experiment_id="1")
            assert open_store(server.url).create_run(start).info.run_id == "abc"
        assert sum(path.endswith("runs/create") for path in server.targets()) == 1

    def test_what_was_deleted_before_its_answer_was_lost_is_no_error(self) -> None:
        gone = error(404, "RESOURCE_DOES_NOT_EXIST", "No experiment")
        deleted = Reply(200, EXPERIMENT.replace(b'"name"', b'"lifecycle_stage": "deleted", "name"'))
        with scripted_server(in_turn(Reply(nothing=True), deleted, gone)) as server:
            open_store(server.url).delete_experiment("1")
        assert len(server.asked) == 2


class TestCredentials:
    def test_a_token_is_sent(self) -> None:
        with scripted_server(in_turn(Reply(200, EXPERIMENT))) as server:
            open_store(server.url, MLFLOW_TRACKING_TOKEN="t0ken").get_experiment("1")
            assert server.asked[0].headers["authorization"] == "Bearer t0ken"

    def test_user_and_password_go_before_a_token_and_those_of_the_uri_before_both(self) -> None:
        env = {"MLFLOW_TRACKING_TOKEN": "t", "MLFLOW_TRACKING_USERNAME": "ann", "MLFLOW_TRACKING_PASSWORD": "pä:ss"}
        with scripted_server(in_turn(Reply(200, EXPERIMENT))) as server:
            open_store(server.url, **env).get_experiment("1")
            open_store(server.url.replace("//", "//bob:s%40t@"), **env).get_experiment("1")
            sent = [base64.b64decode(each.headers["authorization"].removeprefix("Basic ")) for each in server.asked]
        assert [pair.decode() for pair in sent] == ["ann:pä:ss", "bob:s@t"]

    def test_credentials_are_in_no_message(self) -> None:
        url = "http://bob:s3cret@127.0.0.1:9"
        store = open_store(url, RUNYARD_STORE_HTTP_PATIENCE="0")
        with pytest.raises(Unavailable) as raised:
            store.get_experiment("1")
        settings = Settings(environ={"MLFLOW_TRACKING_TOKEN": "t0ken"}, tracking_uri=url)
        _, access = server_address(Uri.parse("http://127.0.0.1:9"), settings)
        assert "s3cret" not in f"{raised.value} {store} {raised.value.__cause__!r}"
        assert "t0ken" not in repr(access)

    def test_a_wrong_password_names_the_user(self) -> None:
        with scripted_server(in_turn(Reply(401, b"nope"))) as server, pytest.raises(Forbidden) as raised:
            open_store(server.url.replace("//", "//bob:s3cret@")).get_experiment("1")
        assert "user 'bob'" in str(raised.value)
        assert "s3cret" not in str(raised.value)

    def test_credentials_do_not_follow_a_redirect_to_another_host(self) -> None:
        with scripted_server(in_turn(Reply(200, EXPERIMENT))) as other:
            place = other.url.replace("127.0.0.1", "localhost") + "/x"
            with (
                scripted_server(in_turn(Reply(307, b"", {"Location": place}))) as server,
                pytest.raises(RunyardError, match="another server"),
            ):
                open_store(server.url, MLFLOW_TRACKING_TOKEN="t").get_experiment("1")
            assert not other.asked

    def test_a_redirect_on_the_same_host_is_followed_without_credentials_for_another_port(self) -> None:
        with scripted_server(in_turn(Reply(200, EXPERIMENT))) as other:
            with scripted_server(in_turn(Reply(307, b"", {"Location": other.url + "/x"}))) as server:
                open_store(server.url, MLFLOW_TRACKING_TOKEN="t").get_experiment("1")
            assert "authorization" not in other.asked[0].headers

    def test_a_moved_post_says_what_to_set(self) -> None:
        with scripted_server(in_turn(Reply(301, b"", {"Location": "/elsewhere"}))) as server:
            with pytest.raises(RunyardError, match="set the tracking URI to what it redirects to"):
                open_store(server.url).rename_experiment("1", "y")
            assert len(server.asked) == 1

    def test_credentials_go_to_no_server_that_only_a_run_names(self) -> None:
        settings = Settings(environ={"MLFLOW_TRACKING_TOKEN": "t"}, tracking_uri="https://runs.example.org/base")
        own, own_access, path = artifact_address(Uri.parse("mlflow-artifacts:/1/a b/artifacts"), settings)
        assert (str(own), own_access.token, path) == ("https://runs.example.org/base", "t", "1/a b/artifacts")
        same, same_access, _ = artifact_address(Uri.parse("mlflow-artifacts://runs.example.org/1"), settings)
        assert (str(same), same_access.token) == ("https://runs.example.org/base", "t")
        evil, evil_access, path = artifact_address(Uri.parse("mlflow-artifacts://evil.example.org:80/1"), settings)
        assert (str(evil), evil_access.has_credentials, path) == ("https://evil.example.org:80", False, "1")

    def test_artifacts_of_a_server_need_one(self) -> None:
        with pytest.raises(InvalidInput, match="tracking URI is not set"):
            artifact_address(Uri.parse("mlflow-artifacts:/1"), Settings(environ={}))

    def test_settings_that_contradict_each_other_are_told(self) -> None:
        env = {"MLFLOW_TRACKING_INSECURE_TLS": "true", "MLFLOW_TRACKING_SERVER_CERT_PATH": "/ca.pem"}
        with pytest.raises(SettingsError, match="contradict"):
            open_store("https://x", **env)

    @pytest.mark.parametrize("uri", ["http://", "http:///path", "http://host/?a=b", "http://host:port"])
    def test_a_uri_that_names_no_server_is_refused(self, uri: str) -> None:
        with pytest.raises(InvalidInput):
            open_store(uri)


def test_nothing_is_asked_when_a_store_is_opened() -> None:
    with scripted_server(in_turn(Reply(500))) as server:
        open_store(server.url)
        assert not server.asked


def test_connections_are_used_again_and_a_forked_child_makes_its_own() -> None:
    with scripted_server(in_turn(Reply(200, EXPERIMENT))) as script:
        server: Server = server_at(*server_address(Uri.parse(script.url), Settings(environ={})))
        store = HttpTrackingStore(server)
        store.get_experiment("1")
        first = server._open_session()
        store.get_experiment("1")
        assert server._open_session() is first
        pid = os.fork()
        if not pid:
            os._exit(0 if server._open_session() is not first and store.get_experiment("1").name == "x" else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert store.get_experiment("1").name == "x"


def test_a_server_that_speaks_no_tls_is_told_so_at_once() -> None:
    with scripted_server(in_turn(Reply(200, EXPERIMENT))) as server:
        before = time.monotonic()
        with pytest.raises(Unavailable, match="cannot be verified"):
            open_store(server.url.replace("http:", "https:")).get_experiment("1")
        assert time.monotonic() - before < 2.5


@pytest.mark.openssl
def test_a_server_whose_certificate_nobody_signed_is_told_so_at_once(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with scripted_server(in_turn(Reply(200, EXPERIMENT)), context) as server:
        with pytest.raises(Unavailable, match=r"self-signed certificate.*set RUNYARD_STORE_HTTP_SERVER_CERT"):
            open_store(server.url).get_experiment("1")
        assert not server.asked
        trusting = open_store(server.url, RUNYARD_STORE_HTTP_SERVER_CERT=str(certificate))
        assert trusting.get_experiment("1").name == "x"


def self_signed(folder: Path) -> Path:
    """A PEM file with a key and a certificate for 127.0.0.1 that it signed itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl, which makes the certificate")
    file = folder / "server.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [*command, *names, "-keyout", str(file), "-out", str(folder / "c.pem")], check=True, capture_output=True
    )
    file.write_bytes(file.read_bytes() + (folder / "c.pem").read_bytes())
    return file
