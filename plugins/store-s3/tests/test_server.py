"""A server whose artifacts lie on S3, for MLflow's own client and for ours: whole, in parts, and straight from S3."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import pytest

from runyard import Host, Settings
from runyard.testing.contracts.artifacts import read
from runyard.testing.server import RunningServer, running_server
from runyard.tracking.client import Client
from runyard_store_s3.store import S3ArtifactStore

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from aws_environment import environment

pytestmark = pytest.mark.s3

LARGE = 17 << 20

SCRIPT = """
import hashlib, json, os, sys
from io import BytesIO
from pathlib import Path

given = json.load(sys.stdin)
os.environ.update(given["environ"])
import mlflow
from mlflow.artifacts import download_artifacts, list_artifacts

folder = Path(sys.argv[1])
for name, size in given["files"].items():
    (folder / "up" / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "up" / name).write_bytes(os.urandom(size))
mlflow.set_tracking_uri(given["url"])
with mlflow.start_run() as run:
    mlflow.log_artifacts(str(folder / "up"), "files")
    uri = mlflow.get_artifact_uri()
listed = {info.path: info.file_size for info in list_artifacts(run_id=run.info.run_id, artifact_path="files")}
back = Path(download_artifacts(run_id=run.info.run_id, artifact_path="files", dst_path=str(folder / "down")))
for name in given["files"]:
    assert (back / name).read_bytes() == (folder / "up" / name).read_bytes(), name
print(json.dumps({"listed": listed, "run_id": run.info.run_id, "uri": uri}))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, s3_server: dict[str, str]) -> Iterator[RunningServer]:
    """One for all, as its start takes long."""
    environ = environment(s3_server)
    with running_server(
        tmp_path_factory.mktemp("server"), "--artifacts-destination", root(s3_server), **environ
    ) as found:
        yield found


@pytest.fixture
def stored(opened: Callable[..., S3ArtifactStore], s3_server: dict[str, str]) -> S3ArtifactStore:
    """What the server's artifacts lie in."""
    return opened(root(s3_server))


def root(s3_server: dict[str, str]) -> str:
    return f"{s3_server['uri']}/of the server"


def etags(store: S3ArtifactStore, run_id: str) -> dict[str, str]:
    """The ETag of each file of a run by its name; one that came in parts has a dash."""
    paths = [info.path for page in store.list_pages(recursive=True) for info in page if f"/{run_id}/" in info.path]
    return {path.rpartition("/")[2]: store.version(path) or "" for path in paths}


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.parametrize("in_parts", [False, True], ids=["whole", "in parts"])
def test_an_unmodified_mlflow_client_uploads_and_downloads(
    server: RunningServer,
    stored: S3ArtifactStore,
    in_mlflow: Callable[[str, Path, Any], Any],
    tmp_path: Path,
    in_parts: bool,
) -> None:
    flag = "true" if in_parts else "false"
    environ = {
        "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD": flag,
        "MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD": flag,
        "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE": str(5 << 20),
        "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE": str(5 << 20),
        "MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE": str(5 << 20),
        "MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE": str(5 << 20),
    }
    files = {"large.bin": LARGE, "small.txt": 10, "deep/50% ü+.txt": 10, "empty": 0}
    answer = in_mlflow(SCRIPT, tmp_path, {"url": server.url, "environ": environ, "files": files})
    assert answer["uri"].startswith("mlflow-artifacts:")
    assert answer["listed"] == {"files/deep": None, "files/empty": 0, "files/large.bin": LARGE, "files/small.txt": 10}
    found = etags(stored, answer["run_id"])
    assert set(found) == {"large.bin", "small.txt", "50% ü+.txt", "empty"}
    assert ("-4" in found["large.bin"]) is in_parts
    assert stored.list_uploads() == []


def test_our_client_uploads_and_downloads(server: RunningServer, stored: S3ArtifactStore, tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    content = os.urandom(LARGE)
    (tmp_path / "up" / "large.bin").write_bytes(content)
    (tmp_path / "up" / "small.txt").write_bytes(b"small")
    settings = Settings(tracking_uri=server.url, root=tmp_path)
    with Host(settings) as host:
        client = Client(host=host)
        run = client.create_run(client.create_experiment("experiment"))
        client.log_artifacts(run.info.run_id, str(tmp_path / "up"), "files")
        down = Path(client.download_artifacts(run.info.run_id, "files", str(tmp_path / "down")))
    assert (down / "large.bin").read_bytes() == content
    assert (down / "small.txt").read_bytes() == b"small"
    found = etags(stored, run.info.run_id)
    assert "-" in found["large.bin"]
    assert "-" not in found["small.txt"]


def test_the_server_hands_out_urls_of_s3(
    server: RunningServer, stored: S3ArtifactStore, s3_server: dict[str, str]
) -> None:
    stored.write("folder/a.txt", BytesIO(b"straight from S3"))
    answer = httpx.get(f"{server.url}/api/2.0/mlflow-artifacts/presigned/folder/a.txt").json()
    assert answer["url"].startswith(s3_server["endpoint"])
    assert answer["file_size"] == 16
    with urlopen(answer["url"]) as opened:
        assert opened.read() == b"straight from S3"
    assert s3_server["secret_key"] not in answer["url"]


def test_the_server_tells_that_s3_is_away(tmp_path: Path, environ: dict[str, str]) -> None:
    away = {**environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "RUNYARD_STORE_S3_ATTEMPTS": "1"}
    with running_server(tmp_path, "--artifacts-destination", "s3://bucket/x", **away) as server:
        answer = httpx.get(f"{server.url}/api/2.0/mlflow-artifacts/artifacts/a.txt")
        assert answer.status_code == 503
        assert "s3://bucket" not in answer.text
        assert environ["AWS_SECRET_ACCESS_KEY"] not in answer.text + server.printed()


def test_runs_keep_their_artifacts_on_s3_without_a_server(
    root_uri: str, s3_store: S3ArtifactStore, environ: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings(
        tracking_uri=f"sqlite:///{tmp_path}/runs.db", artifact_root=root_uri, environ=environ, root=tmp_path
    )
    with Host(settings) as host:
        client = Client(host=host)
        run = client.create_run(client.create_experiment("experiment"))
        client.log_text(run.info.run_id, "it works", "notes/a.txt")
        (info,) = client.list_artifacts(run.info.run_id, "notes")
        assert (info.path, info.file_size) == ("notes/a.txt", 8)
        path = Path(client.download_artifacts(run.info.run_id, "notes/a.txt", str(tmp_path)))
    assert path.read_text() == "it works"
    (path_there,) = (info.path for page in s3_store.list_pages(recursive=True) for info in page)
    assert read(s3_store, path_there) == b"it works"
