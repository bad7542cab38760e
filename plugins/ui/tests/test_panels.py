"""Panels of plugins: what browsers are told of them, and how their modules are served."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from runyard import hookimpl
from runyard.host import Host
from runyard.protocols.access import Operation, Principal
from runyard.server.service import Service
from runyard.settings import Settings
from runyard.specs import PanelSpec
from runyard.testing.contracts.settings import SettingsContract
from runyard.testing.server import asgi_client
from runyard_ui.application import application
from runyard_ui.settings import SETTINGS

MANIFEST = "/api/ui/v1/panels"
MODULE = b'import "./shapes.js"; export const api = "1"; export function mount() {}'


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "ui"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package with a panel."""
    folder = tmp_path / "runyard_panel_shapes"
    (folder / "web").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "web" / "panel.js").write_bytes(MODULE)
    (folder / "web" / "shapes.js").write_bytes(b"export {}")
    (folder / "web" / "notes.js").write_bytes(b"not named")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, folder.name, raising=False)
    return folder


def panel(name: str = "shapes", **more: Any) -> PanelSpec:
    wanted = {"target": "runyard_panel_shapes:web/panel.js", "slot": "artifact.preview", "files": ("*.shp",), **more}
    return PanelSpec(name=name, title="Shapes", summary="Draws shapes.", others=("shapes.js",), **wanted)


def plugin(*panels: PanelSpec) -> SimpleNamespace:
    return SimpleNamespace(runyard_ui_panels=hookimpl(lambda: list(panels)))


Open = Callable[..., httpx.Client]


@pytest.fixture
def opened(folder: Path, tmp_path: Path) -> Iterator[Open]:
    """Opens a client of a server with plugins; told settings and a policy."""
    hosts = []

    def open_it(policy: Any = None, extra: dict[str, Any] | None = None, **plugins: Any) -> httpx.Client:
        hosts.append(Host(Settings(root=tmp_path, extra=extra or {}), plugins=plugins, discover=False))
        service = Service(hosts[-1]) if policy is None else Service(hosts[-1], policy)
        return asgi_client(application(service), principal=Principal("ada"))

    yield open_it
    for host in hosts:
        host.close()


def panels(client: httpx.Client) -> list[dict[str, Any]]:
    answer = client.get(MANIFEST)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
    found: list[dict[str, Any]] = answer.json()["panels"]
    return found


def test_a_browser_is_told_of_panels_and_loads_their_files_forever(opened: Open) -> None:
    with opened(shapes=plugin(panel())) as client:
        (told,) = panels(client)
        assert (told["plugin"], told["name"], told["title"]) == ("shapes", "shapes", "Shapes")
        assert (told["slot"], told["files"], told["problem"]) == ("artifact.preview", ["*.shp"], None)
        answer = client.get(f"/{told['module']}")
        assert answer.content == MODULE
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
        assert client.get(f"/{told['module']}".replace("panel.js", "shapes.js")).content == b"export {}"
        assert client.head(f"/{told['module']}").content == b""
        assert client.post(MANIFEST).status_code == 405
        assert client.get("/api/ui/v1/else").json()["error_code"] == "ENDPOINT_NOT_FOUND"


def test_a_module_that_changed_has_another_address(opened: Open, folder: Path) -> None:
    with opened(shapes=plugin(panel())) as client:
        (before,) = panels(client)
        (folder / "web" / "shapes.js").write_bytes(b"export const more = 1")
        gone = client.get(f"/{before['module']}")
        assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
        assert "load the page again" in gone.json()["message"]
        (after,) = panels(client)
        assert after["module"] != before["module"]
        assert client.get(f"/{after['module']}").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "notes.js",
        "../secret.txt",
        "..%2Fsecret.txt",
        "%2e%2e/secret.txt",
        "web/panel.js",
        "",
        "/etc/passwd",
        "__init__.py",
    ],
)
def test_nothing_but_the_files_of_a_panel_is_served(opened: Open, name: str) -> None:
    with opened(shapes=plugin(panel())) as client:
        place = panels(client)[0]["module"].removesuffix("panel.js")
        answer = client.get(f"/{place}{name}")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/json"


def test_only_plugins_that_the_setting_names_have_panels(opened: Open) -> None:
    with opened(shapes=plugin(panel())) as client:
        module = panels(client)[0]["module"]
    for names in ((), ("others",)):
        with opened(extra={"ui.panels": names}, shapes=plugin(panel())) as client:
            (told,) = panels(client)
            assert told["module"] is None
            assert told["problem"] == "the setting ui.panels does not name the plugin 'shapes'"
            assert client.get(f"/{module}").status_code == 404
    with opened(extra={"ui.panels": ("shapes",)}, shapes=plugin(panel())) as client:
        assert panels(client)[0]["module"] == module


def test_a_panel_without_its_file_is_told_of_and_the_others_are_there(opened: Open) -> None:
    gone = panel("gone", target="runyard_panel_shapes:web/gone.js")
    with opened(a=plugin(gone), b=plugin(panel())) as client:
        for _ in range(2):
            broken, works = panels(client)
            assert broken["module"] is None
            assert "cannot read runyard_panel_shapes:web/gone.js: FileNotFoundError" in broken["problem"]
            assert works["problem"] is None


def test_two_panels_of_one_name_are_refused_until_one_is_chosen(opened: Open) -> None:
    with opened(a=plugin(panel()), b=plugin(panel())) as client:
        assert {told["problem"] is None for told in panels(client)} == {False}
        assert "plugins 'a' and 'b' both provide panel 'shapes'" in panels(client)[0]["problem"]


class Refusing:
    def allows(self, principal: Principal, operation: Operation) -> bool:
        return False


def test_nothing_is_told_past_the_policy(opened: Open) -> None:
    with opened(shapes=plugin(panel())) as client:
        module = panels(client)[0]["module"]
    with opened(Refusing(), shapes=plugin(panel())) as client:
        for path in (MANIFEST, f"/{module}"):
            assert client.get(path).json()["error_code"] == "PERMISSION_DENIED"
