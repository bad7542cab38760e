"""A service on a fresh SQLite store with some runs in it, and a client that asks the API in this process."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from runyard.entities import Dataset, DatasetInput, Metric, RunStart, RunStatus, RunUpdate
from runyard.host import Host
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.server import asgi_client
from runyard.uris import Uri
from runyard_api_v1.application import application

START = 1_700_000_000_000


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that serves artifacts, as `runyard server` makes one."""
    settings = Settings(tracking_uri=f"sqlite:///{tmp_path / 'runyard.db'}", artifact_root="mlflow-artifacts:/")
    with Host(settings) as host:
        found = Service(host, artifact_root=Uri.from_path(tmp_path / "artifacts"))
        yield found
        found.closing.set()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with asgi_client(application(service)) as found:
        yield found


@pytest.fixture
def store(service: Service) -> TrackingStore:
    return service.host.tracking_store()


@pytest.fixture
def runs(service: Service, store: TrackingStore) -> list[str]:
    """Four runs of the experiment 0, the third a child of the first, with params, tags, metrics and files."""
    ids = [f"{number:032x}" for number in range(1, 5)]
    for number, run_id in enumerate(ids):
        tags = {"team": "vision" if number % 2 else "speech", "mlflow.source.git.commit": f"c{number // 2}"}
        if number == 2:
            tags["mlflow.parentRunId"] = ids[0]
        store.create_run(RunStart(run_id, f"run-{number}", "ada", START + number, experiment_id="0", tags=tags))
        metrics = [Metric("loss", 1.0 / (step + number + 1), START + step, step) for step in range(10)]
        if number == 3:
            metrics.append(Metric("broken", math.nan, START, 0))
        else:
            metrics.append(Metric("acc", 0.5 + number / 10, START, 0))
        store.log_batch(run_id, metrics=metrics, params={"lr": str(0.1**number), "solver": "adam"})
        write(service, run_id, "runyard/requirements.txt", f"# Python 3.11.{number} on Linux\nnumpy==2.{number}.0\n")
    store.log_inputs(ids[0], [DatasetInput(Dataset("iris", "d1", "local", "{}"), {"mlflow.data.context": "training"})])
    write(service, ids[1], "runyard/diff.patch", "# note\n\ndiff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n+1\n")
    store.update_run(RunUpdate(ids[0], status=RunStatus.FINISHED, end_time=START + 60_000))
    return ids


def write(service: Service, run_id: str, path: str, content: str | bytes) -> None:
    """Put a file among a run's artifacts."""
    stores = service.stores({})
    data = content if isinstance(content, bytes) else content.encode()
    stores.artifact_store(stores.tracking.get_run(run_id).info.artifact_uri).write(path, BytesIO(data))


def as_json(response: httpx.Response) -> dict[str, object]:
    assert response.status_code == 200, response.text
    found: dict[str, object] = json.loads(response.content)
    return found


@pytest.fixture
def registered(service: Service, runs: list[str]) -> RegistryStore:
    """A registered model whose version 1, the champion, comes from the first run."""
    registry = service.host.registry_store()
    registry.create_registered_model("digits", user_id="ada")
    registry.create_model_version("digits", f"runs:/{runs[0]}/model", run_id=runs[0], user_id="ada")
    registry.set_registered_model_alias("digits", "champion", 1, user_id="ada")
    return registry
