"""A plugin that breaks before it says what it mounts is named where it might have answered; others serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.testing.raw_http import call
from runyard.testing.server import running_server

HEAD = """
from runyard import hookimpl
from runyard.specs import ServerMount
async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"NAME"})
def make(service):
    return application
@hookimpl
def runyard_server_mounts():
"""
MOUNT = '    return [ServerMount(name="NAME", target="NAME:make", summary="Is.", prefixes=("PREFIX",))]\n'


def write(site: Path, name: str, source: str) -> None:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[runyard.plugins.v1]\n{name} = {name}\n", encoding="utf-8")
    (site / f"{name}.py").write_text(source.replace("NAME", name), encoding="utf-8")


def environment(site: Path, *names: str) -> dict[str, str]:
    return {"PYTHONPATH": str(site), "RUNYARD_PLUGINS": ",".join(("server", "store-sql", "store-local", *names))}


@pytest.mark.parametrize(
    "source",
    [
        "import no_such_module\n",
        "def broken(:\n",
        "raise SystemExit(1)\n",
        HEAD + "    raise RuntimeError('no')\n",
        HEAD + "    return [1]\n",
        "from runyard import hookimpl\n@hookimpl\ndef runyard_no_such_hook(): pass\n",
    ],
)
def test_a_plugin_that_cannot_say_what_it_mounts_is_named(tmp_path: Path, source: str) -> None:
    write(tmp_path / "site", "broken", source)
    write(tmp_path / "site", "good", HEAD + MOUNT.replace("PREFIX", "/good"))
    with running_server(tmp_path, **environment(tmp_path / "site", "broken", "good")) as server:
        assert call(server.port, "GET", "/good").body == b"good"
        answer = call(server.port, "GET", "/elsewhere")
        assert answer.status == 503
        assert "'broken'" in answer.json()["message"]


def test_two_plugins_with_one_prefix_are_both_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / "site", name, HEAD + MOUNT.replace("PREFIX", "/same"))
    with running_server(tmp_path, **environment(tmp_path / "site", "one", "two")) as server:
        answer = call(server.port, "GET", "/same")
        assert answer.status == 503
        assert "'one' and 'two' both serve /same" in answer.json()["message"]


def test_two_plugins_with_one_name_need_a_choice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        source = MOUNT.replace('name="NAME"', 'name="thing"').replace("PREFIX", f"/{name}")
        write(tmp_path / "site", name, HEAD + source)
    given = environment(tmp_path / "site", "one", "two")
    with running_server(tmp_path, **given) as server:
        answer = call(server.port, "GET", "/one")
        assert answer.status == 503
        assert "prefer: server_mounts.thing=PLUGIN" in answer.json()["message"]
    with running_server(tmp_path, **given, RUNYARD_PREFER="server_mounts.thing=two") as server:
        assert call(server.port, "GET", "/two").status == 200
        assert call(server.port, "GET", "/one").status == 404


def test_a_plugin_that_mounts_the_root_gets_everything_else(tmp_path: Path) -> None:
    write(tmp_path / "site", "ui", HEAD + MOUNT.replace("PREFIX", "/"))
    write(tmp_path / "site", "good", HEAD + MOUNT.replace("PREFIX", "/good/"))
    with running_server(tmp_path, **environment(tmp_path / "site", "ui", "good")) as server:
        for target in ("/", "/x", "/goodx", "/assets/a.js"):
            assert b"ui" in call(server.port, "GET", target).body
        assert b"good" in call(server.port, "GET", "/good").body
        assert call(server.port, "GET", "/health").body == b"OK"
        assert call(server.port, "GET", "/openapi.json").json()["openapi"] == "3.1.0"


def test_a_server_without_mounts_still_describes_itself(tmp_path: Path) -> None:
    with running_server(tmp_path, **environment(tmp_path / "site")) as server:
        assert call(server.port, "GET", "/openapi.json").json()["paths"].keys() == {"/health", "/version"}
        assert b"nothing" in call(server.port, "GET", "/").body
