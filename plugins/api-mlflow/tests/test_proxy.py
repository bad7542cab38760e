"""Artifacts go through the server byte for byte: sent, fetched whole or in part, listed, deleted, checked."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from runyard.host import Host
from runyard.protocols.access import Action, Operation, Principal
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
CONTENT = bytes(range(256)) * 40
LARGE = b"0123456789abcdef" * 200_000


def digest(content: bytes, name: str = "sha-256") -> str:
    value = hashlib.new(name.replace("-", ""), content).digest()
    return f"{name}=:{base64.b64encode(value).decode()}:"


@pytest.fixture
def root(service: Service) -> Path:
    assert service.artifact_root is not None
    return service.artifact_root.local_path


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
@pytest.mark.parametrize("content", [CONTENT, b"", b"\r\n\0", LARGE], ids=["bytes", "empty", "odd", "large"])
def test_what_was_put_is_got(client: httpx.Client, prefix: str, content: bytes) -> None:
    url = f"{prefix}/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model/data.bin"
    put = client.put(url, content=content)
    assert (put.status_code, put.content) == (200, b"")
    got = client.get(url)
    assert (got.status_code, got.content) == (200, content)
    assert got.headers["content-length"] == str(len(content))


def test_a_put_replaces_an_earlier_file(client: httpx.Client) -> None:
    for content in (LARGE, b"short"):
        assert client.put(f"{PROXY}/a.bin", content=content).status_code == 200
        assert client.get(f"{PROXY}/a.bin").content == content


@pytest.mark.parametrize(
    "name", ["Größe in µm.txt", "a+b=c&d.txt", "50% (1).txt", "q?x#y.txt", "日本", "a%20b", "...", "..;", "a;b", "~"]
)
def test_names_keep_their_characters(client: httpx.Client, root: Path, name: str) -> None:
    quoted = "/" + quote(name, safe="")
    assert client.put(f"{PROXY}{quoted}", content=b"x").status_code == 200
    assert [path.name for path in root.iterdir()] == [name]
    assert client.get(f"{PROXY}{quoted}").content == b"x"
    assert client.get(PROXY).json()["files"] == [{"path": name, "is_dir": False, "file_size": 1}]


def test_a_listing_has_names_relative_to_its_folder(client: httpx.Client) -> None:
    for path in ("1/r/a.txt", "1/r/model/b.txt", "1/other.txt"):
        client.put(f"{PROXY}/{path}", content=b"12345")
    assert client.get(PROXY, params={"path": "1/r"}).json() == {
        "files": [
            {"path": "a.txt", "is_dir": False, "file_size": 5},
            {"path": "model", "is_dir": True},
        ]
    }
    assert client.get(PROXY).json() == {"files": [{"path": "1", "is_dir": True}]}


@pytest.mark.parametrize("path", ["missing", "a.txt", "a.txt/below"])
def test_listing_what_is_no_folder_is_empty(client: httpx.Client, path: str) -> None:
    client.put(f"{PROXY}/a.txt", content=b"x")
    assert client.get(PROXY, params={"path": path}).json() == {}


def test_a_missing_file_is_not_found(client: httpx.Client) -> None:
    answer = client.get(f"{PROXY}/0/no.txt")
    assert answer.status_code == 404
    assert answer.json() == {
        "error_code": "RESOURCE_DOES_NOT_EXIST",
        "message": "No such artifact: '0/no.txt'",
        "error_class": "NotFound",
    }


@pytest.mark.parametrize("path", ["/0", "/0/", "/"])
def test_a_folder_is_no_file(client: httpx.Client, path: str) -> None:
    client.put(f"{PROXY}/0/a.txt", content=b"x")
    answer = client.get(f"{PROXY}{path}")
    assert answer.status_code == 400
    assert "refers to a directory" in answer.json()["message"]


@pytest.mark.parametrize("path", ["/", "/folder/"])
def test_a_put_needs_a_name(client: httpx.Client, root: Path, path: str) -> None:
    answer = client.put(f"{PROXY}{path}", content=b"x")
    assert answer.status_code == 400
    assert "must include a filename" in answer.json()["message"]
    assert not root.exists()


def test_a_file_cannot_lie_below_a_file_and_the_server_does_not_tell_its_folder(
    client: httpx.Client, root: Path
) -> None:
    client.put(f"{PROXY}/a.txt", content=b"x")
    for path in ("a.txt/below", "x" * 300):
        answer = client.put(f"{PROXY}/{path}", content=b"x")
        assert answer.status_code == 400
        assert str(root) not in answer.text
        assert "the server's artifacts" in answer.json()["message"]


def test_a_delete_takes_a_file_or_a_folder_and_may_be_repeated(client: httpx.Client) -> None:
    for path in ("0/a.txt", "0/model/b.txt", "0/c.txt"):
        client.put(f"{PROXY}/{path}", content=b"x")
    for path in ("0/a.txt", "0/model", "0/model", "missing"):
        answer = client.delete(f"{PROXY}/{path}")
        assert (answer.status_code, answer.json()) == (200, {})
    assert client.get(PROXY, params={"path": "0"}).json()["files"] == [
        {"path": "c.txt", "is_dir": False, "file_size": 1}
    ]


def test_everything_at_once_cannot_be_deleted(client: httpx.Client) -> None:
    client.put(f"{PROXY}/a.txt", content=b"x")
    assert client.delete(f"{PROXY}/").status_code == 400
    assert client.get(f"{PROXY}/a.txt").status_code == 200


def test_an_html_page_is_never_shown_within_our_origin(client: httpx.Client) -> None:
    client.put(f"{PROXY}/evil page.html", content=b"<script>alert(1)</script>")
    headers = client.get(f"{PROXY}/evil page.html").headers
    assert headers["content-disposition"] == 'attachment; filename="evil page.html"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-type"] == "text/html"


def test_head_has_the_headers_of_get(client: httpx.Client) -> None:
    client.put(f"{PROXY}/a.bin", content=LARGE)
    head, got = client.head(f"{PROXY}/a.bin"), client.get(f"{PROXY}/a.bin")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)
    assert client.head(f"{PROXY}/missing").status_code == 404


class TestRanges:
    @pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "large"])
    @pytest.mark.parametrize(
        ("asked", "first", "last"),
        [("0-9", 0, 9), ("5-5", 5, 5), ("100-", 100, None), ("-7", -7, None), ("-999999999", 0, None)],
    )
    def test_a_part_is_got(
        self, client: httpx.Client, content: bytes, asked: str, first: int, last: int | None
    ) -> None:
        client.put(f"{PROXY}/a.bin", content=content)
        answer = client.get(f"{PROXY}/a.bin", headers={"Range": f"bytes={asked}"})
        expected = content[first : None if last is None else last + 1]
        assert (answer.status_code, answer.content) == (206, expected)
        start = len(content) - len(expected) if first < 0 else first
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(expected) - 1}/{len(content)}"
        assert answer.headers["content-length"] == str(len(expected))

    def test_a_part_may_ask_for_more_than_there_is(self, client: httpx.Client) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        answer = client.get(f"{PROXY}/a.bin", headers={"Range": "bytes=10000-99999999999999999999"})
        assert (answer.status_code, answer.content) == (206, CONTENT[10_000:])

    @pytest.mark.parametrize("asked", ["10240-", "10240-10250", "-0", "99999999999999999999-"])
    def test_a_part_that_is_not_there_is_refused(self, client: httpx.Client, asked: str) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        answer = client.get(f"{PROXY}/a.bin", headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (416, b"")
        assert answer.headers["content-range"] == "bytes */10240"

    @pytest.mark.parametrize(
        "asked", ["bytes=5-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "", "x" * 500]
    )
    def test_what_cannot_be_read_gets_everything(self, client: httpx.Client, asked: str) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        answer = client.get(f"{PROXY}/a.bin", headers={"Range": asked})
        assert (answer.status_code, answer.content) == (200, CONTENT)

    def test_an_empty_file_has_no_parts(self, client: httpx.Client) -> None:
        client.put(f"{PROXY}/a.bin", content=b"")
        assert client.get(f"{PROXY}/a.bin", headers={"Range": "bytes=0-"}).status_code == 416

    def test_a_part_of_another_version_gets_everything(self, client: httpx.Client) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        etag = client.get(f"{PROXY}/a.bin").headers["etag"]
        asked = {"Range": "bytes=0-9", "If-Range": etag}
        assert client.get(f"{PROXY}/a.bin", headers=asked).status_code == 206
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        assert client.get(f"{PROXY}/a.bin", headers=asked).status_code == 200


class TestConditions:
    def test_what_the_client_has_is_not_sent_again(self, client: httpx.Client) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        first = client.get(f"{PROXY}/a.bin").headers
        for asked in (
            {"If-None-Match": first["etag"]},
            {"If-None-Match": f'"other", W/{first["etag"]}'},
            {"If-None-Match": "*"},
            {"If-Modified-Since": first["last-modified"]},
        ):
            answer = client.get(f"{PROXY}/a.bin", headers=asked)
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == first["etag"]

    def test_a_new_version_is_sent(self, client: httpx.Client) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        etag = client.get(f"{PROXY}/a.bin").headers["etag"]
        client.put(f"{PROXY}/a.bin", content=CONTENT[::-1])
        answer = client.get(f"{PROXY}/a.bin", headers={"If-None-Match": etag})
        assert (answer.status_code, answer.content) == (200, CONTENT[::-1])
        assert answer.headers["etag"] != etag

    @pytest.mark.parametrize("since", ["Thu, 01 Jan 1970 00:00:01 GMT", "no date", ""])
    def test_an_old_date_or_none_gets_everything(self, client: httpx.Client, since: str) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        assert client.get(f"{PROXY}/a.bin", headers={"If-Modified-Since": since}).status_code == 200


class TestDigests:
    @pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["small", "empty", "large"])
    @pytest.mark.parametrize("name", ["sha-256", "sha-512"])
    def test_a_put_with_the_right_digest_is_stored(
        self, client: httpx.Client, header: str, content: bytes, name: str
    ) -> None:
        answer = client.put(f"{PROXY}/a.bin", content=content, headers={header: digest(content, name)})
        assert answer.status_code == 200
        assert answer.headers["repr-digest"] == digest(content, name)
        assert client.get(f"{PROXY}/a.bin").content == content

    @pytest.mark.parametrize("content", [CONTENT, b"", LARGE], ids=["small", "empty", "large"])
    def test_a_put_with_a_wrong_digest_leaves_what_was_there(
        self, client: httpx.Client, root: Path, content: bytes
    ) -> None:
        client.put(f"{PROXY}/a.bin", content=b"earlier")
        for path in ("a.bin", "new/b.bin"):
            answer = client.put(f"{PROXY}/{path}", content=content, headers={"Content-Digest": digest(b"other")})
            assert answer.status_code == 400
            assert "damaged on its way" in answer.json()["message"]
        assert client.get(f"{PROXY}/a.bin").content == b"earlier"
        assert [path.name for path in root.rglob("*") if path.is_file()] == ["a.bin"]

    def test_one_wrong_digest_of_two_is_enough(self, client: httpx.Client) -> None:
        both = f"{digest(CONTENT)}, {digest(b'other', 'sha-512')}"
        assert client.put(f"{PROXY}/a.bin", content=CONTENT, headers={"Content-Digest": both}).status_code == 400

    def test_algorithms_that_nobody_knows_are_left_out(self, client: httpx.Client) -> None:
        headers = {"Content-Digest": "md5=:AAAA:, unixsum=:AAAA:;x=1"}
        answer = client.put(f"{PROXY}/a.bin", content=CONTENT, headers=headers)
        assert answer.status_code == 200
        assert "repr-digest" not in answer.headers

    @pytest.mark.parametrize("header", ["sha-256=abc", "sha-256=:*:", "sha-256", "=", "sha-256=:abc:", "sha-256=10"])
    def test_a_header_that_cannot_be_read_is_refused(self, client: httpx.Client, header: str) -> None:
        answer = client.put(f"{PROXY}/a.bin", content=CONTENT, headers={"Content-Digest": header})
        assert answer.status_code == 400
        assert client.get(f"{PROXY}/a.bin").status_code == 404

    def test_a_put_tells_the_digest_that_is_asked_for(self, client: httpx.Client) -> None:
        answer = client.put(f"{PROXY}/a.bin", content=LARGE, headers={"Want-Repr-Digest": "sha-512=3, sha-256=10"})
        assert answer.headers["repr-digest"] == digest(LARGE)

    @pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "large"])
    def test_a_get_tells_the_digest_of_the_whole_file(self, client: httpx.Client, content: bytes) -> None:
        client.put(f"{PROXY}/a.bin", content=content)
        answer = client.get(f"{PROXY}/a.bin", headers={"Want-Content-Digest": "sha-256=1"})
        assert answer.content == content
        assert answer.headers["content-digest"] == answer.headers["repr-digest"] == digest(content)
        part = client.get(f"{PROXY}/a.bin", headers={"Want-Repr-Digest": "sha-256=1", "Range": "bytes=10-"})
        assert part.content == content[10:]
        assert part.headers["repr-digest"] == digest(content)
        assert "content-digest" not in part.headers

    @pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "large"])
    def test_a_part_has_the_digest_of_its_own_bytes(self, client: httpx.Client, content: bytes) -> None:
        client.put(f"{PROXY}/a.bin", content=content)
        wanted = {"Want-Content-Digest": "sha-256=1", "Range": f"bytes=5-{len(content) - 7}"}
        part = client.get(f"{PROXY}/a.bin", headers=wanted)
        assert part.content == content[5:-6]
        assert part.headers["content-digest"] == digest(content[5:-6])
        assert "repr-digest" not in part.headers
        both = client.get(f"{PROXY}/a.bin", headers={**wanted, "Want-Repr-Digest": "sha-256=1"})
        assert both.content == content[5:-6]
        assert both.headers["content-digest"] == digest(content[5:-6])
        assert both.headers["repr-digest"] == digest(content)

    @pytest.mark.parametrize("asked", ["md5=1", "sha-256=0", ""])
    def test_a_digest_that_is_not_wanted_is_not_told(self, client: httpx.Client, asked: str) -> None:
        client.put(f"{PROXY}/a.bin", content=CONTENT)
        assert "repr-digest" not in client.get(f"{PROXY}/a.bin", headers={"Want-Repr-Digest": asked}).headers


class Readers:
    """A policy by which nobody may change anything; `seen` are the operations that it was asked about."""

    def __init__(self) -> None:
        self.seen: list[Operation] = []

    def allows(self, principal: Principal, operation: Operation) -> bool:
        self.seen.append(operation)
        return operation.action is Action.READ and principal.name == "ada"


@pytest.mark.parametrize("content", [b"x", LARGE], ids=["small", "large"])
def test_every_access_passes_the_policy(service: Service, tmp_path: Path, content: bytes) -> None:
    policy = Readers()
    guarded = Service(service.host, policy, artifact_root=service.artifact_root)
    with asgi_client(application(service)) as client:
        client.put(f"{PROXY}/1/r/a.txt", content=b"kept")
    with asgi_client(application(guarded), principal=Principal("ada")) as client:
        assert client.get(f"{PROXY}/1/r/a.txt").status_code == 200
        assert client.get(PROXY, params={"path": "1/r"}).status_code == 200
        refused = [
            client.put(f"{PROXY}/1/r/a.txt", content=content),
            client.delete(f"{PROXY}/1/r/a.txt"),
            client.post("/api/2.0/mlflow-artifacts/mpu/create/1/r", json={"path": "a.txt", "num_parts": 1}),
            client.put("/api/2.0/mlflow-artifacts/mpu/part/1/r/a.txt?upload_id=x&part_number=1", content=content),
        ]
        assert {(answer.status_code, answer.json()["error_code"]) for answer in refused} == {(403, "PERMISSION_DENIED")}
    with asgi_client(application(guarded), principal=Principal("eve")) as client:
        assert client.get(f"{PROXY}/1/r/a.txt").status_code == 403
        assert client.get(PROXY, params={"path": "1/r"}).status_code == 403
    assert {resource.id for operation in policy.seen for resource in operation.resources} == {"1/r/a.txt", "1/r"}
    with asgi_client(application(service)) as client:
        assert client.get(f"{PROXY}/1/r/a.txt").content == b"kept"


def test_a_server_that_serves_no_artifacts_says_so(tmp_path: Path) -> None:
    settings = Settings(tracking_uri=f"sqlite:///{tmp_path / 'runyard.db'}")
    with Host(settings) as host, asgi_client(application(Service(host))) as client:
        for answer in (
            client.get(f"{PROXY}/a.txt"),
            client.put(f"{PROXY}/a.txt", content=b"x"),
            client.delete(f"{PROXY}/a.txt"),
            client.get(PROXY),
        ):
            assert answer.status_code == 501
            assert "--serve-artifacts" in answer.json()["message"]


@pytest.mark.parametrize("content", [CONTENT, LARGE], ids=["small", "large"])
def test_a_store_without_files_of_its_own_works_alike(tmp_path: Path, content: bytes) -> None:
    with (
        Host(Settings(), plugins={"memory": memory}) as host,
        asgi_client(application(Service(host, artifact_root=Uri.parse(f"memory:{tmp_path}")))) as client,
    ):
        url = f"{PROXY}/1/a.bin"
        put = client.put(url, content=content, headers={"Content-Digest": digest(content)})
        assert put.status_code == 200
        assert client.put(url, content=b"bad", headers={"Content-Digest": digest(b"x")}).status_code == 400
        wanted = {"Want-Repr-Digest": "sha-256=1"}
        got = client.get(url, headers=wanted)
        assert (got.content, got.headers["repr-digest"]) == (content, digest(content))
        part = client.get(url, headers={"Range": "bytes=-100", **wanted})
        assert (part.status_code, part.content) == (206, content[-100:])
        assert client.get(url, headers={"If-None-Match": '"x"', "If-Modified-Since": "x"}).status_code == 200
        assert client.get(f"{PROXY}/1").status_code == 400
        assert client.head(url).headers["content-length"] == str(len(content))
