"""Where models came from and what came of runs."""

from __future__ import annotations

import httpx
import pytest

from runyard.entities import ModelOutput
from runyard.protocols.logged_models import KeepsLoggedModels
from runyard.protocols.registry import RegistryStore
from runyard.protocols.tracking import TrackingStore
from runyard.server.service import Service


def test_a_version_comes_from_a_run_that_used_a_data_set(
    client: httpx.Client, runs: list[str], registered: RegistryStore
) -> None:
    for of in ("models:/digits/1", "models:/digits@champion"):
        found = client.get("/api/v1/lineage", params={"of": of}).json()
        assert found["root"] == "version:digits:1"
        assert {node["id"]: node["kind"] for node in found["nodes"]} == {
            "version:digits:1": "version",
            f"run:{runs[0]}": "run",
            "dataset:iris:d1": "dataset",
        }
        assert {(edge["source"], edge["target"], edge["role"], edge["context"]) for edge in found["edges"]} == {
            (f"run:{runs[0]}", "version:digits:1", "registered", None),
            ("dataset:iris:d1", f"run:{runs[0]}", "used", "training"),
        }
    of_run = client.get("/api/v1/lineage", params={"of": f"runs:/{runs[0]}"}).json()
    assert {node["id"] for node in of_run["nodes"]} == {node["id"] for node in found["nodes"]}


def test_a_logged_model_stands_between_its_run_and_its_versions(
    client: httpx.Client, runs: list[str], store: TrackingStore, registered: RegistryStore
) -> None:
    assert isinstance(store, KeepsLoggedModels)
    model = store.create_logged_model("0", name="net", source_run_id=runs[1])
    store.log_model_outputs(runs[1], [ModelOutput(model.model_id)])
    registered.create_model_version("digits", f"models:/{model.model_id}", run_id=runs[1], model_id=model.model_id)
    found = client.get("/api/v1/lineage", params={"of": "models:/digits/2"}).json()
    assert {(edge["source"], edge["target"], edge["role"]) for edge in found["edges"]} == {
        (f"run:{runs[1]}", f"model:{model.model_id}", "produced"),
        (f"model:{model.model_id}", "version:digits:2", "registered"),
    }
    of_model = client.get("/api/v1/lineage", params={"of": f"models:/{model.model_id}"}).json()
    assert of_model["root"] == f"model:{model.model_id}"
    assert len(of_model["nodes"]) == 3


def test_what_is_gone_is_shown_by_its_id(client: httpx.Client, service: Service, registered: RegistryStore) -> None:
    registered.create_model_version("digits", "/somewhere", run_id="f" * 32)
    found = client.get("/api/v1/lineage", params={"of": "models:/digits/2"}).json()
    assert [(node["id"], node["found"]) for node in found["nodes"]] == [
        ("version:digits:2", True),
        (f"run:{'f' * 32}", False),
    ]


@pytest.mark.parametrize(
    ("of", "status"),
    [("digits/1", 400), ("models:/nobody/1", 404), ("runs:/nobody", 404), (f"models:/m-{'0' * 32}", 404)],
)
def test_what_is_not_there_has_no_lineage(client: httpx.Client, of: str, status: int) -> None:
    assert client.get("/api/v1/lineage", params={"of": of}).status_code == status
