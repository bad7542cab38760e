"""The service copies files by itself: out of the same bucket or another one, very large ones in parts, checked."""

from __future__ import annotations

import logging
import os
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from runyard.errors import CorruptData, NotFound, NotSupported, RunyardError
from runyard.protocols.artifacts import ArtifactStore
from runyard.settings import Settings
from runyard.testing.contracts.artifacts import everything, read
from runyard.testing.contracts.artifacts_copies import CopiesFilesContract, CopyingStore
from runyard.testing.scripted import Answer, Asked, Reply, scripted_server
from runyard.transfers.copies import Place, copy
from runyard.uris import Uri
from runyard_store_s3 import connection, copying
from runyard_store_s3.store import S3ArtifactStore

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from conftest import Open
from misbehaving import fault, key_of, query_of

MIB = 1 << 20


@pytest.fixture
def beside(opened: Open, root_uri: str) -> S3ArtifactStore:
    return opened(f"{root_uri} beside")


@pytest.mark.s3
class TestContract(CopiesFilesContract):
    @pytest.fixture
    def store(self, s3_store: S3ArtifactStore) -> CopyingStore:
        return s3_store

    @pytest.fixture
    def beside(self, beside: S3ArtifactStore) -> ArtifactStore:
        return beside


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a service copied no more than 12 MiB with one request."""
    monkeypatch.setattr(copying, "LARGEST", 12 * MIB)
    monkeypatch.setattr(copying, "PART", 5 * MIB)


@pytest.mark.s3
@pytest.mark.usefixtures("small_parts")
def test_a_very_large_file_is_copied_in_parts(s3_store: S3ArtifactStore, beside: S3ArtifactStore) -> None:
    content = os.urandom(13 * MIB + 7)
    beside.write("large ü.bin", BytesIO(content))
    assert s3_store.copy("copy.bin", beside, "large ü.bin").file_size == len(content)
    assert read(s3_store, "copy.bin") == content
    assert (s3_store.version("copy.bin") or "").endswith("-3")
    assert s3_store.list_uploads() == []


@pytest.mark.s3
def test_a_copy_sends_nothing_through_this_machine(
    s3_store: S3ArtifactStore, beside: S3ArtifactStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "urllib3")
    for number in range(20):
        beside.write(f"folder/{number}.bin", BytesIO(os.urandom(1_000)))
    large = os.urandom(17 * MIB)
    beside.write("folder/large.bin", BytesIO(large))
    caplog.clear()
    stored = copy(Place(beside, "folder"), Place(s3_store, "copy"))
    assert len(stored) == 21
    assert sorted(info.path for info in stored) == everything(s3_store)
    assert read(s3_store, "copy/large.bin") == large
    asked = [text for text in caplog.messages if '"GET' in text and "list-type" not in text]
    assert len(asked) == 1  # which is what this test itself has read


@pytest.mark.s3
def test_what_is_not_to_be_replaced_is_not(s3_store: S3ArtifactStore, beside: S3ArtifactStore) -> None:
    beside.write("a.txt", BytesIO(b"new"))
    s3_store.write("a.txt", BytesIO(b"old"))
    with pytest.raises(RunyardError):
        copy(Place(beside, "a.txt"), Place(s3_store, "a.txt"), replace=False)
    assert read(s3_store, "a.txt") == b"old"


@pytest.mark.s3
def test_other_credentials_and_services_are_others(
    opened: Open, s3_store: S3ArtifactStore, environ: dict[str, str], s3_server: dict[str, str]
) -> None:
    reader = {
        "AWS_ACCESS_KEY_ID": s3_server["reader_access_key"],
        "AWS_SECRET_ACCESS_KEY": s3_server["reader_secret_key"],
    }
    assert s3_store.copies_from(opened("s3://elsewhere/x"))
    assert not s3_store.copies_from(opened(environment={**environ, **reader}))
    assert not s3_store.copies_from(opened(environment={**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}))
    assert not s3_store.copies_from(opened(requester_pays=True))


# --- services that do otherwise ---------------------------------------------------------------------------------------

SIZE = 100


def store_at(url: str) -> S3ArtifactStore:
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }
    named = {"store-s3.endpoint": url, "store-s3.attempts": 3}
    return S3ArtifactStore(Uri.parse("s3://bucket/root"), Settings(environ=environ, extra=named))


def answering(*copies: Reply, size: int = SIZE) -> Answer:
    """What is looked at is a file; copies are answered so, one after the other."""
    left = list(copies)

    def answer(asked: Asked) -> Reply:
        if asked.method == "HEAD":
            return Reply(200, b"", {"Content-Length": str(size), "ETag": f'"{"a" * 32}"'})
        if asked.method == "POST" and "uploads" in query_of(asked):
            return Reply(200, b"<R><UploadId>u1</UploadId></R>")
        if asked.method == "PUT":
            return left.pop(0) if len(left) > 1 else left[0]
        return Reply(200, b"<R></R>")

    return answer


def copied(etag: str = "a" * 32) -> Reply:
    return Reply(200, f"<CopyObjectResult><ETag>&quot;{etag}&quot;</ETag></CopyObjectResult>".encode())


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_PAUSE", 0.01)


def late(code: str) -> Reply:
    """An error that a service tells after it has said that all is well."""
    return Reply(200, f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode())


def test_what_is_to_be_copied_is_named_with_its_content() -> None:
    with scripted_server(answering(copied())) as server:
        store = store_at(server.url)
        assert store.copy("b", store, "a ü").file_size == SIZE
        (asked,) = (one for one in server.asked if one.method == "PUT")
    assert key_of(asked) == "root/b"
    assert asked.headers["x-amz-copy-source"] == "/bucket/root/a%20%C3%BC"
    assert asked.headers["x-amz-copy-source-if-match"] == f'"{"a" * 32}"'
    assert "x-amz-copy-source;" in asked.headers["authorization"]
    assert asked.body == b""


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (copied("b" * 32), CorruptData),
        (fault(412, "PreconditionFailed"), CorruptData),
        (fault(501, "NotImplemented"), NotSupported),
        (fault(404, "NoSuchKey"), NotFound),
        (late("NoSuchKey"), NotFound),
        (late("InternalError"), RunyardError),
        (Reply(200, b"no xml"), RunyardError),
    ],
)
def test_a_copy_that_goes_wrong_is_told(reply: Reply, kind: type[RunyardError]) -> None:
    with scripted_server(answering(reply)) as server, pytest.raises(kind):
        store_at(server.url).copy("b", store_at(server.url), "a")


def test_an_error_that_comes_late_is_tried_again() -> None:
    with scripted_server(answering(late("InternalError"), late("SlowDown"), copied())) as server:
        assert store_at(server.url).copy("b", store_at(server.url), "a").file_size == SIZE
        assert server.methods().count("PUT") == 3


def test_beyond_5_gib_the_parts_hold_every_byte_once_and_keep_the_limits() -> None:
    size = (9 << 30) + 1
    with scripted_server(answering(copied(), size=size)) as server:
        store: Any = store_at(server.url)
        store.copy("b", store, "a")
        parts = [one for one in server.asked if "partNumber" in query_of(one)]
    ranges = {
        int(query_of(one)["partNumber"]): tuple(map(int, one.headers["x-amz-copy-source-range"][6:].split("-")))
        for one in parts
    }
    assert len(parts) == len(ranges) == 37
    at = 0
    for number in range(1, len(ranges) + 1):
        start, end = ranges[number]
        assert start == at
        assert end - start < 5 << 30
        at = end + 1
    assert at == size


def test_a_service_that_copies_nothing_is_read_and_written(tmp_path: Path) -> None:
    content = b"x" * SIZE

    def answer(asked: Asked) -> Reply:
        if asked.method == "PUT" and "x-amz-copy-source" in asked.headers:
            return fault(501, "NotImplemented")
        if asked.method == "GET" and "list-type" not in query_of(asked):
            return Reply(200, content, {"Content-Length": str(SIZE)})
        return Reply(200, b"", {"Content-Length": str(SIZE)} if asked.method == "HEAD" else {})

    with scripted_server(answer) as server:
        store = store_at(server.url)
        copy(Place(store, "a"), Place(store, "b"))
        assert [one.body for one in server.asked if one.method == "PUT"] == [b"", content]


def test_parts_of_a_copy_that_fails_are_given_up() -> None:
    with scripted_server(answering(copied(), fault(403, "AccessDenied"), size=6 << 30)) as server:
        with pytest.raises(RunyardError, match="AccessDenied"):
            store_at(server.url).copy("b", store_at(server.url), "a")
        assert "DELETE" in server.methods()
