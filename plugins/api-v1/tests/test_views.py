"""Saved views, plugins, and the history of models."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runyard.host import Host
from runyard.protocols.access import Principal
from runyard.protocols.registry import RegistryStore
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.testing.server import asgi_client
from runyard_api_v1.application import application

VIEW: dict[str, Any] = {"name": "best", "experiment_ids": ["0"], "state": {"sort": ["-metrics.acc"], "cols": 3}}


def test_a_view_is_saved_changed_and_deleted(service: Service) -> None:
    with asgi_client(application(service), principal=Principal("ada")) as client:
        saved = client.post("/api/v1/views", json=VIEW).json()
        assert (saved["state"], saved["revision"], saved["user_id"]) == (VIEW["state"], 1, "ada")
        url = f"/api/v1/views/{saved['view_id']}"
        changed = client.put(url, json={**VIEW, "name": "better", "revision": 1}).json()
        assert (changed["name"], changed["revision"]) == ("better", 2)
        assert client.get(url).json() == changed
        assert client.get("/api/v1/views?experiment_id=0").json() == {"views": [changed]}
        other = service.host.tracking_store().create_experiment("other").experiment_id
        assert client.get(f"/api/v1/views?experiment_id={other}").json() == {"views": []}
        assert client.get("/api/v1/views?experiment_id=99").status_code == 404
        assert client.delete(url).status_code == 204
        assert client.get(url).status_code == 404
        assert client.delete(url).status_code == 404


def test_who_changes_an_old_revision_is_told(client: httpx.Client) -> None:
    url = f"/api/v1/views/{client.post('/api/v1/views', json=VIEW).json()['view_id']}"
    assert client.put(url, json={**VIEW, "revision": 1}).status_code == 200
    late = client.put(url, json={**VIEW, "name": "late", "revision": 1})
    assert (late.status_code, late.json()["error_code"]) == (409, "RESOURCE_CONFLICT")
    assert client.get(url).json()["name"] == "best"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": []}, 400),
        ({"state": {"x": "y" * 300_000}}, 400),
        ({"name": " "}, 400),
        ({"revision": 1}, 400),
        ({"shared": True}, 400),
    ],
)
def test_a_view_that_cannot_be_is_refused(client: httpx.Client, change: dict[str, Any], status: int) -> None:
    assert client.post("/api/v1/views", json={**VIEW, **change}).status_code == status


def test_nobody_makes_up_ids_of_views(client: httpx.Client) -> None:
    assert client.put("/api/v1/views/mine", json=VIEW).status_code == 404


def test_plugins_are_told_with_what_they_provide_and_how_they_do(client: httpx.Client) -> None:
    found = {one["name"]: one for one in client.get("/api/v1/plugins").json()["plugins"]}
    own = found["api-v1"]
    assert (own["distribution"], own["state"], own["failures"]) == ("runyard-api-v1", "loaded", [])
    assert [(one["kind"], one["name"]) for one in own["provides"]] == [("server_mounts", "v1")]


class Broken:
    """A manifest that knows a hook that there is not."""

    from runyard import hookimpl

    @hookimpl
    def runyard_no_such_hook(self) -> None: ...


def test_a_broken_plugin_is_told_with_its_error() -> None:
    with (
        Host(Settings(tracking_uri="memory:x"), plugins={"odd": Broken()}, discover=False) as host,
        asgi_client(application(Service(host))) as client,
    ):
        (found,) = client.get("/api/v1/plugins").json()["plugins"]
    assert (found["name"], found["state"]) == ("odd", "broken")
    assert found["failures"][0]["stage"] == "register"
    assert "runyard_no_such_hook" in found["failures"][0]["error"]


def test_the_history_of_a_model_is_told_in_pages(client: httpx.Client, registered: RegistryStore) -> None:
    whole = client.get("/api/v1/models/digits/history").json()
    assert [event["change"] for event in whole["events"]] == ["created", "created", "alias"]
    assert whole["next_page_token"] is None
    first = client.get("/api/v1/models/digits/history?max_results=2").json()
    second = client.get(
        "/api/v1/models/digits/history", params={"max_results": 2, "page_token": first["next_page_token"]}
    ).json()
    assert first["events"] + second["events"] == whole["events"]
    assert client.get("/api/v1/models/nobody/history").status_code == 404


def test_an_alias_is_known_as_it_was(client: httpx.Client, registered: RegistryStore) -> None:
    now = client.get("/api/v1/models/digits/aliases/champion").json()
    assert (now["name"], now["version"]) == ("digits", 1)
    assert client.get("/api/v1/models/digits/aliases/champion?at=1").status_code == 404
    assert client.get("/api/v1/models/digits/aliases/nobody").status_code in {400, 404}
