"""Registered models over MLflow's API: answers, codes, aliases, pages, prompts."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runyard.protocols.access import Action, Operation, Principal
from runyard.query import Target
from runyard.server.service import Service
from runyard.testing.server import asgi_client
from runyard_api_mlflow import logged_models, model_versions, registered_models
from runyard_api_mlflow.application import application
from runyard_api_mlflow.prompts import search_filter

MODELS = "/api/2.0/mlflow/registered-models"
VERSIONS = "/api/2.0/mlflow/model-versions"
HIDDEN = "NOT tags.`mlflow.prompt.is_prompt` = 'true'"


def send(client: httpx.Client, method: str, path: str, **body: Any) -> tuple[int, Any]:
    is_query = method == "GET"
    answer = client.request(method, path, params=body if is_query else None, json=None if is_query else body)
    return answer.status_code, answer.json()


def create(client: httpx.Client, name: str, versions: int = 0, **more: Any) -> dict[str, Any]:
    status, answer = send(client, "POST", f"{MODELS}/create", name=name, **more)
    assert status == 200, answer
    for _ in range(versions):
        assert send(client, "POST", f"{VERSIONS}/create", name=name, source="s3://bucket/x")[0] == 200
    model: dict[str, Any] = answer["registered_model"]
    return model


def names(answer: Any) -> list[str]:
    return [model["name"] for model in answer.get("registered_models", [])]


ROUTES = [
    *registered_models.ROUTES,
    *model_versions.ROUTES,
    *logged_models.ROUTES,
]


@pytest.mark.parametrize("prefix", ["/api", "/ajax-api"])
def test_every_endpoint_answers_on_both_prefixes(client: httpx.Client, prefix: str) -> None:
    for route in ROUTES:
        path = prefix + route.path.replace("{model_id}", "m-none").replace("{tag_key}", "key")
        status, answer = send(client, route.method, path)
        assert status in {200, 400, 404}, path
        assert answer.get("error_code") not in {"ENDPOINT_NOT_FOUND", "BAD_REQUEST"}, path


def test_a_new_model_shows_nothing_that_is_empty(client: httpx.Client) -> None:
    model = create(client, "m")
    assert isinstance(model.pop("creation_timestamp"), int)
    assert isinstance(model.pop("last_updated_timestamp"), int)
    assert model == {"name": "m"}


def test_a_model_shows_all_it_has(client: httpx.Client) -> None:
    create(client, "m", 2, description="of cats", tags=[{"key": "team", "value": "vision"}, {"key": "empty"}])
    send(client, "POST", f"{MODELS}/alias", name="m", alias="best", version="2")
    send(client, "POST", f"{VERSIONS}/transition-stage", name="m", version="1", stage="staging")
    model = send(client, "GET", f"{MODELS}/get", name="m")[1]["registered_model"]
    assert model["description"] == "of cats"
    assert model["tags"] == [{"key": "empty", "value": ""}, {"key": "team", "value": "vision"}]
    assert model["aliases"] == [{"alias": "best", "version": "2"}]
    latest = [(found["version"], found["current_stage"], found.get("aliases")) for found in model["latest_versions"]]
    assert latest == [("1", "Staging", None), ("2", "None", ["best"])]


def test_a_taken_name_is_refused_as_clients_expect(client: httpx.Client) -> None:
    create(client, "m")
    status, answer = send(client, "POST", f"{MODELS}/create", name="m")
    assert (status, answer["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "..", "x" * 257, "a\0b", None, 5, ["a"]])
def test_a_bad_name_is_refused(client: httpx.Client, name: Any) -> None:
    status, answer = send(client, "POST", f"{MODELS}/create", name=name)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "get", {}),
        ("PATCH", "update", {"description": "x"}),
        ("POST", "rename", {"new_name": "n"}),
        ("DELETE", "delete", {}),
        ("GET", "get-latest-versions", {}),
        ("POST", "get-latest-versions", {}),
        ("POST", "set-tag", {"key": "k", "value": "v"}),
        ("DELETE", "delete-tag", {"key": "k"}),
        ("POST", "alias", {"alias": "a", "version": "1"}),
        ("DELETE", "alias", {"alias": "a"}),
        ("GET", "alias", {"alias": "a"}),
    ],
)
def test_a_missing_model_is_not_found(client: httpx.Client, method: str, path: str, body: Any) -> None:
    status, answer = send(client, method, f"{MODELS}/{path}", name="nothing", **body)
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    status, answer = send(client, method, f"{MODELS}/{path}", name="a/b", **body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_update_without_a_description_clears_it(client: httpx.Client) -> None:
    create(client, "m", description="old")
    changed = send(client, "PATCH", f"{MODELS}/update", name="m", description="new")[1]
    assert changed["registered_model"]["description"] == "new"
    cleared = send(client, "PATCH", f"{MODELS}/update", name="m")[1]
    assert "description" not in cleared["registered_model"]


def test_a_renamed_model_takes_its_versions_along(client: httpx.Client) -> None:
    create(client, "m", 1)
    create(client, "taken")
    status, answer = send(client, "POST", f"{MODELS}/rename", name="m", new_name="taken")
    assert (status, answer["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    assert "sql" not in answer["message"].lower()
    renamed = send(client, "POST", f"{MODELS}/rename", name="m", new_name="n")[1]["registered_model"]
    assert (renamed["name"], renamed["latest_versions"][0]["name"]) == ("n", "n")
    assert send(client, "GET", f"{MODELS}/get", name="m")[0] == 404


def test_a_deleted_model_is_gone(client: httpx.Client) -> None:
    create(client, "m", 1)
    assert send(client, "DELETE", f"{MODELS}/delete", name="m") == (200, {})
    assert send(client, "DELETE", f"{MODELS}/delete", name="m")[0] == 404
    assert send(client, "GET", f"{VERSIONS}/get", name="m", version="1")[0] == 404


def test_a_missing_alias_is_told_as_clients_expect(client: httpx.Client) -> None:
    create(client, "m", 1)
    answer = send(client, "GET", f"{MODELS}/alias", name="m", alias="champion")
    message = "Registered model alias champion not found."
    error = {"error_code": "INVALID_PARAMETER_VALUE", "message": message, "error_class": "InvalidInput"}
    assert answer == (400, error)


def test_latest_is_the_highest_version(client: httpx.Client) -> None:
    create(client, "m", 3)
    create(client, "none")
    for alias in ("latest", "LATEST"):
        found = send(client, "GET", f"{MODELS}/alias", name="m", alias=alias)[1]
        assert found["model_version"]["version"] == "3"
    status, answer = send(client, "GET", f"{MODELS}/alias", name="none", alias="latest")
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V22", "a b", "a/b", "", "x" * 256, 5])
def test_a_reserved_or_bad_alias_is_refused(client: httpx.Client, alias: Any) -> None:
    create(client, "m", 1)
    status, answer = send(client, "POST", f"{MODELS}/alias", name="m", alias=alias, version="1")
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_alias_is_set_moved_and_deleted(client: httpx.Client) -> None:
    create(client, "m", 2)
    for version in ("1", "2"):
        assert send(client, "POST", f"{MODELS}/alias", name="m", alias="a", version=version) == (200, {})
        found = send(client, "GET", f"{MODELS}/alias", name="m", alias="a")[1]["model_version"]
        assert (found["version"], found["aliases"]) == (version, ["a"])
    assert send(client, "POST", f"{MODELS}/alias", name="m", alias="a", version="9")[0] == 404
    for _ in range(2):
        assert send(client, "DELETE", f"{MODELS}/alias", name="m", alias="a") == (200, {})
    assert send(client, "GET", f"{MODELS}/alias", name="m", alias="a")[0] == 400


def test_pages_lead_through_all_models_whatever_is_written_meanwhile(client: httpx.Client) -> None:
    for index in range(7):
        create(client, f"m{index}")
    found: list[str] = []
    token = ""
    for turn in range(4):
        status, page = send(client, "GET", f"{MODELS}/search", max_results=2, page_token=token)
        assert status == 200
        found.extend(names(page))
        create(client, f"before {turn}")
        token = page.get("next_page_token", "")
    assert found == [f"m{index}" for index in range(7)]
    assert token == ""


def test_a_page_has_a_hundred_models_unless_told_otherwise(client: httpx.Client) -> None:
    for index in range(101):
        create(client, f"m{index:03d}")
    page = send(client, "GET", f"{MODELS}/search")[1]
    assert (len(names(page)), "next_page_token" in page) == (100, True)
    assert len(names(send(client, "GET", f"{MODELS}/search", max_results=1000)[1])) == 101


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_results": 0},
        {"max_results": -1},
        {"max_results": 1001},
        {"max_results": "x"},
        {"page_token": "nonsense"},
        {"filter": "name LIKE"},
        {"filter": "color = 'red'"},
        {"filter": "metrics.x > 1"},
        {"order_by": "color"},
        {"order_by": "name; DROP TABLE registered_models"},
    ],
)
def test_a_search_that_cannot_be_read_is_refused(client: httpx.Client, wrong: dict[str, Any]) -> None:
    status, answer = send(client, "GET", f"{MODELS}/search", **wrong)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_an_empty_search_is_an_empty_object(client: httpx.Client) -> None:
    assert send(client, "GET", f"{MODELS}/search") == (200, {})


def test_a_search_takes_several_orders(client: httpx.Client) -> None:
    for name, team in (("a", "2"), ("b", "1"), ("c", "2")):
        create(client, name, tags=[{"key": "team", "value": team}])
    found = send(client, "GET", f"{MODELS}/search", order_by=["tags.team DESC", "name DESC"])[1]
    assert names(found) == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        (None, HIDDEN),
        ("", HIDDEN),
        ("name = 'a'", f"attributes.name = 'a' AND {HIDDEN}"),
        ("tags.`mlflow.prompt.is_prompt` = 'false'", HIDDEN),
        ("tags.`mlflow.prompt.is_prompt` != 'true' AND name = 'a'", f"attributes.name = 'a' AND {HIDDEN}"),
        ("tags.`mlflow.prompt.is_prompt` = 'TRUE'", "tags.`mlflow.prompt.is_prompt` = 'TRUE'"),
        ("tags.`mlflow.prompt.is_prompt` != 'false'", "tags.`mlflow.prompt.is_prompt` != 'false'"),
        ("tags.`mlflow.prompt.is_prompt` IS NULL", "tags.`mlflow.prompt.is_prompt` IS NULL"),
        ("name = 'a' OR name = 'b'", f"(attributes.name = 'a' OR attributes.name = 'b') AND {HIDDEN}"),
        (
            "name = 'a' OR name = 'b' AND tag.`mlflow.prompt.is_prompt` != 'true'",
            f"(attributes.name = 'a' OR attributes.name = 'b') AND {HIDDEN}",
        ),
        ("tag.`mlflow.prompt.is_prompt` != 'true'", HIDDEN),
        ("tag.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` = 'true'"),
        (
            "name = 'a' OR name = 'b' AND tag.`mlflow.prompt.is_prompt` = 'true'",
            "(attributes.name = 'a' OR attributes.name = 'b') AND tags.`mlflow.prompt.is_prompt` = 'true'",
        ),
        (
            "name = 'a' OR NOT tags.`mlflow.prompt.is_prompt` = 'true'",
            "name = 'a' OR NOT tags.`mlflow.prompt.is_prompt` = 'true'",
        ),
    ],
)
def test_prompts_are_hidden_unless_they_are_asked_for(asked: str | None, meant: str) -> None:
    assert search_filter(asked, Target.MODELS).text == meant


def test_a_search_finds_prompts_only_where_they_are_asked_for(client: httpx.Client) -> None:
    create(client, "model")
    create(client, "prompt", tags=[{"key": "mlflow.prompt.is_prompt", "value": "true"}])
    assert names(send(client, "GET", f"{MODELS}/search")[1]) == ["model"]
    asked = "tags.`mlflow.prompt.is_prompt` = 'true'"
    assert names(send(client, "GET", f"{MODELS}/search", filter=asked)[1]) == ["prompt"]


@pytest.mark.parametrize(("key", "value"), [("../k", "v"), ("k" * 251, "v"), ("", "v"), ("k", "x" * 100_001)])
def test_a_bad_tag_is_refused(client: httpx.Client, key: str, value: str) -> None:
    create(client, "m", 1)
    for path, more in ((MODELS, {}), (VERSIONS, {"version": "1"})):
        status, answer = send(client, "POST", f"{path}/set-tag", name="m", key=key, value=value, **more)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_the_history_says_who_changed_a_model(service: Service) -> None:
    with asgi_client(application(service), principal=Principal("ada")) as client:
        create(client, "m", 1)
        send(client, "POST", f"{MODELS}/alias", name="m", alias="best", version="1")
        version = send(client, "GET", f"{VERSIONS}/get", name="m", version="1")[1]["model_version"]
    assert version["user_id"] == "ada"
    assert {event.user_id for event in service.host.registry_store().history("m")} == {"ada"}


class ReadOnly:
    """Lets nobody change anything."""

    def allows(self, principal: Principal, operation: Operation) -> bool:
        return operation.action is Action.READ


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{MODELS}/create", {"name": "n"}),
        ("PATCH", f"{MODELS}/update", {"name": "m"}),
        ("POST", f"{MODELS}/alias", {"name": "m", "alias": "a", "version": "1"}),
        ("POST", f"{VERSIONS}/create", {"name": "m", "source": "s3://bucket/x"}),
        ("POST", f"{VERSIONS}/transition-stage", {"name": "m", "version": "1", "stage": "Staging"}),
        ("DELETE", f"{VERSIONS}/delete", {"name": "m", "version": "1"}),
        ("POST", "/api/2.0/mlflow/logged-models", {"experiment_id": "0"}),
    ],
)
def test_the_policy_is_asked_before_anything_changes(service: Service, method: str, path: str, body: Any) -> None:
    with asgi_client(application(service)) as client:
        create(client, "m", 1)
    guarded = Service(service.host, policy=ReadOnly(), artifact_root=service.artifact_root)
    with asgi_client(application(guarded)) as client:
        status, answer = send(client, method, path, **body)
    assert (status, answer["error_code"]) == (403, "PERMISSION_DENIED")
