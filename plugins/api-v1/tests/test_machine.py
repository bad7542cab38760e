"""What Runyard's own clients ask: journals, heartbeats, whole curves, erasing."""

from __future__ import annotations

import math
import time
from array import array
from collections.abc import Iterator

import httpx
import pytest

from runyard.entities import Batch, MetricColumns, RunStart, RunUpdate
from runyard.host import Host
from runyard.protocols.access import Operation, Principal, ResourceKind
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.tracking import TrackingStore, capability
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.server import asgi_client
from runyard.wire import BATCH_TYPE, decode_columns, decode_curves, encode_batch, to_plain
from runyard_api_v1.application import application

HEADERS = {"Content-Type": BATCH_TYPE}


def ingest(client: httpx.Client, batch: Batch) -> httpx.Response:
    return client.post("/api/v1/ingest", content=encode_batch(batch), headers=HEADERS)


def logged_models(store: TrackingStore) -> KeepsLoggedModels:
    return capability(store, KeepsLoggedModels)  # type: ignore[type-abstract]


def columns(count: int) -> MetricColumns:
    return MetricColumns(array("q", range(count)), array("q", range(count)), array("d", [0.5] * count))


def test_a_batch_is_taken_exactly_once(client: httpx.Client, store: TrackingStore) -> None:
    start = RunStart("a" * 32, "first", "ada", 1, experiment_id="0")
    batch = Batch("j1", 1, 3, starts=[start], points={("a" * 32, "loss"): columns(100)})
    assert ingest(client, batch).json() == {"rejections": []}
    again = ingest(client, batch)
    assert (again.status_code, again.json()["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert client.get("/api/v1/journals/j1").json() == {"last": 3}
    assert len(store.read_metric("a" * 32, "loss")) == 100
    assert client.delete("/api/v1/journals/j1").status_code == 204
    assert client.get("/api/v1/journals/j1").json() == {"last": 0}


class OnlyIn:
    """A policy that opens one experiment, and lets nobody make another."""

    def __init__(self, experiment_id: str) -> None:
        self._id = experiment_id

    def allows(self, principal: Principal, operation: Operation) -> bool:
        ids = {one.id for one in operation.resources if one.kind is ResourceKind.EXPERIMENT}
        return ids <= {self._id}


def test_a_run_started_by_the_name_of_its_experiment_meets_the_policy_of_that_experiment(
    service: Service, store: TrackingStore
) -> None:
    open_id = store.create_experiment("open").experiment_id
    store.create_experiment("shut")
    limited = Service(service.host, policy=OnlyIn(open_id), artifact_root=service.artifact_root)
    with asgi_client(application(limited)) as client:
        found = {}
        for number, name in enumerate(("open", "shut", "new")):
            start = RunStart(f"{number:032x}", name, "ada", 1, experiment_name=name)
            found[name] = ingest(client, Batch(f"j{number}", 1, 1, starts=[start])).status_code
    assert found == {"open": 200, "shut": 403, "new": 403}
    assert store.get_experiment_by_name("new") is None


def test_what_is_refused_of_a_batch_is_told(client: httpx.Client) -> None:
    found = ingest(client, Batch("j1", 1, 1, params=[("nobody", "lr", "1")])).json()
    assert [(one["run_id"], one["what"]) for one in found["rejections"]] == [("nobody", "param 'lr'")]


@pytest.mark.parametrize("data", [b"", b"nonsense", encode_batch(Batch("j", 1, 1))[:-1]])
def test_bytes_that_are_no_batch_are_refused(client: httpx.Client, data: bytes) -> None:
    answer = client.post("/api/v1/ingest", content=data, headers=HEADERS)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_batch_under_another_name_is_refused(client: httpx.Client) -> None:
    answer = client.post("/api/v1/ingest", content=b"{}", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert BATCH_TYPE in answer.json()["message"]


def test_a_run_is_created_once_under_the_id_of_the_client(client: httpx.Client) -> None:
    start = RunStart("b" * 32, "mine", "ada", 5, experiment_id="0", tags={"team": "x"})
    first = client.post("/api/v1/runs", json=to_plain(start))
    assert first.json()["info"]["run_name"] == "mine"
    assert client.post("/api/v1/runs", json=to_plain(start)).json() == first.json()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"run_id": "../x"}, "run id"),
        ({"experiment_name": "both"}, "either id or name"),
        ({"tags": {"a": 1}}, "tags.a must be a string"),
        ({"start_time": "now"}, "start_time must be a whole number"),
        ({"runid": "x"}, "did you mean 'run_id'"),
    ],
)
def test_a_start_that_cannot_be_is_refused(client: httpx.Client, change: dict[str, object], said: str) -> None:
    start = {"run_id": "c" * 32, "run_name": "n", "user_id": "u", "start_time": 1, "experiment_id": "0"}
    answer = client.post("/api/v1/runs", json={**start, **change})
    assert answer.status_code == 400
    assert said in answer.json()["message"]


def test_whole_curves_come_in_binary(client: httpx.Client, runs: list[str]) -> None:
    whole = decode_columns(client.get(f"/api/v1/runs/{runs[0]}/metric", params={"key": "loss"}).content)
    assert whole.values[0] == 1.0
    assert len(whole) == 10
    part = client.get(f"/api/v1/runs/{runs[0]}/metric", params={"key": "loss", "max_points": 2, "start_step": 5})
    assert [step for step, _, _ in decode_columns(part.content)] == [5, 9]
    pairs = [[runs[0], "loss"], [runs[1], "loss"], ["nobody", "loss"], [runs[0], "nothing"]]
    curves = decode_curves(client.post("/api/v1/metrics/read", json={"pairs": pairs}).content)
    assert list(curves) == [(runs[0], "loss"), (runs[1], "loss")]


def test_a_run_without_heartbeat_is_lost(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    expires = int(time.time() * 1000) - 1
    assert client.post("/api/v1/heartbeats", json={"run_ids": [runs[1]], "expires": expires}).status_code == 204
    assert client.get(f"/api/v1/runs/{runs[1]}").json()["info"]["status"] == "FAILED"
    missing = client.post("/api/v1/heartbeats", json={"run_ids": ["nobody"], "expires": expires})
    assert missing.status_code in {204, 404}


def test_what_is_deleted_can_be_erased(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    active = client.post("/api/v1/purge/runs", json={"run_ids": [runs[0]]})
    assert (active.status_code, "active" in active.json()["message"]) == (400, True)
    store.delete_run(runs[0])
    assert client.post("/api/v1/purge/runs", json={"run_ids": [runs[0]]}).status_code == 204
    assert client.get(f"/api/v1/runs/{runs[0]}").status_code == 404
    experiment = store.create_experiment("gone").experiment_id
    store.delete_experiment(experiment)
    assert client.delete(f"/api/v1/purge/experiments/{experiment}").status_code == 204
    assert client.delete(f"/api/v1/purge/experiments/{experiment}").status_code == 404


def test_points_of_a_logged_model_are_kept_for_the_model_alone(
    client: httpx.Client, runs: list[str], store: TrackingStore
) -> None:
    models = logged_models(store)
    model_id = models.create_logged_model("0").model_id
    place = f"/api/v1/runs/{runs[0]}/model-metrics"
    point = {"model_id": model_id, "key": "auc", "timestamp": 1, "dataset_name": "iris", "dataset_digest": "a"}
    sent = [{**point, "value": 1}, {**point, "value": "-Infinity", "step": 3}]
    assert client.post(place, json={"metrics": sent}).status_code == 204
    found = sorted(models.get_logged_model(model_id).metrics, key=lambda one: one.step)
    shown = [(one.value, one.step, one.run_id, one.dataset_name, one.dataset_digest) for one in found]
    assert shown == [(1.0, 0, runs[0], "iris", "a"), (-math.inf, 3, runs[0], "iris", "a")]
    assert "auc" not in store.get_run(runs[0]).data.metrics
    for wrong in ({**point, "value": "high"}, {**point, "value": True}, {**point, "value": 1, "timestamp": -1}):
        assert client.post(place, json={"metrics": [wrong]}).status_code == 400
    missing = client.post(place, json={"metrics": [{**point, "value": 1, "model_id": "m-nowhere"}]})
    assert (missing.status_code, missing.json()["error_class"]) == (404, "NotFound")


def test_deleted_logged_models_can_be_erased(client: httpx.Client, store: TrackingStore) -> None:
    models = logged_models(store)
    model_id = models.create_logged_model("0").model_id
    active = client.post("/api/v1/purge/logged-models", json={"model_ids": [model_id]})
    assert (active.status_code, active.json()["error_class"]) == (400, "InvalidState")
    models.delete_logged_model(model_id)
    assert client.post("/api/v1/purge/logged-models", json={"model_ids": [model_id]}).status_code == 204
    assert client.post("/api/v1/purge/logged-models", json={"model_ids": [model_id]}).status_code == 404


def test_an_update_of_a_run_is_seen(client: httpx.Client, runs: list[str], store: TrackingStore) -> None:
    store.update_run(RunUpdate(runs[1], run_name="new name"))
    assert client.get(f"/api/v1/runs/{runs[1]}").json()["info"]["run_name"] == "new name"
    children = client.get(f"/api/v1/runs/{runs[0]}/children").json()
    assert [one["run_id"] for one in children["runs"]] == [runs[2]]


@pytest.fixture
def plain_client() -> Iterator[httpx.Client]:
    """A client of a server whose tracking store has no more than it must have."""
    from runyard.testing.memory.tracking_core import PlainTrackingStore
    from runyard.uris import Uri

    with Host(Settings(tracking_uri="memory:plain"), plugins={"memory": memory}, discover=False) as host:
        host._stores["tracking", "memory:plain"] = PlainTrackingStore(Uri.parse("memory:artifacts"))
        with asgi_client(application(Service(host))) as found:
            yield found


def test_what_a_store_cannot_do_is_said(plain_client: httpx.Client) -> None:
    assert plain_client.get("/api/v1/server").json()["capabilities"] == []
    body = {"experiment_ids": ["0"]}
    for answer in (
        plain_client.post("/api/v1/runs/columns", json=body),
        plain_client.post("/api/v1/runs/schema", json=body),
        plain_client.post("/api/v1/metrics/read", json={"pairs": []}),
        plain_client.get("/api/v1/views"),
        plain_client.get("/api/v1/journals/j"),
        plain_client.get("/api/v1/changes"),
        plain_client.get("/api/v1/events"),
    ):
        assert (answer.status_code, answer.json()["error_code"]) == (501, "NOT_IMPLEMENTED"), answer.url


def test_curves_are_read_one_by_one_from_a_store_that_knows_no_other_way(plain_client: httpx.Client) -> None:
    plain_client.post(
        "/api/v1/runs",
        json={"run_id": "r1", "run_name": "n", "user_id": "u", "start_time": 1, "experiment_name": "e"},
    )
    found = plain_client.post("/api/v1/metrics/series", json={"run_ids": ["r1", "r2"], "keys": ["loss"]}).json()
    assert len(found["missing"]) == 2
