"""The OpenAPI document is valid, and every operation answers what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it has no stubs
from openapi_spec_validator import validate

from runyard.entities import Batch
from runyard.server.service import Service
from runyard.wire import BATCH_TYPE, encode_batch, to_plain
from runyard_api_v1.catalogue import ENDPOINTS
from runyard_api_v1.openapi import document
from runyard_api_v1.run_events import RunEvent


@pytest.fixture
def described(service: Service) -> dict[str, Any]:
    return document(service)


def operations(described: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_the_document_is_valid(described: dict[str, Any]) -> None:
    validate(described)
    assert described["openapi"].startswith("3.1")


def test_the_server_gives_the_document(client: httpx.Client, described: dict[str, Any]) -> None:
    assert client.get("/api/v1/openapi.json").json() == json.loads(json.dumps(described))


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(described: dict[str, Any]) -> None:
    found = list(operations(described))
    names = [operation["operationId"] for _, _, operation in found]
    assert len(names) == len(set(names)) == len(ENDPOINTS)
    known = {tag["name"] for tag in described["tags"]}
    for _, path, operation in found:
        assert operation["summary"].endswith("."), path
        assert set(operation["tags"]) <= known
        in_path = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        assert all(one["description"] for one in operation.get("parameters", ()))


def test_every_schema_says_what_its_fields_are(described: dict[str, Any]) -> None:
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("properties") or schema.get("enum") or schema.get("anyOf"), name


Request = tuple[str, str, dict[str, Any]]


def requests(runs: Sequence[str], view_id: str) -> list[Request]:
    """A request for every operation, in an order in which they all succeed."""
    experiments = {"experiment_ids": ["0"]}
    batch = {"content": encode_batch(Batch("j1", 1, 1)), "headers": {"Content-Type": BATCH_TYPE}}
    start = {"run_id": "d" * 32, "run_name": "n", "user_id": "u", "start_time": 1, "experiment_id": "0"}
    bins = {"x": "params.lr", "y": "metrics.acc", "x_bins": 3, "y_bins": 3}
    columns = ["attributes.run_name", "metrics.broken", "params.lr"]
    view = {"name": "mine", "experiment_ids": ["0"], "state": {"sort": "loss"}}
    plain: list[tuple[str, str, dict[str, Any]]] = [
        ("getOpenApi", "/openapi.json", {}),
        ("getServer", "/server", {}),
        ("ingest", "/ingest", batch),
        ("getJournal", "/journals/j1", {}),
        ("forgetJournal", "/journals/j1", {}),
        ("beat", "/heartbeats", {"json": {"run_ids": [runs[1]], "expires": 2**42}}),
        ("createRun", "/runs", {"json": start}),
        ("readMetric", f"/runs/{runs[0]}/metric?key=loss", {}),
        ("readMetrics", "/metrics/read", {"json": {"pairs": [[runs[0], "loss"]]}}),
        ("listExperiments", "/experiments?view=ALL", {}),
        ("getExperiment", "/experiments/0", {}),
        ("readColumns", "/runs/columns", {"json": {**experiments, "columns": columns}}),
        ("describeRuns", "/runs/schema", {"json": {**experiments, "quantiles": [0.25, 0.5]}}),
        (
            "aggregateRuns",
            "/runs/aggregate",
            {"json": {**experiments, "group_by": ["tags.team"], "columns": ["metrics.acc"], "bins": bins}},
        ),
        ("diffRuns", "/runs/diff", {"json": {"run_ids": list(runs), "everything": True}}),
        ("getRun", f"/runs/{runs[3]}", {}),
        ("listChildren", f"/runs/{runs[0]}/children", {}),
        ("readSeries", "/metrics/series", {"json": {"run_ids": list(runs), "keys": ["loss", "broken"]}}),
        (
            "readSeries",
            "/metrics/series",
            {
                "json": {
                    "run_ids": list(runs),
                    "keys": ["loss"],
                    "smooth": {"amount": 0.5},
                    "group": {"by": ["tags.team"]},
                }
            },
        ),
        ("listArtifacts", f"/artifacts/list?run_id={runs[0]}", {}),
        ("getArtifact", f"/artifacts/file?run_id={runs[0]}&path=runyard/requirements.txt", {}),
        ("previewArtifact", f"/artifacts/preview?run_id={runs[0]}&path=runyard/requirements.txt", {}),
        ("listImages", f"/images?run_id={runs[0]}", {}),
        ("getArchive", f"/artifacts/archive?run_id={runs[0]}", {}),
        ("getModelHistory", "/models/digits/history", {}),
        ("getModelVersionByAlias", "/models/digits/aliases/champion", {}),
        ("getLineage", "/lineage?of=models:/digits/1", {}),
        ("listViews", "/views", {}),
        ("createView", "/views", {"json": view}),
        ("getView", f"/views/{view_id}", {}),
        ("saveView", f"/views/{view_id}", {"json": {**view, "revision": 1}}),
        ("deleteView", f"/views/{view_id}", {}),
        ("readChanges", "/changes?since=0", {}),
        ("listPlugins", "/plugins", {}),
        ("purgeRuns", "/purge/runs", {"json": {"run_ids": [runs[3]]}}),
        ("logModelMetrics", f"/runs/{runs[0]}/model-metrics", {"json": {"metrics": []}}),
        ("purgeLoggedModels", "/purge/logged-models", {"json": {"model_ids": []}}),
        ("purgeExperiment", "/purge/experiments/1", {}),
    ]
    return [(operation, f"/api/v1{path}", body) for operation, path, body in plain]


@pytest.mark.usefixtures("registered")
def test_every_operation_answers_what_its_schema_says(
    client: httpx.Client, described: dict[str, Any], runs: list[str], service: Service
) -> None:
    store = service.host.tracking_store()
    view = client.post("/api/v1/views", json={"name": "a", "experiment_ids": ["0"], "state": {}}).json()
    store.delete_run(runs[3])
    store.delete_experiment(store.create_experiment("gone").experiment_id)
    known = {operation["operationId"]: (method, operation) for method, _, operation in operations(described)}
    called = set()
    for name, url, body in requests(runs, view["view_id"]):
        method, operation = known[name]
        answer = client.request(method, url, **body)
        assert answer.status_code in {200, 204}, f"{name}: {answer.status_code} {answer.text}"
        check(described, operation, answer)
        if "json" in body:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            validator(described, schema).validate(body["json"])
        called.add(name)
    assert called | {"streamEvents"} == set(known)  # the stream has tests of its own


def check(described: Mapping[str, Any], operation: Mapping[str, Any], answer: httpx.Response) -> None:
    """Whether an answer is what the operation promises; fields that it does not name are none."""
    promised = operation["responses"][str(answer.status_code)]
    if answer.status_code == 204:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].partition(";")[0]
    schema = promised["content"][media]["schema"]
    if media == "application/json":
        validator(described, closed(schema)).validate(answer.json())


def validator(described: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    return Draft202012Validator({**schema, "components": closed(described["components"])})


def closed(schema: Any) -> Any:
    """The same where objects have no fields but those that are named."""
    if isinstance(schema, dict):
        found = {key: closed(value) for key, value in schema.items()}
        if "properties" in found and found.get("type") == "object":
            found.setdefault("additionalProperties", False)
        return found
    return [closed(one) for one in schema] if isinstance(schema, list) else schema


def test_events_of_runs_have_the_shape_that_is_promised(
    service: Service, described: dict[str, Any], runs: list[str]
) -> None:
    for run_id in runs:
        told = to_plain(RunEvent.of(service.host.tracking_store().get_run(run_id)))
        validator(described, {"$ref": "#/components/schemas/RunEvent"}).validate(told)
    assert "ResetEvent" in described["components"]["schemas"]


def test_errors_have_the_shape_that_is_promised(client: httpx.Client, described: dict[str, Any]) -> None:
    answer = client.get("/api/v1/runs/nobody")
    assert answer.status_code == 404
    validator(described, {"$ref": "#/components/schemas/Error"}).validate(answer.json())
