"""The settings of a server are told to administrators, without secrets."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from runyard import hookimpl
from runyard.host import Host
from runyard.protocols.access import Action, Operation, Principal
from runyard.server.service import Service
from runyard.settings import Origin, Setting, Settings
from runyard.testing.server import asgi_client
from runyard_api_v1.application import application

SETTINGS = [
    Setting("greeter.word", "hello", "What is said."),
    Setting("greeter.password", "", "What lets one in.", secret=True),
    Setting("greeter.places", (), "Where it is said."),
]
PLUGIN = SimpleNamespace(runyard_settings=hookimpl(lambda: SETTINGS))


class ForAdministrators:
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return operation.action is not Action.ADMIN or "admin" in principal.roles


def host(folder: Path) -> Host:
    environ = {"RUNYARD_GREETER_PASSWORD": "hunter2", "RUNYARD_TRACKING_URI": "postgresql://ada:hunter2@db/runs"}
    (folder / "runyard.toml").write_text('[greeter]\nplaces = ["s3://key:hunter2@store/x", "home"]\n', encoding="utf-8")
    return Host(Settings.load(environ=environ, cwd=folder), plugins={"greeter": PLUGIN}, discover=False)


def test_they_are_told_with_where_each_comes_from_and_without_secrets(tmp_path: Path) -> None:
    told = {"greeter.word": Origin("good day", "flag --word")}
    with host(tmp_path) as own, asgi_client(application(Service(own, told=told))) as client:
        answer = client.get("/api/v1/settings")
    assert "hunter2" not in answer.text
    found = {one["name"]: one for one in answer.json()["settings"]}
    word = found["greeter.word"]
    assert (word["value"], word["source"], word["plugin"]) == ("good day", "flag --word", "greeter")
    assert word["doc"] == "What is said."
    assert found["greeter.password"]["value"] == "***"
    assert found["greeter.places"]["value"].endswith("@store/x,home")
    tracking = found["tracking_uri"]
    assert (tracking["value"], tracking["plugin"]) == ("postgresql://ada:***@db/runs", "")
    assert tracking["source"] == "environment RUNYARD_TRACKING_URI"
    assert (found["heartbeat"]["value"], found["heartbeat"]["source"]) == ("10.0", "default")


def test_who_is_no_administrator_is_refused(tmp_path: Path) -> None:
    with host(tmp_path) as own:
        for role, status in (("viewer", 403), ("admin", 200)):
            principal = Principal("ada", frozenset({role}))
            with asgi_client(application(Service(own, ForAdministrators())), principal=principal) as client:
                assert client.get("/api/v1/settings").status_code == status
