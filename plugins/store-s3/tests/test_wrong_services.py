"""Services that are away, busy, wrong or hostile: each is one clear error, and nothing half done is left or shown."""

from __future__ import annotations

import hashlib
import logging
import ssl
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import pytest

from runyard.entities import FileInfo
from runyard.errors import (
    AlreadyExists,
    CorruptData,
    Forbidden,
    InvalidInput,
    NotFound,
    NotSupported,
    RunyardError,
    StorageFull,
    Unavailable,
)
from runyard.settings import Settings
from runyard.testing.scripted import Asked, Reply, Scripted, in_turn, scripted_server
from runyard.uris import Uri
from runyard_store_s3 import connection
from runyard_store_s3.store import S3ArtifactStore
from runyard_store_s3.writing import PART

sys.path.insert(0, str(Path(__file__).parent))
from misbehaving import fault, key_of, listing, query_of

SECRET, TOKEN = "SECRETkey0123456789", "TOKENsession0123456789"
CONTENT = bytes(range(256)) * 40


def store_at(url: str, **extra: object) -> S3ArtifactStore:
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_SESSION_TOKEN": TOKEN,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }
    named = {f"store-s3.{name}": value for name, value in {"endpoint": url, "attempts": 3, **extra}.items()}
    return S3ArtifactStore(Uri.parse("s3://bucket/root"), Settings(environ=environ, extra=named))


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_PAUSE", 0.01)


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (fault(403, "InvalidAccessKeyId"), Forbidden, "access key AKIDEXAMPLE .* does not know these credentials"),
        (fault(403, "SignatureDoesNotMatch"), Forbidden, "AKIDEXAMPLE"),
        (fault(403, "AccessDenied"), Forbidden, "AKIDEXAMPLE .*right to do this"),
        (fault(400, "ExpiredToken"), Forbidden, "have expired"),
        (fault(403, "RequestTimeTooSkewed"), Forbidden, "clock"),
        (fault(404, "NoSuchBucket"), NotFound, "no such bucket"),
        (fault(301, "PermanentRedirect", "Elsewhere."), InvalidInput, "another region"),
        (fault(503, "SlowDown", "Reduce your rate."), Unavailable, "busy.*Reduce your rate"),
        (fault(500, "InternalError"), Unavailable, "try again later"),
        (fault(429, "TooManyRequests"), Unavailable, "busy"),
        (fault(507, "XMinioStorageFull"), StorageFull, "free some space"),
        (fault(501, "NotImplemented"), NotSupported, "does not offer"),
        (fault(400, "EntityTooLarge", "Your file is too large"), InvalidInput, "Your file is too large"),
        (fault(400, "BadDigest"), CorruptData, "damaged on the way"),
        (fault(418, "Teapot", "short and\nstout"), RunyardError, "Teapot: short and stout"),
        (Reply(403, b"<html>no XML"), Forbidden, "403"),
        (Reply(502, b""), Unavailable, "502"),
    ],
)
def test_what_a_service_refuses_is_one_clear_error(
    reply: Reply, kind: type[RunyardError], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted_server(in_turn(reply)) as script:
        store = store_at(script.url)
        for action in (lambda: store.write("a.txt", BytesIO(CONTENT)), lambda: store.open("a.txt"), store.list):
            with pytest.raises(kind, match=words) as caught:
                action()
            assert "\n" not in str(caught.value)
            for secret in (SECRET, TOKEN):
                assert (
                    secret not in f"{caught.value!r} {caught.value} {store!r} {store._bucket!r} {store._bucket.access}"
                )
                assert secret not in caplog.text


def test_what_may_be_well_the_next_time_is_asked_again() -> None:
    replies = in_turn(fault(503, "SlowDown"), Reply(200, b"", {}, cut=0), Reply(200, headers={"ETag": '"x"'}))
    with scripted_server(replies) as script:
        assert store_at(script.url).write("a.txt", BytesIO(CONTENT)).file_size == len(CONTENT)
    assert [asked.body for asked in script.asked] == [CONTENT] * len(script.asked)


def test_what_will_not_be_well_is_asked_once() -> None:
    with scripted_server(in_turn(fault(403, "AccessDenied"))) as script, pytest.raises(Forbidden):
        store_at(script.url).write("a.txt", BytesIO(CONTENT))
    assert len(script.asked) == 1


def test_a_service_that_is_away_is_told() -> None:
    with scripted_server(in_turn(Reply())) as script:
        url = script.url
    with pytest.raises(Unavailable, match=rf"{url} cannot be reached \(.*refused"):
        store_at(url).list()
    with pytest.raises(Unavailable, match="resolve"):
        store_at("http://nowhere.invalid:1").list()


def test_a_service_that_never_answers_is_told() -> None:
    def never(asked: Asked) -> Reply:
        time.sleep(1)
        return Reply()

    with scripted_server(never) as script, pytest.raises(Unavailable, match="timed out"):
        store_at(script.url, timeout=0.1, attempts=1).list()


def test_a_refused_look_at_a_file_is_asked_for_its_reason() -> None:
    reply = fault(403, "SignatureDoesNotMatch", "The signature is wrong.")
    with scripted_server(in_turn(reply)) as script, pytest.raises(Forbidden, match=r"The signature is wrong\."):
        store_at(script.url).stat("a.txt")
    assert script.methods() == ["HEAD", "GET"]


def test_a_bucket_in_another_region_is_followed() -> None:
    def answer(asked: Asked) -> Reply:
        if "/eu-west-9/s3" in asked.headers["authorization"]:
            return listing("root/a.txt")
        region = "<Region>eu-west-9</Region>"
        return fault(400, "AuthorizationHeaderMalformed", "Wrong region.", region)

    with scripted_server(answer) as script:
        store = store_at(script.url, region="us-east-1")
        assert [info.path for info in store.list()] == ["a.txt"]
        assert [info.path for info in store.list()] == ["a.txt"]
    assert len(script.asked) == 3


def test_a_service_that_sends_from_region_to_region_is_told() -> None:
    regions = iter(f"<Region>r-{number}</Region>" for number in range(99))

    def answer(asked: Asked) -> Reply:
        return fault(301, "PermanentRedirect", "Elsewhere.", next(regions))

    with scripted_server(answer) as script, pytest.raises(InvalidInput, match=r"another region.*r-1"):
        store_at(script.url).list()
    assert len(script.asked) == 2


def test_what_names_no_region_is_not_followed() -> None:
    evil = "<Region>evil.example/x?</Region>"
    reply = fault(301, "PermanentRedirect", "Elsewhere.", evil)
    with scripted_server(in_turn(reply)) as script, pytest.raises(InvalidInput, match="another region"):
        store_at(script.url).list()
    assert len(script.asked) == 1


@pytest.mark.openssl
def test_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_told_to_be_right(tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *names]
    subprocess.run(["openssl", *made], check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with scripted_server(in_turn(listing("root/a.txt")), tls) as script:
        with pytest.raises(Unavailable, match=r"is not trusted.*store-s3\.ca_bundle"):
            store_at(script.url).list()
        assert script.asked == []
        for told in ({"ca_bundle": certificate}, {"ignore_tls": True}):
            assert [info.path for info in store_at(script.url, **told).list()] == ["a.txt"]


# --- reading ----------------------------------------------------------------------------------------------------------


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


class File:
    """A service with one file, whose answers are cut and changed by the test."""

    def __init__(self, content: bytes, *, etag: str = "", cut: int | None = None) -> None:
        self.content, self.etag, self.cut = content, etag or md5(content), cut

    def __call__(self, asked: Asked) -> Reply:
        headers = {"ETag": f'"{self.etag}"'}
        if asked.headers.get("if-match", headers["ETag"]) != headers["ETag"]:
            return fault(412, "PreconditionFailed")
        span = asked.headers.get("range")
        if span is None:
            return Reply(200, self.content, headers, cut=self.cut)
        start, _, last = span.removeprefix("bytes=").partition("-")
        end = min(int(last) + 1 if last else len(self.content), len(self.content))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(self.content)}"
        return Reply(206, self.content[int(start) : end], headers, cut=self.cut)


def test_a_download_goes_on_where_it_broke_off() -> None:
    with scripted_server(File(CONTENT, cut=3_000)) as script, store_at(script.url).open("a.bin") as stream:
        assert stream.read() == CONTENT
    assert [asked.headers.get("range") for asked in script.asked] == [
        None,
        "bytes=3000-10239",
        "bytes=6000-10239",
        "bytes=9000-10239",
    ]


def test_a_file_that_changes_while_it_is_read_is_told() -> None:
    file = File(CONTENT, cut=3_000)
    with scripted_server(file) as script, store_at(script.url).open("a.bin") as stream:
        stream.read(1_000)
        file.content, file.etag = CONTENT[::-1], "other"
        with pytest.raises(CorruptData, match="changed while it was read"):
            stream.read()


def test_a_connection_that_never_gets_further_is_told() -> None:
    with (
        scripted_server(File(CONTENT, cut=0)) as script,
        store_at(script.url).open("a.bin") as stream,
        pytest.raises(Unavailable, match="broke off at byte 0 of 10,240"),
    ):
        stream.read()


def test_a_file_that_is_not_what_its_etag_says_is_told() -> None:
    with scripted_server(File(CONTENT, etag=md5(b"else"))) as script:
        with store_at(script.url).open("a.bin") as stream, pytest.raises(CorruptData, match="MD5"):
            stream.read()
        with store_at(script.url, md5_etags=False).open("a.bin") as stream:
            assert stream.read() == CONTENT


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Range": "bytes 0-4/10240"},
        {"Content-Range": "bytes 5-9/10240", "Content-Length": "7"},
        {"Content-Range": "bytes 5-99/10240"},
        {"Content-Range": "nonsense"},
        {},
    ],
)
def test_another_range_than_was_asked_for_is_refused(headers: dict[str, str]) -> None:
    reply = Reply(206 if headers else 200, CONTENT[5:10], headers)
    with (
        scripted_server(in_turn(reply)) as script,
        pytest.raises(CorruptData, match="than the part that was asked for"),
    ):
        store_at(script.url).open("a.bin", start=5, length=5)


def test_a_range_that_is_sent_short_is_completed() -> None:
    """A service may send less than was asked for; what is missing is asked for again."""
    short = Reply(206, CONTENT[5:8], {"Content-Range": "bytes 5-7/10240", "ETag": '"x"'})
    rest = Reply(206, CONTENT[8:10], {"Content-Range": "bytes 8-9/10240", "ETag": '"x"'})
    with (
        scripted_server(in_turn(short, rest)) as script,
        store_at(script.url).open("a.bin", start=5, length=5) as stream,
    ):
        assert stream.read() == CONTENT[5:10]


# --- listings ---------------------------------------------------------------------------------------------------------

HOSTILE = ("root/../up.txt", "root//twice", "root/a/../../up", "root/%252e%252e/up", "root/nul%00.txt", "root/./dot")


def test_hostile_keys_are_not_shown() -> None:
    reply = listing(
        "other/a", "root/ok.txt", "rootless/a", *HOSTILE, folders=("root/../", "root//", "root/fine/", "x/")
    )
    with scripted_server(in_turn(reply)) as script:
        assert store_at(script.url).list() == [FileInfo("fine", True), FileInfo("ok.txt", False, 1)]


def test_deleting_deletes_hostile_keys_below_the_root_and_no_others() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET" and "delimiter" not in query_of(asked):
            return listing("other/a", "rootless/a", "root/ok&amp;.txt", "root//twice", "root/nul%00.txt")
        return listing() if asked.method == "GET" else Reply(200, b"<DeleteResult/>")

    with scripted_server(answer) as script:
        store_at(script.url).delete("")
    (bulk,) = [asked.body.decode() for asked in script.asked if asked.method == "POST"]
    assert "<Key>root/ok&amp;.txt</Key>" in bulk
    assert "<Key>root//twice</Key>" in bulk
    assert "other" not in bulk
    assert "rootless" not in bulk
    assert [key_of(asked) for asked in script.asked if asked.method == "DELETE"] == ["root/nul%00.txt"]


def test_what_could_not_be_deleted_is_told() -> None:
    failed = "<Error><Key>root/a.txt</Key><Code>AccessDenied</Code><Message>Kept by law</Message></Error>"

    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return listing("root/a.txt")
        return Reply(200, f"<DeleteResult>{failed}</DeleteResult>".encode())

    with scripted_server(answer) as script, pytest.raises(Forbidden, match=r"root/a\.txt: Kept by law"):
        store_at(script.url).delete("")


def test_a_service_without_bulk_deletion_is_asked_key_by_key() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return listing("root/a.txt", "root/b.txt") if "delimiter" not in query_of(asked) else listing()
        return fault(501, "NotImplemented") if asked.method == "POST" else Reply(204)

    with scripted_server(answer) as script:
        store_at(script.url).delete("")
    assert [key_of(asked) for asked in script.asked if asked.method == "DELETE"] == ["root/a.txt", "root/b.txt"]


def test_a_listing_that_never_ends_is_left() -> None:
    with scripted_server(in_turn(listing("root/a.txt", more="again"))) as script:
        assert [info.path for page in store_at(script.url).list_pages() for info in page] == ["a.txt", "a.txt"]


def test_a_listing_that_is_none_is_told() -> None:
    reply = Reply(200, b"<html><p>Sign in")
    with scripted_server(in_turn(reply)) as script, pytest.raises(RunyardError, match="cannot be understood"):
        store_at(script.url).list()


# --- writing ----------------------------------------------------------------------------------------------------------


class Parts:
    """A service that takes parts, and does to some requests what the test says."""

    def __init__(self, **replies: Reply) -> None:
        self.replies = replies

    def __call__(self, asked: Asked) -> Reply:
        kind = self.kind(asked)
        if kind in self.replies:
            return self.replies[kind]
        if kind == "create":
            return Reply(200, b"<R><UploadId>u1</UploadId></R>")
        return Reply(204 if kind == "abort" else 200, b"" if kind in {"part", "abort"} else b"<R/>", {"ETag": '"e"'})

    @staticmethod
    def kind(asked: Asked) -> str:
        if "uploads" in query_of(asked):
            return "create"
        if "uploadId" not in query_of(asked):
            return asked.method.lower()
        return {"PUT": "part", "POST": "complete", "DELETE": "abort", "GET": "parts"}[asked.method]

    def kinds(self, script: Scripted) -> list[str]:
        return [self.kind(asked) for asked in script.asked]


@pytest.mark.parametrize("kind", ["part", "complete"])
def test_a_large_file_that_is_refused_leaves_nothing_behind(kind: str) -> None:
    parts = Parts(**{kind: fault(403, "AccessDenied")})
    with scripted_server(parts) as script, pytest.raises(Forbidden):
        store_at(script.url).write("large.bin", BytesIO(bytes(PART + 1)))
    assert parts.kinds(script)[-1] == "abort"


def test_an_upload_that_fails_after_all_seemed_well_is_told() -> None:
    parts = Parts(complete=Reply(200, b"<Error><Code>InternalError</Code><Message>No.</Message></Error>"))
    with scripted_server(parts) as script, pytest.raises(Unavailable, match="try again later"):
        store_at(script.url).write("large.bin", BytesIO(bytes(PART + 1)))
    assert parts.kinds(script).count("complete") == 3
    assert parts.kinds(script)[-1] == "abort"


def test_a_service_that_ignores_conditions_is_not_trusted_with_them() -> None:
    with scripted_server(in_turn(Reply(200, headers={"ETag": '"e"'}))) as script:
        store = store_at(script.url)
        for _ in range(2):
            with pytest.raises(NotSupported, match="If-None-Match"):
                store.create("a.txt", BytesIO(b"x"))
    assert script.methods() == ["PUT", "PUT", "DELETE"]
    assert not any("a.txt" in key_of(asked) for asked in script.asked)


@pytest.mark.parametrize("status", [501, 412])
def test_the_condition_is_tried_once(status: int) -> None:
    def answer(asked: Asked) -> Reply:
        if status == 501:
            return fault(501, "NotImplemented") if "if-none-match" in asked.headers else Reply()
        known.append(key_of(asked))
        return fault(412, "PreconditionFailed") if known.count(key_of(asked)) > 1 and asked.method == "PUT" else Reply()

    known: list[str] = []
    with scripted_server(answer) as script:
        store = store_at(script.url)
        if status == 501:
            with pytest.raises(NotSupported, match="If-None-Match"):
                store.create("a.txt", BytesIO(b"x"))
            return
        store.create("a.txt", BytesIO(b"x"))
        store.create("b.txt", BytesIO(b"x"))
        with pytest.raises(AlreadyExists, match=r"a\.txt"):
            store.create("a.txt", BytesIO(b"x"))
    assert sum(".runyard-probe-" in key_of(asked) for asked in script.asked) == 3


def test_a_file_that_becomes_shorter_while_it_is_sent_is_told() -> None:
    class Shrinking(BytesIO):
        left = len(CONTENT)

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            self.left -= len(data)
            return data if self.left >= 0 else b""

    reply = Reply(200, headers={"ETag": '"e"'})
    with scripted_server(in_turn(reply)) as script, pytest.raises(OSError, match="became shorter"):
        store_at(script.url).write("a.bin", Shrinking(CONTENT))


def test_credentials_that_expired_are_looked_for_again() -> None:
    answers = in_turn(fault(400, "ExpiredToken"), listing("root/a.txt"))
    with scripted_server(answers) as script:
        assert [info.path for info in store_at(script.url).list()] == ["a.txt"]
    assert len(script.asked) == 2
