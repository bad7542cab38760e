"""Model versions over MLflow's API: answers, codes, stages, lineage, pages."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from runyard.protocols.access import Action, Operation, Principal
from runyard.protocols.registry import RegistryStore
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_mlflow.application import application

MODELS = "/api/2.0/mlflow/registered-models"
VERSIONS = "/api/2.0/mlflow/model-versions"
LOGGED = "/api/2.0/mlflow/logged-models"
S3 = "s3://bucket/model"


def send(client: httpx.Client, method: str, path: str, **body: Any) -> tuple[int, Any]:
    is_query = method == "GET"
    answer = client.request(method, path, params=body if is_query else None, json=None if is_query else body)
    return answer.status_code, answer.json()


def create(client: httpx.Client, name: str, source: str = S3, **more: Any) -> dict[str, Any]:
    send(client, "POST", f"{MODELS}/create", name=name)
    status, answer = send(client, "POST", f"{VERSIONS}/create", name=name, source=source, **more)
    assert status == 200, answer
    version: dict[str, Any] = answer["model_version"]
    return version


def logged_model(client: httpx.Client, run_id: str | None = None) -> str:
    answer = send(client, "POST", LOGGED, experiment_id="0", source_run_id=run_id)[1]
    model_id: str = answer["model"]["info"]["model_id"]
    return model_id


def download_uri(client: httpx.Client, name: str, version: str = "1") -> tuple[int, str]:
    status, answer = send(client, "GET", f"{VERSIONS}/get-download-uri", name=name, version=version)
    return status, answer.get("artifact_uri", answer.get("error_code"))


def found(client: httpx.Client, **asked: Any) -> list[str]:
    status, answer = send(client, "GET", f"{VERSIONS}/search", **asked)
    assert status == 200, answer
    return [f"{version['name']}/{version['version']}" for version in answer.get("model_versions", [])]


def test_a_new_version_is_shown_as_mlflow_shows_it(client: httpx.Client) -> None:
    version = create(client, "m")
    assert isinstance(version.pop("creation_timestamp"), int)
    assert isinstance(version.pop("last_updated_timestamp"), int)
    assert version == {
        "name": "m",
        "version": "1",
        "current_stage": "None",
        "description": "",
        "source": S3,
        "run_id": "",
        "status": "READY",
        "run_link": "",
    }


def test_a_version_shows_all_it_has(client: httpx.Client, run_id: str) -> None:
    model_id = logged_model(client, run_id)
    tags = [{"key": "a", "value": "b"}]
    more: dict[str, Any] = {
        "run_link": "http://link",
        "description": "text",
        "tags": tags,
        "run_id": run_id,
        "model_id": model_id,
    }
    create(client, "m", **more)
    send(client, "POST", f"{MODELS}/alias", name="m", alias="best", version="1")
    version = send(client, "GET", f"{VERSIONS}/get", name="m", version="1")[1]["model_version"]
    assert {key: version[key] for key in more} == more
    assert version["aliases"] == ["best"]


def test_numbers_are_never_used_again(client: httpx.Client) -> None:
    assert [create(client, "m")["version"] for _ in range(3)] == ["1", "2", "3"]
    assert send(client, "DELETE", f"{VERSIONS}/delete", name="m", version="3") == (200, {})
    assert create(client, "m")["version"] == "4"


MISSING = ("9", "0", "-1", "9" * 18, "9" * 10_000)
BAD = ("abc", "1.0", "", " 1", "1_0", "\uff11")


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("GET", "get", {}),
        ("GET", "get-download-uri", {}),
        ("PATCH", "update", {}),
        ("POST", "transition-stage", {"stage": "Staging"}),
        ("DELETE", "delete", {}),
        ("POST", "set-tag", {"key": "k", "value": "v"}),
        ("DELETE", "delete-tag", {"key": "k"}),
    ],
)
def test_a_version_that_is_not_there_is_told(client: httpx.Client, method: str, path: str, more: Any) -> None:
    create(client, "m")
    for version in (*MISSING, *BAD):
        status, answer = send(client, method, f"{VERSIONS}/{path}", name="m", version=version, **more)
        code = "INVALID_PARAMETER_VALUE" if version in BAD else "RESOURCE_DOES_NOT_EXIST"
        assert (status, answer["error_code"]) == (400 if version in BAD else 404, code), version[:20]
        assert len(answer["message"]) < 300


def test_a_bad_version_is_named(client: httpx.Client) -> None:
    answer = send(client, "GET", f"{VERSIONS}/get", name="m", version="abc")[1]
    assert answer["message"] == "Parameter 'version' must be an integer, got 'abc'."


def test_an_update_without_a_description_clears_it(client: httpx.Client) -> None:
    create(client, "m", description="old")
    changed = send(client, "PATCH", f"{VERSIONS}/update", name="m", version="1", description="new")[1]
    assert changed["model_version"]["description"] == "new"
    cleared = send(client, "PATCH", f"{VERSIONS}/update", name="m", version="1")[1]
    assert cleared["model_version"]["description"] == ""


def test_a_version_moves_through_stages_in_any_case(client: httpx.Client) -> None:
    create(client, "m")
    for stage, shown in (
        ("staging", "Staging"),
        ("PRODUCTION", "Production"),
        ("archived", "Archived"),
        ("none", "None"),
    ):
        body = {"name": "m", "version": "1", "stage": stage, "archive_existing_versions": False}
        moved = send(client, "POST", f"{VERSIONS}/transition-stage", **body)[1]
        assert moved["model_version"]["current_stage"] == shown


@pytest.mark.parametrize("wrong", [{"stage": "Somewhere"}, {"stage": ""}, {"archive_existing_versions": "true"}])
def test_a_transition_that_cannot_be_read_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    create(client, "m")
    body = {"name": "m", "version": "1", "stage": "Staging", **wrong}
    status, answer = send(client, "POST", f"{VERSIONS}/transition-stage", **body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("stage", ["None", "Archived"])
def test_archiving_others_goes_with_active_stages_only(client: httpx.Client, stage: str) -> None:
    create(client, "m")
    body = {"name": "m", "version": "1", "stage": stage, "archive_existing_versions": True}
    status, answer = send(client, "POST", f"{VERSIONS}/transition-stage", **body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_archiving_others_leaves_one_in_a_stage(client: httpx.Client) -> None:
    for version in ("1", "2", "3"):
        create(client, "m")
        body = {"name": "m", "version": version, "stage": "Production", "archive_existing_versions": version == "3"}
        send(client, "POST", f"{VERSIONS}/transition-stage", **body)
    for method in ("GET", "POST"):
        latest = send(client, method, f"{MODELS}/get-latest-versions", name="m")[1]["model_versions"]
        assert [(one["version"], one["current_stage"]) for one in latest] == [("2", "Archived"), ("3", "Production")]
        some = send(client, method, f"{MODELS}/get-latest-versions", name="m", stages=["staging", "archived"])[1]
        assert [one["version"] for one in some["model_versions"]] == ["2"]


def test_a_logged_model_knows_the_versions_it_became(client: httpx.Client) -> None:
    model_id = logged_model(client)
    create(client, "m", f"models:/{model_id}")
    create(client, "m", f"models:/{model_id}", model_id=model_id)
    tags = send(client, "GET", f"{LOGGED}/{model_id}")[1]["model"]["info"]["tags"]
    assert [tag["key"] for tag in tags] == ["mlflow.modelVersions"]
    assert json.loads(tags[0]["value"]) == [{"name": "m", "version": 1}, {"name": "m", "version": 2}]


@pytest.mark.parametrize("kept", ["", "nonsense", "7", '{"a": 1}'])
def test_a_broken_note_on_a_logged_model_is_written_anew(client: httpx.Client, kept: str) -> None:
    model_id = logged_model(client)
    send(client, "PATCH", f"{LOGGED}/{model_id}/tags", tags=[{"key": "mlflow.modelVersions", "value": kept}])
    create(client, "m", f"models:/{model_id}")
    tags = send(client, "GET", f"{LOGGED}/{model_id}")[1]["model"]["info"]["tags"]
    assert json.loads(tags[0]["value"]) == [{"name": "m", "version": 1}]


class RegistryOnly:
    """Lets everybody read, and change registered models only."""

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return operation.action is Action.READ or operation.name.startswith("registry.")


def test_who_may_not_change_a_logged_model_may_still_register_it(service: Service) -> None:
    with asgi_client(application(service)) as client:
        model_id = logged_model(client)
    guarded = Service(service.host, policy=RegistryOnly(), artifact_root=service.artifact_root)
    with asgi_client(application(guarded)) as client:
        assert create(client, "m", f"models:/{model_id}")["model_id"] == model_id


def test_the_files_of_a_version_lie_where_its_source_says(client: httpx.Client, run_id: str) -> None:
    model_id = logged_model(client)
    create(client, "plain")
    create(client, "run", f"runs:/{run_id}/model")
    create(client, "logged", f"models:/{model_id}")
    create(client, "copy", "models:/logged/1")
    create(client, "copy", "models:/copy/latest")
    folder = f"mlflow-artifacts:/0/models/{model_id}/artifacts"
    assert download_uri(client, "plain") == (200, S3)
    assert download_uri(client, "run") == (200, f"runs:/{run_id}/model")
    assert [download_uri(client, name) for name in ("logged", "copy")] == [(200, folder)] * 2
    assert download_uri(client, "copy", "2") == (200, folder)


def test_a_copy_outlives_what_it_was_copied_from(client: httpx.Client) -> None:
    create(client, "m")
    create(client, "m", "s3://bucket/second")
    create(client, "copy", "models:/m/1")
    copied = create(client, "copy", "models:/m/2")
    assert (copied["source"], copied["storage_location"]) == ("models:/m/2", "s3://bucket/second")
    send(client, "DELETE", f"{VERSIONS}/delete", name="m", version="1")
    assert download_uri(client, "copy", "1") == (200, S3)
    send(client, "POST", f"{MODELS}/rename", name="m", new_name="renamed")
    create(client, "m", "s3://bucket/another")
    create(client, "m", "s3://bucket/another")
    assert download_uri(client, "copy", "2") == (200, "s3://bucket/second")
    for name in ("m", "renamed"):
        send(client, "DELETE", f"{MODELS}/delete", name=name)
    assert download_uri(client, "copy", "2") == (200, "s3://bucket/second")
    create(client, "copy", "models:/copy/2")
    assert download_uri(client, "copy", "3") == (200, "s3://bucket/second")


def test_a_version_keeps_the_folder_of_a_logged_model_that_is_deleted(client: httpx.Client) -> None:
    model_id = logged_model(client)
    create(client, "m", f"models:/{model_id}")
    send(client, "DELETE", f"{LOGGED}/{model_id}")
    assert download_uri(client, "m") == (200, f"mlflow-artifacts:/0/models/{model_id}/artifacts")


@pytest.fixture
def old_copies(client: httpx.Client, service: Service) -> RegistryStore:
    """Copies, and the copy of a copy, of which the registry was not told where their files lie."""
    create(client, "m")
    registry = service.host.registry_store()
    for name, source in (("copy", "models:/m/1"), ("second", "models:/copy/1"), ("m", "models:/second/1")):
        send(client, "POST", f"{MODELS}/create", name=name)
        registry.create_model_version(name, source)
    return registry


def test_files_are_looked_for_behind_the_source_where_their_place_is_not_known(
    client: httpx.Client, old_copies: RegistryStore
) -> None:
    assert old_copies.get_model_version("second", 1).storage_location is None
    assert download_uri(client, "second") == (200, S3)
    assert create(client, "new", "models:/second/1")["storage_location"] == S3
    send(client, "DELETE", f"{VERSIONS}/delete", name="m", version="1")
    assert download_uri(client, "second") == (200, S3)


def test_copies_that_lead_in_a_circle_are_told(client: httpx.Client, old_copies: RegistryStore) -> None:
    send(client, "POST", f"{MODELS}/rename", name="copy", new_name="old")
    send(client, "POST", f"{MODELS}/create", name="copy")
    old_copies.create_model_version("copy", "models:/m/2")
    assert download_uri(client, "m", "2") == (404, "RESOURCE_DOES_NOT_EXIST")


def test_the_last_changed_versions_come_first(client: httpx.Client) -> None:
    for name in ("a", "b"):
        create(client, name)
        create(client, name)
    send(client, "PATCH", f"{VERSIONS}/update", name="a", version="1", description="touched")
    assert found(client)[0] == "a/1"
    assert found(client, order_by=["name DESC", "version_number"]) == ["b/1", "b/2", "a/1", "a/2"]


def test_pages_lead_through_all_versions_whatever_is_written_meanwhile(client: httpx.Client) -> None:
    for _ in range(5):
        create(client, "m")
    seen: list[str] = []
    token = ""
    for _ in range(3):
        asked = {"max_results": 2, "order_by": ["version_number DESC"], "page_token": token}
        page = send(client, "GET", f"{VERSIONS}/search", **asked)[1]
        seen.extend(version["version"] for version in page["model_versions"])
        token = page.get("next_page_token", "")
        create(client, "m")
    assert (seen, token) == (["5", "4", "3", "2", "1"], "")


def test_a_version_is_found_by_all_that_it_has(client: httpx.Client, run_id: str) -> None:
    create(client, "a", tags=[{"key": "kind", "value": "x"}])
    create(client, "a", f"runs:/{run_id}/model", tags=[{"key": "kind", "value": "y"}])
    assert found(client, filter=f"run_id = '{run_id}'") == ["a/2"]
    assert found(client, filter=f"run_id IN ('{run_id}', 'x')") == ["a/2"]
    assert found(client, filter="source_path LIKE 's3:%'") == ["a/1"]
    assert found(client, filter="version_number = '1'") == found(client, filter="version_number < 2") == ["a/1"]
    assert found(client, filter="tags.kind != 'x'") == ["a/2"]
    assert found(client, filter="name = 'b'") == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_results": 0},
        {"max_results": 200_001},
        {"max_results": "x"},
        {"page_token": "nonsense"},
        {"filter": "name ="},
        {"filter": "color = 'red'"},
        {"filter": "version_number = 'x'"},
        {"order_by": ["color"]},
    ],
)
def test_a_search_that_cannot_be_read_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    status, answer = send(client, "GET", f"{VERSIONS}/search", **wrong)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_a_prompt_has_no_source_of_its_own(client: httpx.Client) -> None:
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    assert create(client, "p", "dummy-source", tags=tags)["source"] == "dummy-source"
    for source in (S3, "/etc", "runs:/x/y"):
        status, answer = send(client, "POST", f"{VERSIONS}/create", name="p", source=source, tags=tags)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    status, answer = send(client, "POST", f"{VERSIONS}/create", name="p", source="models:/p/1")
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert found(client) == []
    assert found(client, filter="tags.`mlflow.prompt.is_prompt` = 'true'") == ["p/1"]
