"""Large files come in parts: through the server where its store takes parts, past it where the store has URLs."""

from __future__ import annotations

import base64
import hashlib
import sys
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from runyard import hookimpl
from runyard.host import Host
from runyard.protocols.access import Principal
from runyard.protocols.artifacts import PresignedUrl
from runyard.server.service import PRINCIPAL, Service
from runyard.server.signing import without_signature
from runyard.settings import Settings
from runyard.specs import ArtifactScheme
from runyard.testing.memory.artifacts import MemoryArtifactStore
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

MPU = "/api/2.0/mlflow-artifacts/mpu"
FILE = "/api/2.0/mlflow-artifacts/artifacts/0/run/artifacts/model.bin"


class Front:
    """What the server does before a mount: it believes signatures, and has no other way to know who asks."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._application = application(service)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        principal = self._service.verify(scope) or Principal("")
        query = without_signature(scope["query_string"].decode()).encode()
        await self._application({**scope, PRINCIPAL: principal, "query_string": query}, receive, send)


class SignedOnly:
    """A policy that knows one user."""

    def allows(self, principal: Principal, operation: object) -> bool:
        return principal.name == "ada"


@pytest.fixture
def direct(service: Service) -> Iterator[httpx.Client]:
    """Asks without credentials, as a client does with a URL that it was given."""
    with asgi_client(Front(service)) as client:
        yield client


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """Asks as one that called the server behind a proxy, below a path."""
    with asgi_client(application(service), base_url="https://ml.example:5000/lab") as client:
        yield client


def begin(client: httpx.Client, parts: int = 2, path: str = "/home/ada/model.bin", **more: Any) -> dict[str, Any]:
    answer = client.post(f"{MPU}/create/0/run/artifacts", json={"path": path, "num_parts": parts, **more})
    assert answer.status_code == 200, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


def target(credential: Mapping[str, Any]) -> str:
    """The path and query that the server gets, whatever stands before it."""
    url = urlsplit(credential["url"])
    return f"/{url.path.removeprefix('/lab').lstrip('/')}?{url.query}"


def put(client: httpx.Client, credential: Mapping[str, Any], content: bytes) -> dict[str, Any]:
    answer = client.put(target(credential), content=content, headers=credential["headers"])
    assert answer.status_code == 200, answer.text
    return {"part_number": credential["part_number"], "etag": answer.headers["ETag"], "url": credential["url"]}


def end(client: httpx.Client, upload: str, parts: list[dict[str, Any]], action: str = "complete") -> httpx.Response:
    body = {"path": "/home/ada/model.bin", "upload_id": upload, "parts": parts}
    return client.post(f"{MPU}/{action}/0/run/artifacts", json=body)


def test_parts_put_to_the_urls_given_out_become_the_file(client: httpx.Client, direct: httpx.Client) -> None:
    contents = [b"1" * 3_000_000, b"2" * 10]
    begun = begin(client)
    assert [credential["part_number"] for credential in begun["credentials"]] == [1, 2]
    assert all(credential["url"].startswith("https://ml.example:5000/lab/api/") for credential in begun["credentials"])
    parts = [put(direct, *pair) for pair in reversed(list(zip(begun["credentials"], contents, strict=True)))]
    assert client.get(FILE).status_code == 404
    answer = end(client, begun["upload_id"], parts[::-1])
    assert (answer.status_code, answer.json()) == (200, {})
    assert client.get(FILE).content == b"".join(contents)


@pytest.mark.parametrize("size", [10, 3_000_000])
def test_a_part_that_was_damaged_on_its_way_is_refused(client: httpx.Client, direct: httpx.Client, size: int) -> None:
    begun = begin(client, 1)
    place, content = target(begun["credentials"][0]), b"x" * size
    digests = {name: base64.b64encode(hashlib.sha256(name).digest()).decode() for name in (content, b"other")}
    answers = [
        direct.put(place, content=content, headers={"Content-Digest": f"sha-256=:{digest}:"})
        for digest in digests.values()
    ]
    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[0].headers["repr-digest"] == f"sha-256=:{digests[content]}:"
    part = {"part_number": 1, "etag": answers[0].headers["etag"]}
    assert end(client, begun["upload_id"], [part]).status_code == 200
    assert client.get(FILE).content == content


def test_an_etag_counts_with_or_without_its_quotes(client: httpx.Client, direct: httpx.Client) -> None:
    for wrapped in ('"{}"', "{}", 'W/"{}"'):
        begun = begin(client, 1)
        part = put(direct, begun["credentials"][0], b"x")
        part["etag"] = wrapped.format(part["etag"].strip('"'))
        assert end(client, begun["upload_id"], [part]).status_code == 200


@pytest.mark.parametrize(
    ("local", "name"),
    [
        ("model.bin", "model.bin"),
        ("a/b.bin", "b.bin"),
        ("C:\\x\\y z.bin", "y z.bin"),
        ("\\\\host\\share\\q.bin", "q.bin"),
        ("a\\b.bin", "a\\b.bin"),
    ],
)
def test_the_name_is_that_of_the_local_file(client: httpx.Client, direct: httpx.Client, local: str, name: str) -> None:
    begun = begin(client, 1, local)
    part = put(direct, begun["credentials"][0], b"x")
    body = {"path": local, "upload_id": begun["upload_id"], "parts": [part]}
    assert client.post(f"{MPU}/complete/0/run/artifacts", json=body).status_code == 200
    listed = client.get("/api/2.0/mlflow-artifacts/artifacts", params={"path": "0/run/artifacts"}).json()["files"]
    assert [file["path"] for file in listed] == [name]


def test_a_signed_url_is_good_for_its_part_only(service: Service) -> None:
    guarded = Service(service.host, SignedOnly(), artifact_root=service.artifact_root, signer=service.signer)
    with (
        asgi_client(application(guarded), principal=Principal("ada")) as ada,
        asgi_client(Front(guarded)) as nobody,
    ):
        begun = begin(ada)
        place = target(begun["credentials"][0])
        query = dict(parse_qsl(urlsplit(place).query))
        assert nobody.put(without_signature(place), content=b"x").status_code == 403
        with pytest.raises(Exception, match="signature"):
            nobody.put(place.replace("part_number=1", "part_number=2"), content=b"x")
        with pytest.raises(Exception, match="signed for PUT"):
            nobody.get(place)
        part = put(nobody, begun["credentials"][0], b"x")
        assert query["upload_id"] == begun["upload_id"]
        assert end(nobody, begun["upload_id"], [part]).status_code == 403
        assert end(ada, begun["upload_id"], [part]).status_code == 200


def test_an_upload_that_was_aborted_is_gone(client: httpx.Client, direct: httpx.Client) -> None:
    begun = begin(client)
    part = put(direct, begun["credentials"][0], b"x")
    assert end(client, begun["upload_id"], [], "abort").json() == {}
    answers = [end(client, begun["upload_id"], [part]), end(client, begun["upload_id"], [], "abort")]
    assert [(answer.status_code, answer.json()["error_code"]) for answer in answers] == [
        (404, "RESOURCE_DOES_NOT_EXIST")
    ] * 2
    assert client.get(FILE).status_code == 404


def test_completing_again_gives_the_same_answer(client: httpx.Client, direct: httpx.Client) -> None:
    begun = begin(client, 1)
    part = put(direct, begun["credentials"][0], b"x")
    assert [end(client, begun["upload_id"], [part]).status_code for _ in range(2)] == [200, 200]


def test_what_is_wrong_with_a_request_is_told(client: httpx.Client, direct: httpx.Client) -> None:
    begun = begin(client, 1)
    part = put(direct, begun["credentials"][0], b"x")
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("create", {"num_parts": 1}),
        ("create", {"path": "a.bin", "num_parts": 0}),
        ("create", {"path": "a.bin", "num_parts": 10_001}),
        ("create", {"path": "folder/", "num_parts": 1}),
        ("create", {"path": "..", "num_parts": 1}),
        ("complete", {"path": "model.bin", "parts": [part]}),
        ("complete", {"path": "model.bin", "upload_id": begun["upload_id"]}),
        ("complete", {"path": "model.bin", "upload_id": begun["upload_id"], "parts": []}),
        ("complete", {"path": "model.bin", "upload_id": begun["upload_id"], "parts": [{"part_number": 1}]}),
        ("complete", {"path": "model.bin", "upload_id": begun["upload_id"], "parts": [{**part, "etag": "x"}]}),
        ("complete", {"path": "model.bin", "upload_id": begun["upload_id"], "parts": [{**part, "part_number": 2}]}),
        ("abort", {"path": "model.bin"}),
    ]
    for action, body in bodies:
        answer = client.post(f"{MPU}/{action}/0/run/artifacts", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), (action, body)
    for query in (
        "",
        "upload_id=x",
        "part_number=1",
        f"upload_id={begun['upload_id']}&part_number=0",
        "upload_id=x&part_number=a",
    ):
        assert client.put(f"{MPU}/part/0/run/artifacts/model.bin?{query}", content=b"x").status_code == 400


def test_relative_urls_are_given_to_who_asks_for_them(service: Service, direct: httpx.Client) -> None:
    with asgi_client(application(service), base_url=None) as client:
        begun = begin(client, relative_urls=True)
        assert all(credential["url"].startswith("api/2.0/") for credential in begun["credentials"])
        parts = [put(direct, credential, b"x") for credential in begun["credentials"]]
        assert end(client, begun["upload_id"], parts).status_code == 200
        assert client.get(FILE).content == b"xx"


def test_clients_that_need_whole_urls_send_files_whole_where_none_is_known(service: Service) -> None:
    with asgi_client(application(service), base_url=None) as client:
        answer = client.post(f"{MPU}/create/0/r", json={"path": "a.bin", "num_parts": 1})
    assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert answer.json()["message"].startswith("Multipart upload is not supported for the current artifact repository")
    assert "server.trusted_proxies" in answer.json()["message"]


def announced(client: httpx.Client) -> tuple[bool, bool]:
    """Whether parts of uploads and of downloads are announced."""
    told = client.get("/api/3.0/mlflow/server-info").json()
    return told["multipart_uploads_enabled"], told["multipart_downloads_enabled"]


def test_parts_into_a_local_folder_are_taken_but_not_announced(client: httpx.Client) -> None:
    assert announced(client) == (False, False)
    assert begin(client, 1)["upload_id"]


class Presigning(MemoryArtifactStore):
    """A store that can be reached directly, as S3 can."""

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        return PresignedUrl(f"https://store.example/{path}?for={expires}", {"x-key": "k"})

    def presign_upload(self, path: str, *, expires: int) -> PresignedUrl:
        return PresignedUrl(f"https://store.example/{path}?put={expires}", {"x-key": "k"})

    def presign_part(self, path: str, upload_id: str, number: int, *, expires: int) -> PresignedUrl:
        return PresignedUrl(f"https://store.example/{path}?part={number}")


class Reading(MemoryArtifactStore):
    """A store that can be read directly, as Google's storage can, but to which files go through the server."""

    def presign_download(self, path: str, *, expires: int) -> PresignedUrl:
        return PresignedUrl(f"https://store.example/{path}?for={expires}")


class Plain:
    """A store that takes files only whole; nothing in it is asked for here."""

    def __init__(self, location: str) -> None:
        self.location = location


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> types.ModuleType:
    """A plugin with both, as a module that a reference can name."""
    module = types.ModuleType("stores_of_test_proxy_uploads")
    made = {"presigning": Presigning, "reading": Reading, "plain": Plain}

    @hookimpl
    def runyard_artifact_schemes() -> list[ArtifactScheme]:
        return [ArtifactScheme(name=name, target=f"{module.__name__}:{name}", summary="A store.") for name in made]

    for name, kind in made.items():
        setattr(module, name, lambda uri, settings, kind=kind: kind(f"memory:{tmp_path}"))
    module.runyard_artifact_schemes = runyard_artifact_schemes  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


@pytest.fixture
def served(stores: types.ModuleType, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    settings = Settings(tracking_uri=f"sqlite:///{tmp_path / 'runyard.db'}", artifact_root=request.param[1])
    with Host(settings, plugins={"stores": stores}) as host:
        service = Service(host, artifact_root=Uri.parse(f"{request.param[0]}:/root"))
        with asgi_client(application(service)) as client:
            yield client


def new_run(client: httpx.Client) -> str:
    run: str = client.post("/api/2.0/mlflow/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
    return run


@pytest.mark.parametrize("served", [("presigning", "presigning:/root")], indirect=True)
class TestStoreThatCanBeReachedDirectly:
    def test_parts_go_past_the_server(self, served: httpx.Client) -> None:
        assert announced(served) == (True, True)
        assert begin(served, 2)["credentials"] == [
            {
                "url": f"https://store.example/0/run/artifacts/model.bin?part={number}",
                "part_number": number,
                "headers": {},
            }
            for number in (1, 2)
        ]

    def test_a_proxied_file_has_a_url_of_its_own(self, served: httpx.Client) -> None:
        served.put(FILE, content=b"12345")
        assert served.get(FILE.replace("/artifacts/0", "/presigned/0")).json() == {
            "url": "https://store.example/0/run/artifacts/model.bin?for=300",
            "headers": {"x-key": "k"},
            "file_size": 5,
        }
        missing = served.get("/api/2.0/mlflow-artifacts/presigned/0/missing")
        assert (missing.status_code, missing.json()["message"]) == (404, "No such artifact: '0/missing'")

    def test_a_file_of_a_run_has_urls_of_its_own(self, served: httpx.Client) -> None:
        run = new_run(served)
        asked = {"run_id": run, "path": "a/b.bin", "expiration": 60}
        up = served.post("/api/2.0/mlflow/artifacts/presigned-upload-url", json=asked)
        assert up.json() == {"presigned_url": "https://store.example/a/b.bin?put=60", "headers": {"x-key": "k"}}
        down = served.post("/api/2.0/mlflow/artifacts/presigned-download-url", json=asked)
        assert down.status_code == 404

    @pytest.mark.parametrize(
        "change",
        [
            {"expiration": 0},
            {"expiration": 604_801},
            {"path": "../x"},
            {"path": ""},
            {"run_id": ""},
            {"model_id": "m-1"},
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, served: httpx.Client, change: dict[str, Any]) -> None:
        body = {"run_id": new_run(served), "path": "a.bin", **change}
        answer = served.post("/api/2.0/mlflow/artifacts/presigned-upload-url", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("served", [("reading", "reading:/root")], indirect=True)
def test_a_store_that_can_only_be_read_directly_gets_files_through_the_server(served: httpx.Client) -> None:
    assert announced(served) == (False, True)
    served.put(FILE, content=b"12345")
    assert served.get(FILE.replace("/artifacts/0", "/presigned/0")).json()["url"].startswith("https://store.example/0/")
    assert begin(served, 1)["credentials"][0]["url"].startswith("http://127.0.0.1/")
    body = {"run_id": new_run(served), "path": "a.bin"}
    refused = served.post("/api/2.0/mlflow/artifacts/presigned-upload-url", json=body)
    assert (refused.status_code, refused.json()["error_code"]) == (501, "NOT_IMPLEMENTED")


@pytest.mark.parametrize("served", [("plain", "mlflow-artifacts:/")], indirect=True)
def test_a_store_that_takes_no_parts_sends_clients_the_other_way(served: httpx.Client) -> None:
    assert announced(served) == (False, False)
    created = served.post(f"{MPU}/create/0/r", json={"path": "a.bin", "num_parts": 2})
    assert (created.status_code, created.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert created.json()["message"] == "Multipart upload is not supported for the current artifact repository"
    presigned = served.get("/api/2.0/mlflow-artifacts/presigned/0/r/a.bin")
    assert (presigned.status_code, presigned.json()["error_code"]) == (501, "NOT_IMPLEMENTED")
    body = {"run_id": new_run(served), "path": "a.bin"}
    for action in ("upload", "download"):
        answer = served.post(f"/api/2.0/mlflow/artifacts/presigned-{action}-url", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
