"""By which checksums what is sent and read is checked, with services that keep them, ignore them or refuse them."""

from __future__ import annotations

import base64
import hashlib
import sys
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from runyard.errors import CorruptData, InvalidInput
from runyard.settings import Settings
from runyard.testing.scripted import Answer, Asked, Reply, in_turn, scripted_server
from runyard.uris import Uri
from runyard_store_s3 import connection
from runyard_store_s3.digests import etag_of_parts
from runyard_store_s3.store import S3ArtifactStore

sys.path.insert(0, str(Path(__file__).parent))
from misbehaving import fault, query_of

CONTENT = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "FIRST_PAUSE", 0.01)


def store_at(url: str, **extra: object) -> S3ArtifactStore:
    named = {f"store-s3.{name}": value for name, value in {"endpoint": url, "anonymous": True, **extra}.items()}
    return S3ArtifactStore(Uri.parse("s3://bucket/root"), Settings(environ={}, extra=named))


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


# --- reading ----------------------------------------------------------------------------------------------------------


def crc32(content: bytes) -> str:
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


@pytest.mark.parametrize("told", [{}, {"x-amz-checksum-type": "FULL_OBJECT"}])
def test_a_file_that_is_not_what_its_checksum_says_is_told(told: dict[str, str]) -> None:
    def answer(asked: Asked) -> Reply:
        assert asked.headers["x-amz-checksum-mode"] == "ENABLED"
        headers = {"ETag": f'"{"0" * 32}"', "x-amz-checksum-crc32": crc32(content), **told}
        return Reply(200, CONTENT, headers)

    content = CONTENT
    with scripted_server(answer) as script:
        with store_at(script.url).open("a.bin") as stream:
            assert stream.read() == CONTENT
        content = CONTENT[:-1] + b"!"
        with store_at(script.url).open("a.bin") as stream, pytest.raises(CorruptData, match="CRC-32"):
            stream.read()


@pytest.mark.parametrize(
    "told",
    [
        {"x-amz-checksum-crc32": "AAAAAA=="},
        {"x-amz-checksum-crc32": "AAAAAA==-2", "x-amz-checksum-type": "COMPOSITE"},
        {"x-amz-checksum-crc32": "nonsense"},
        {"x-amz-checksum-sha256": "AAAA"},
    ],
)
def test_a_checksum_that_is_not_that_of_the_whole_is_not_taken_for_it(told: dict[str, str]) -> None:
    reply = Reply(200, CONTENT, {"ETag": f'"{"0" * 32}-2"', **told})
    with scripted_server(in_turn(reply)) as script, store_at(script.url).open("a.bin") as stream:
        assert stream.read() == CONTENT
    with scripted_server(in_turn(reply)) as script:
        assert store_at(script.url).crc32("a.bin") is None


@pytest.mark.parametrize("sums", ["crc32", "md5"])
def test_a_file_in_parts_is_told_by_the_checksums_of_its_parts(sums: str) -> None:
    parts = [CONTENT[:6_000], CONTENT[6_000:]]

    def answer(asked: Asked) -> Reply:
        headers = {"ETag": f'"{etag_of_parts(hashlib.md5(part, usedforsecurity=False).digest() for part in parts)}"'}
        if sums == "crc32":
            combined = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in parts)
            headers = {"ETag": '"of-another-kind"', "x-amz-checksum-crc32": f"{crc32(combined)}-2"}
        number = int(query_of(asked).get("partNumber", "0"))
        body = parts[number - 1] if number else CONTENT
        return Reply(206 if number else 200, body, headers)

    with scripted_server(answer) as script:
        store = store_at(script.url)
        assert store.holds("a.bin", BytesIO(CONTENT)) is True
        assert store.holds("a.bin", BytesIO(CONTENT[:-1] + b"!")) is False


# --- writing ----------------------------------------------------------------------------------------------------------


def sums(asked: Asked) -> set[str]:
    return {"content-md5", "x-amz-checksum-crc32"} & asked.headers.keys()


BOTH, CRC, MD5 = {"content-md5", "x-amz-checksum-crc32"}, {"x-amz-checksum-crc32"}, {"content-md5"}


def keeping(asked: Asked) -> Reply:
    return Reply(200, headers={name: asked.headers[name] for name in sums(asked) & CRC})


def ignoring(asked: Asked) -> Reply:
    return Reply(200)


def refusing(asked: Asked) -> Reply:
    return fault(400, "InvalidArgument") if sums(asked) & CRC else Reply(200)


@pytest.mark.parametrize(
    ("answer", "sent"),
    [(keeping, [BOTH, CRC, CRC]), (ignoring, [BOTH, MD5, MD5]), (refusing, [BOTH, MD5, MD5, MD5])],
)
def test_what_a_service_checks_by_is_learned_from_its_answers(answer: Answer, sent: list[set[str]]) -> None:
    with scripted_server(answer) as script:
        store = store_at(script.url)
        for content in (b"first", b"second", b""):
            store.write("a.bin", BytesIO(content))
    assert [sums(asked) for asked in script.asked] == sent


def test_no_checksum_but_an_md5_is_sent_where_none_is_wanted() -> None:
    with scripted_server(keeping) as script:
        store_at(script.url, crc32=False).write("a.bin", BytesIO(CONTENT))
    assert [sums(asked) for asked in script.asked] == [MD5]


def test_what_is_refused_with_either_checksum_is_one_error() -> None:
    refused = fault(400, "InvalidArgument", "Never.")
    with scripted_server(in_turn(refused)) as script, pytest.raises(InvalidInput, match="Never"):
        store_at(script.url).write("a.bin", BytesIO(CONTENT))


class Parts:
    """A service of which uploads in parts can be had, as it says itself in `begun` and lists it in `listed`."""

    def __init__(self, begun: Reply | dict[str, str], listed: str = "") -> None:
        self.begun, self.listed = begun, listed
        self.completed = ""

    def __call__(self, asked: Asked) -> Reply:
        if "uploads" in query_of(asked):
            is_checked = "x-amz-checksum-algorithm" in asked.headers
            if is_checked and isinstance(self.begun, Reply):
                return self.begun
            told = self.begun if is_checked and isinstance(self.begun, dict) else {}
            body = f"<Begun><UploadId>{'checked' if is_checked else 'plain'}</UploadId></Begun>"
            return Reply(200, body.encode(), told)
        if asked.method == "PUT":
            return Reply(200, headers={"ETag": f'"{md5(asked.body)}"'})
        if asked.method == "POST":
            self.completed = asked.body.decode()
            return Reply(200, b"<Done/>")
        if asked.method == "GET":
            part = (
                "<Part><PartNumber>1</PartNumber><ETag>e</ETag><Size>5</Size><ChecksumCRC32>AbCd</ChecksumCRC32></Part>"
            )
            return Reply(200, f"<Parts>{self.listed}{part}</Parts>".encode())
        return Reply(200)


FULL = {"x-amz-checksum-algorithm": "CRC32", "x-amz-checksum-type": "FULL_OBJECT"}


def test_the_checksums_of_parts_are_told_again_at_the_end() -> None:
    """As some services want it, which keep them until then."""
    service = Parts(FULL)
    with scripted_server(service) as script:
        store = store_at(script.url)
        upload = store.create_upload("a.bin")
        etag = store.write_part("a.bin", upload, 1, BytesIO(b"first"))
        store.complete_upload("a.bin", upload, [(1, etag)])
    assert [sums(asked) for asked in script.asked if asked.method == "PUT"] == [CRC]
    assert "<ChecksumCRC32>AbCd</ChecksumCRC32>" in service.completed


@pytest.mark.parametrize(
    ("begun", "given_up"),
    [
        ({}, 1),
        ({"x-amz-checksum-algorithm": "CRC32"}, 1),
        (fault(400, "InvalidArgument"), 0),
        (fault(501, "NotImplemented"), 0),
    ],
)
def test_an_upload_has_no_checksums_where_the_service_keeps_none_of_the_whole(
    begun: Reply | dict[str, str], given_up: int
) -> None:
    with scripted_server(Parts(begun)) as script:
        store = store_at(script.url)
        assert [store.create_upload("a.bin"), store.create_upload("b.bin")] == ["plain", "plain"]
        store.write_part("a.bin", "plain", 1, BytesIO(b"first"))
    asked = [asked for asked in script.asked if "uploads" in query_of(asked)]
    assert ["x-amz-checksum-type" in one.headers for one in asked] == [True, False, False]
    assert [query_of(asked)["uploadId"] for asked in script.asked if asked.method == "DELETE"] == ["checked"] * given_up
    assert [sums(asked) for asked in script.asked if asked.method == "PUT"] == [MD5]


@pytest.mark.parametrize(
    ("listed", "sent"), [("<ChecksumAlgorithm>CRC32</ChecksumAlgorithm>", CRC), ("", MD5)], ids=["checked", "plain"]
)
def test_an_upload_that_another_process_began_is_gone_on_with_as_it_began(listed: str, sent: set[str]) -> None:
    with scripted_server(Parts(FULL, listed)) as script:
        store = store_at(script.url)
        for number in (1, 2):
            store.write_part("a.bin", "theirs", number, BytesIO(b"first"))
    assert [asked.method for asked in script.asked] == ["GET", "PUT", "PUT"]
    assert [sums(asked) for asked in script.asked if asked.method == "PUT"] == [sent, sent]
