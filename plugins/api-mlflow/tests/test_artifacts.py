"""The artifacts of runs, logged models and versions are listed and fetched through the server, wherever it may look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

API = "/api/2.0/mlflow"
AJAX = "/ajax-api/2.0/mlflow"


def put(client: httpx.Client, location: str, path: str, content: bytes) -> None:
    """Send a file below an `mlflow-artifacts:` location."""
    below = location.removeprefix("mlflow-artifacts:").strip("/")
    assert client.put(f"/api/2.0/mlflow-artifacts/artifacts/{below}/{path}", content=content).status_code == 200


def artifact_uri(client: httpx.Client, run_id: str) -> str:
    found: str = client.get(f"{API}/runs/get", params={"run_id": run_id}).json()["run"]["info"]["artifact_uri"]
    return found


@pytest.fixture
def uri(client: httpx.Client, run_id: str) -> str:
    """Where the run's artifacts are; two lie there."""
    uri = artifact_uri(client, run_id)
    put(client, uri, "a.txt", b"content of a")
    put(client, uri, "model/b.txt", b"content of b")
    return uri


@pytest.fixture
def model(client: httpx.Client, experiment_id: str, run_id: str) -> dict[str, Any]:
    """A logged model with a file in a folder."""
    body = {"experiment_id": experiment_id, "name": "m", "source_run_id": run_id}
    info: dict[str, Any] = client.post(f"{API}/logged-models", json=body).json()["model"]["info"]
    put(client, info["artifact_uri"], "data/weights.bin", b"weights")
    return info


@pytest.mark.parametrize("name", ["run_id", "run_uuid"])
def test_a_run_lists_its_artifacts(client: httpx.Client, run_id: str, uri: str, name: str) -> None:
    listed = client.get(f"{API}/artifacts/list", params={name: run_id})
    assert listed.json() == {
        "root_uri": uri,
        "files": [
            {"path": "a.txt", "is_dir": False, "file_size": 12},
            {"path": "model", "is_dir": True},
        ],
    }


def test_paths_of_a_folder_start_at_the_run(client: httpx.Client, run_id: str, uri: str) -> None:
    listed = client.get(f"{AJAX}/artifacts/list", params={"run_id": run_id, "path": "model/"})
    assert listed.json()["files"] == [{"path": "model/b.txt", "is_dir": False, "file_size": 12}]


@pytest.mark.parametrize("path", ["a.txt", "missing", "a.txt/below"])
def test_what_is_no_folder_lists_nothing(client: httpx.Client, run_id: str, uri: str, path: str) -> None:
    assert client.get(f"{API}/artifacts/list", params={"run_id": run_id, "path": path}).json() == {"root_uri": uri}


@pytest.mark.parametrize("target", [f"{API}/artifacts/list?", "/get-artifact?path=a.txt&"])
def test_an_unknown_run_has_none(client: httpx.Client, target: str) -> None:
    assert client.get(f"{target}run_id={'0' * 32}").status_code == 404
    assert client.get(target.rstrip("&?")).status_code == 400


def test_a_logged_model_lists_its_files(client: httpx.Client, model: dict[str, Any]) -> None:
    target = f"{API}/logged-models/{model['model_id']}/artifacts/directories"
    assert client.get(target).json() == {
        "root_uri": model["artifact_uri"],
        "files": [{"path": "data", "is_dir": True}],
    }
    inner = client.get(target, params={"artifact_directory_path": "data"}).json()
    assert inner["files"] == [{"path": "data/weights.bin", "is_dir": False, "file_size": 7}]
    assert client.get(target.replace("m-", "m-0")).status_code in {400, 404}


@pytest.mark.parametrize("name", ["run_id", "run_uuid"])
def test_a_file_of_a_run_is_downloaded(client: httpx.Client, run_id: str, uri: str, name: str) -> None:
    got = client.get("/get-artifact", params={name: run_id, "path": "model/b.txt"})
    assert (got.status_code, got.content) == (200, b"content of b")
    assert got.headers["content-disposition"] == 'attachment; filename="b.txt"'
    part = client.get("/get-artifact", params={name: run_id, "path": "model/b.txt"}, headers={"Range": "bytes=-1"})
    assert (part.status_code, part.content) == (206, b"b")
    assert client.head("/get-artifact", params={name: run_id, "path": "a.txt"}).headers["content-length"] == "12"


@pytest.mark.parametrize(("path", "status"), [("missing", 404), ("model", 400), ("", 400), ("../x", 400), (None, 400)])
def test_what_is_no_file_is_not_downloaded(
    client: httpx.Client, run_id: str, uri: str, model: dict[str, Any], path: str | None, status: int
) -> None:
    query = {} if path is None else {"path": path}
    assert client.get("/get-artifact", params={"run_id": run_id, **query}).status_code == status
    query = {} if path is None else {"artifact_file_path": path}
    target = f"{AJAX}/logged-models/{model['model_id']}/artifacts/files"
    assert client.get(target, params=query).status_code == (404 if path == "model" else status)


def test_a_file_of_a_logged_model_is_downloaded(client: httpx.Client, model: dict[str, Any]) -> None:
    target = f"/logged-models/{model['model_id']}/artifacts/files?artifact_file_path=data/weights.bin"
    assert client.get(f"{AJAX.removesuffix('/mlflow')}/mlflow{target}").content == b"weights"
    assert client.get(f"{API}{target}").status_code in {404, 405}


class TestVersions:
    @pytest.fixture(autouse=True)
    def registered(self, client: httpx.Client) -> None:
        client.post(f"{API}/registered-models/create", json={"name": "M"})

    def version(self, client: httpx.Client, **fields: str) -> str:
        answer = client.post(f"{API}/model-versions/create", json={"name": "M", **fields})
        assert answer.status_code == 200, answer.text
        number: str = answer.json()["model_version"]["version"]
        return number

    def get(self, client: httpx.Client, version: str, path: str, name: str = "M") -> httpx.Response:
        query = {"name": name, "version": version, "path": path}
        return client.get("/model-versions/get-artifact", params=query)

    def test_of_a_run(self, client: httpx.Client, run_id: str, uri: str) -> None:
        for source in (f"{uri}/model", f"runs:/{run_id}/model"):
            version = self.version(client, source=source, run_id=run_id)
            assert self.get(client, version, "b.txt").content == b"content of b"
            assert self.get(client, version, "../a.txt").status_code == 400

    def test_of_a_logged_model(self, client: httpx.Client, model: dict[str, Any]) -> None:
        source = f"models:/{model['model_id']}"
        version = self.version(client, source=source, model_id=model["model_id"])
        assert self.get(client, version, "data/weights.bin").content == b"weights"
        copied = self.version(client, source=f"models:/M/{version}")
        assert self.get(client, copied, "data/weights.bin").content == b"weights"

    @pytest.mark.parametrize(("name", "version"), [("M", "99"), ("none", "1")])
    def test_one_that_is_missing(self, client: httpx.Client, name: str, version: str) -> None:
        assert self.get(client, version, "a", name).status_code == 404

    @pytest.mark.parametrize("version", ["abc", "", "-1", "1.0"])
    def test_one_that_cannot_be(self, client: httpx.Client, version: str) -> None:
        assert self.get(client, version, "a").status_code == 400

    def test_one_that_lies_elsewhere(self, client: httpx.Client) -> None:
        version = self.version(client, source="s3://bucket/model")
        assert self.get(client, version, "MLmodel").status_code == 403


class TestSentByTheBrowser:
    def send(self, client: httpx.Client, content: bytes, **query: str) -> httpx.Response:
        return client.post(f"{AJAX}/upload-artifact", params=query, content=content)

    def test_a_file_is_stored(self, client: httpx.Client, run_id: str) -> None:
        assert self.send(client, b"from a page", run_uuid=run_id, path="folder/a.txt").status_code == 200
        got = client.get("/get-artifact", params={"run_id": run_id, "path": "folder/a.txt"})
        assert got.content == b"from a page"

    def test_ten_megabytes_are_the_most(self, client: httpx.Client, run_id: str) -> None:
        content = b"x" * 10 * 1024 * 1024
        assert self.send(client, content, run_uuid=run_id, path="a.bin").status_code == 200
        refused = self.send(client, content + b"x", run_uuid=run_id, path="b.bin")
        assert (refused.status_code, refused.json()["message"]) == (
            400,
            "Artifact size is too large. Max size is 10MB.",
        )
        chunks: Iterator[bytes] = iter([content, b"x"])
        streamed = client.post(f"{AJAX}/upload-artifact", params={"run_uuid": run_id, "path": "b.bin"}, content=chunks)
        assert streamed.status_code == 400
        assert client.get("/get-artifact", params={"run_id": run_id, "path": "b.bin"}).status_code == 404

    def test_what_is_missing_is_told(self, client: httpx.Client, run_id: str) -> None:
        assert self.send(client, b"x", path="a").json()["message"] == "Request must specify run_uuid."
        assert self.send(client, b"x", run_uuid=run_id).json()["message"] == "Request must specify path."
        assert self.send(client, b"", run_uuid=run_id, path="a").json()["message"] == "Request must specify data."
        assert self.send(client, b"x", run_uuid="0" * 32, path="a").status_code == 404
        assert client.post(f"{API}/upload-artifact", content=b"x").status_code in {404, 405}


def test_artifacts_outside_are_served_only_where_the_server_was_told_so(
    client: httpx.Client, service: Service, tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    created = client.post(f"{API}/experiments/create", json={"name": "x", "artifact_location": str(shared)}).json()
    run = client.post(f"{API}/runs/create", json={"experiment_id": created["experiment_id"]}).json()["run"]["info"]
    folder = Uri.parse(run["artifact_uri"]).local_path
    folder.mkdir(parents=True)
    (folder / "a.txt").write_bytes(b"shared")
    query = {"run_id": run["run_id"], "path": "a.txt"}
    assert client.get("/get-artifact", params=query).status_code == 403
    with asgi_client(application(attrs.evolve(service, open_roots=[Uri.from_path(shared)]))) as wider:
        assert wider.get("/get-artifact", params=query).content == b"shared"
        listed = wider.get(f"{API}/artifacts/list", params={"run_id": run["run_id"]}).json()
        assert [file["path"] for file in listed["files"]] == ["a.txt"]
        (shared / "link").symlink_to("/etc")
        body = {"name": "y", "artifact_location": f"{shared}/link"}
        number = wider.post(f"{API}/experiments/create", json=body).json()["experiment_id"]
        other = wider.post(f"{API}/runs/create", json={"experiment_id": number}).json()["run"]["info"]["run_id"]
        assert wider.get(f"{API}/artifacts/list", params={"run_id": other}).status_code == 403


def test_a_location_with_percent_signs_is_where_clients_write(client: httpx.Client) -> None:
    body = {"name": "spaces", "artifact_location": "mlflow-artifacts:/with%20space"}
    number = client.post(f"{API}/experiments/create", json=body).json()["experiment_id"]
    run = client.post(f"{API}/runs/create", json={"experiment_id": number}).json()["run"]["info"]
    put(client, run["artifact_uri"], "a.txt", b"x")
    listed = client.get(f"{API}/artifacts/list", params={"run_id": run["run_id"]}).json()
    assert listed["files"] == [{"path": "a.txt", "is_dir": False, "file_size": 1}]
