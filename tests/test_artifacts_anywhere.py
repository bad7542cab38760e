"""Runs, models and experiments whose artifacts lie in other places than on this machine, from the outside."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import pytest
from sklearn.linear_model import LogisticRegression

import runyard as ry
from runyard.host import Host, set_default_host
from runyard.protocols.artifacts import ArtifactStore, UploadsParts
from runyard.settings import Settings
from runyard.testing.server import clean_environment
from runyard_flavor_sklearn import api as sklearn_flavor

PATIENCE = 60.0
PLACES = [
    pytest.param("s3", marks=pytest.mark.s3),
    pytest.param("hdfs", marks=pytest.mark.hdfs),
    pytest.param("sftp", marks=pytest.mark.sftp),
]


@attrs.frozen
class Lab:
    """A folder with a host, on whose command line things are typed, and a location far away."""

    folder: Path
    host: Host
    environ: Mapping[str, str]
    location: str

    @property
    def store(self) -> ArtifactStore:
        return self.host.artifact_store(self.location)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "runyard", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def type(self, *words: str) -> str:
        """What a command that must succeed prints."""
        process = self.start(*words)
        printed, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, told.decode()
        return printed.decode()


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """In the place that the test's parameter names."""
    kind: str = getattr(request, "param", "s3")
    location, more = _place(kind, request)
    environ = {
        **clean_environment(),
        **more,
        "RUNYARD_DATA_DIR": str(tmp_path / "runyard-data"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in more.items():
            patch.setenv(name, value)
        with Host(Settings.load(environ=environ, cwd=tmp_path)) as host:
            set_default_host(host)
            yield Lab(tmp_path, host, environ, f"{location}/{tmp_path.name}")
            set_default_host(None)


def _place(kind: str, request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    if kind == "s3":
        server: dict[str, str] = request.getfixturevalue("s3_server")
        return server["uri"], {
            "AWS_ACCESS_KEY_ID": server["access_key"],
            "AWS_SECRET_ACCESS_KEY": server["secret_key"],
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": server["endpoint"],
        }
    if kind == "hdfs":
        root: dict[str, str] = request.getfixturevalue("hdfs_root")
        return root["uri"], {"HADOOP_USER_NAME": root["user"]}
    root = request.getfixturevalue("sftp_root")
    options = {"sftp": {"client_keys": [root["key"]], "known_hosts": root["known_hosts"]}}
    return root["uri"], {"RUNYARD_STORE_FSSPEC_OPTIONS": json.dumps(options)}


@pytest.mark.parametrize("lab", PLACES, indirect=True)
def test_an_experiment_keeps_its_artifacts_and_models_there(lab: Lab) -> None:
    ry.create_experiment("far away", artifact_location=lab.location)
    ry.set_experiment("far away")
    (lab.folder / "notes").mkdir()
    (lab.folder / "notes/größe 100%.txt").write_text("hello")
    with ry.start_run() as run:
        ry.log_artifacts(lab.folder / "notes", "notes")
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        sklearn_flavor.log_model(model, name="classifier", registered_model_name="far-away")
    run_id = run.info.run_id
    assert run.info.artifact_uri.startswith(lab.location)
    assert ry.artifacts.load_text(f"runs:/{run_id}/notes/größe 100%.txt") == "hello"
    loaded = sklearn_flavor.load_model("models:/far-away/1")
    assert list(loaded.predict([[0.0], [1.0]])) == [0, 1]
    assert "größe 100%.txt" in lab.type("artifacts", "ls", run_id, "notes")
    lab.type("artifacts", "download", run_id, "notes", "--to", str(lab.folder / "back"))
    assert (lab.folder / "back/notes/größe 100%.txt").read_text() == "hello"
    lab.type("models", "delete", "far-away", "--yes")
    lab.type("runs", "delete", run_id, "--yes")
    assert f"run {run_id}" in lab.type("gc", "--yes")
    assert [info.path for info in lab.host.artifact_store(run.info.artifact_uri).list()] == []


@pytest.mark.parametrize("lab", PLACES, indirect=True)
def test_a_folder_is_synchronised_there_and_back(lab: Lab) -> None:
    for number in range(20):
        path = lab.folder / f"data/{number % 3}/{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    first = json.loads(lab.type("artifacts", "sync", "data", lab.location, "--json"))
    assert (len(first["copied"]), first["unchanged"]) == (20, 0)
    (lab.folder / "data/0/3.txt").write_text("4")
    (lab.folder / "data/0/6.txt").unlink()
    second = json.loads(lab.type("artifacts", "sync", "data", lab.location, "--delete", "--json"))
    assert [info["path"] for info in second["copied"]] == ["0/3.txt"]
    assert (second["deleted"], second["unchanged"]) == (["0/6.txt"], 18)
    lab.type("artifacts", "sync", lab.location, "back")
    assert (lab.folder / "back/0/3.txt").read_text() == "4"
    assert sorted(path.name for path in (lab.folder / "back").rglob("*.txt")) == sorted(
        path.name for path in (lab.folder / "data").rglob("*.txt")
    )


@pytest.mark.s3
def test_a_folder_is_copied_within_one_storage(lab: Lab) -> None:
    for name in ("a.txt", "deep/b ü.txt"):
        path = lab.folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    lab.type("artifacts", "sync", "data", f"{lab.location}/one")
    lab.type("artifacts", "cp", f"{lab.location}/one", f"{lab.location}/two")
    (lab.folder / "data/a.txt").write_text("changed")
    lab.type("artifacts", "sync", "data", f"{lab.location}/one")
    synced = json.loads(lab.type("artifacts", "sync", f"{lab.location}/one", f"{lab.location}/two", "--json"))
    assert ([info["path"] for info in synced["copied"]], synced["unchanged"]) == (["a.txt"], 1)
    lab.type("artifacts", "sync", f"{lab.location}/two", "back")
    assert (lab.folder / "back/a.txt").read_text() == "changed"
    assert (lab.folder / "back/deep/b ü.txt").read_text() == "deep/b ü.txt"


@pytest.mark.s3
def test_an_upload_that_was_killed_is_gone_on_with_and_leaves_nothing(lab: Lab) -> None:
    ry.create_experiment("far away", artifact_location=lab.location)
    large = lab.folder / "large.bin"
    with large.open("wb") as file:
        for _ in range(160):
            file.write(os.urandom(1_000_000))
    target = f"{lab.location}/large.bin"
    killed = lab.start("artifacts", "cp", "large.bin", target)
    until = time.monotonic() + PATIENCE
    while len(_noted(lab)) < 4:  # the upload and three parts
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    store = lab.store
    assert isinstance(store, UploadsParts)
    assert store.stat("large.bin") is None
    (left,) = store.list_uploads()
    sent = {part.number: part.etag for part in store.list_parts(left.path, left.upload_id)}
    noted = {entry["part"]: entry["etag"] for entry in _noted(lab)[1:]}
    assert len(noted) >= 3
    assert noted.items() <= sent.items()
    lab.type("artifacts", "cp", "large.bin", target)
    with store.open("large.bin") as stored, large.open("rb") as local:
        assert hashlib.file_digest(stored, "sha256").digest() == hashlib.file_digest(local, "sha256").digest()  # type: ignore[arg-type]  # it has all that is read
    assert store.list_uploads() == []
    killed = lab.start("artifacts", "cp", "large.bin", f"{lab.location}/again.bin")
    while not _noted(lab):
        assert killed.poll() is None, killed.communicate()
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert len(store.list_uploads()) == 1
    assert "again.bin" in lab.type("gc", "--older-than", "0s", "--yes")
    assert store.list_uploads() == []


def _noted(lab: Lab) -> list[dict[str, str]]:
    """What is noted of uploads that are under way; a last line may be torn."""
    lines = [line for path in lab.folder.glob("cache/runyard/uploads/*") for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines if line.endswith("}")]
