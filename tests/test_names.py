"""One rule names everything: `plugins/store-s3` is runyard-store-s3, runyard_store_s3 and the entry point store-s3."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from runyard import Host, Settings, hooks
from runyard.specs import Listener

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
PROJECTS = [ROOT / "core", ROOT / "bundle", *PLUGINS]


def project(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return content


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with every plugin of the workspace, and strict."""
    return Host(Settings(root=tmp_path, strict_plugins=True))


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_a_plugin_is_named_by_the_rule(folder: Path) -> None:
    package = f"runyard_{folder.name.replace('-', '_')}"
    about = project(folder)
    assert about["name"] == f"runyard-{folder.name}"
    assert about["entry-points"] == {hooks.GROUP: {folder.name: f"{package}.plugin"}}
    assert [path.name for path in (folder / "src").iterdir() if path.is_dir()] == [package]
    for file in ("plugin.py", "__init__.py", "py.typed"):
        assert (folder / "src" / package / file).is_file(), file
    assert (folder / "README.md").is_file()
    assert list((folder / "tests").glob("test_*.py"))


@pytest.mark.parametrize("folder", [ROOT / "bundle", *PLUGINS], ids=lambda folder: folder.name)
def test_siblings_are_required_by_range(folder: Path) -> None:
    about = project(folder)
    siblings = [text for text in about["dependencies"] if text.startswith("runyard")]
    assert any(text.startswith("runyard-core") for text in siblings)
    for text in siblings:
        assert re.fullmatch(r"runyard-[a-z0-9-]+(\[[a-z,]+\])?>=\d+\.\d+,<\d+(\.\d+)?", text), text


def test_a_plugin_requires_no_other_plugin() -> None:
    for folder in PLUGINS:
        requires = [text for text in project(folder)["dependencies"] if text.startswith("runyard")]
        assert [re.split(r"[>\[]", text)[0] for text in requires] == ["runyard-core"]


def test_the_core_requires_nothing_heavy() -> None:
    names = {re.split(r"[>=<\[ ]", text)[0] for text in project(ROOT / "core")["dependencies"]}
    assert names == {"attrs", "click", "importlib-metadata", "packaging", "pluggy", "pyyaml"}


def test_all_have_one_version_licence_and_python() -> None:
    facts = {tuple(project(folder)[key] for key in ("version", "license", "requires-python")) for folder in PROJECTS}
    assert len(facts) == 1


def test_every_workspace_plugin_is_installed_and_works(host: Host) -> None:
    assert {folder.name for folder in PLUGINS} <= set(host.plugins.plugins)
    for hook in hooks.DECLARATIONS:
        host.plugins.declared(hook)
    assert host.plugins.failures == []


def test_every_declaration_is_used_by_a_plugin_we_ship(host: Host) -> None:
    unused = [hook for hook in hooks.DECLARATIONS if not host.plugins.declared(hook)]
    assert unused == []


def test_every_event_is_heard_by_a_plugin_we_ship(host: Host) -> None:
    heard = {hook for plugin in host.plugins.plugins.values() for hook in plugin.hooks}
    for _, spec in host.plugins.declared("runyard_listeners"):
        assert isinstance(spec, Listener)
        heard |= set(spec.events)
    assert set(hooks.EVENTS) - heard == set()


@pytest.mark.parametrize("hook", [*hooks.DECLARATIONS, *hooks.EVENTS])
def test_every_hook_is_named_in_a_test(hook: str) -> None:
    files = [*ROOT.glob("core/tests/**/*.py"), *ROOT.glob("plugins/*/tests/**/*.py"), *ROOT.glob("tests/*.py")]
    assert any(hook in file.read_text(encoding="utf-8") for file in files)
