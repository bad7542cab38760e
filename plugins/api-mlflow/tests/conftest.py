"""A service on a fresh store, and a client that asks MLflow's API of it in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package

from mlflow_answers import ScriptRunner

from runyard.host import Host
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.mlflow_scripts import MlflowScripts
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_mlflow.application import application

FreshDatabase = Callable[[str, Path], AbstractContextManager[str]]

DATABASES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(scope="session")
def runner(runyard_mlflow: MlflowScripts) -> ScriptRunner:
    """Runs scripts with the unmodified mlflow package."""
    return ScriptRunner(runyard_mlflow)


@pytest.fixture
def store_uri(tmp_path: Path) -> str:
    """Where the store is: SQLite; a test that is to run on every database takes it from `database_uri` instead."""
    return f"sqlite:///{tmp_path / 'runyard.db'}"


@pytest.fixture(params=DATABASES)
def database_uri(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[str]:
    """The URI of an empty database, on every kind of database in turn."""
    with fresh_database(request.param, tmp_path) as uri:
        yield uri


@pytest.fixture
def service(store_uri: str, tmp_path: Path) -> Iterator[Service]:
    """A service that serves artifacts, as `runyard server` makes one."""
    settings = Settings(tracking_uri=store_uri, artifact_root="mlflow-artifacts:/")
    with Host(settings) as host:
        yield Service(host, artifact_root=Uri.from_path(tmp_path / "artifacts"))


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    """Asks the API in this process."""
    with asgi_client(application(service)) as client:
        yield client


@pytest.fixture
def experiment_id(client: httpx.Client) -> str:
    """A new experiment."""
    created = client.post("/api/2.0/mlflow/experiments/create", json={"name": "an experiment"})
    number: str = created.json()["experiment_id"]
    return number


@pytest.fixture
def run_id(client: httpx.Client, experiment_id: str) -> str:
    """A new run of it."""
    body = {"experiment_id": experiment_id, "user_id": "ada", "start_time": 1_000, "run_name": "a run"}
    found: str = client.post("/api/2.0/mlflow/runs/create", json=body).json()["run"]["info"]["run_id"]
    return found
