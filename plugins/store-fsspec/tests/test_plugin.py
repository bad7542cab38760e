"""The manifest and the settings of store-fsspec keep their contracts, and its table of schemes is true."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runyard import Host, Settings
from runyard.errors import BrokenPlugin, SettingsError
from runyard.protocols.artifacts import (
    CopiesFiles,
    CreatesFiles,
    ListsPages,
    PresignsReads,
    TellsChecksums,
    TellsVersions,
)
from runyard.settings import Setting
from runyard.specs import Ref
from runyard.testing.contracts.plugin import PluginContract
from runyard.testing.contracts.settings import SettingsContract
from runyard_store_fsspec import plugin
from runyard_store_fsspec.clouds import (
    CopyingCreatingStore,
    CopyingStore,
    PresigningCreatingStore,
    PresigningStore,
)
from runyard_store_fsspec.schemes import SCHEMES, Scheme
from runyard_store_fsspec.settings import SETTINGS
from runyard_store_fsspec.stores import CreatingStore, CreatingVersionedStore, FileStore, ReadOnlyStore, VersionedStore

FOLDER = Path(__file__).parents[1]
PAGE = FOLDER.parents[1] / "docs" / "artifacts.md"


class TestPlugin(PluginContract):
    @pytest.fixture
    def manifest(self) -> ModuleType:
        return plugin


class TestSettings(SettingsContract):
    @pytest.fixture
    def plugin(self) -> str:
        return "store-fsspec"

    @pytest.fixture(params=SETTINGS, ids=lambda setting: setting.name)
    def setting(self, request: pytest.FixtureRequest) -> Setting:
        found: Setting = request.param
        return found


def named(scheme: Scheme) -> str:
    return scheme.name


@pytest.mark.parametrize("scheme", SCHEMES, ids=named)
def test_what_opens_a_scheme_can_be_imported_without_its_package(scheme: Scheme) -> None:
    assert callable(Ref(scheme.target).resolve())


@pytest.mark.parametrize("scheme", SCHEMES, ids=named)
def test_the_package_of_a_scheme_is_an_extra(scheme: Scheme) -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [re.split(r"[>=]", text)[0] for texts in project["optional-dependencies"].values() for text in texts]
    assert not scheme.package or scheme.package in wanted


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme.module], ids=named)
def test_a_missing_package_is_told_with_what_to_do(
    scheme: Scheme, open_at: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == scheme.module else find_spec(name, *rest)
    )
    with pytest.raises(BrokenPlugin) as caught:
        open_at(f"{scheme.name}://box/runs")
    bare = scheme.package.partition("[")[0]
    told = str(caught.value)
    assert told.startswith(f"artifact scheme '{scheme.name}' needs the package {bare}: pip install ")
    assert scheme.package in told


def test_the_documentation_names_every_scheme_and_its_package() -> None:
    rows = dict(
        re.findall(r"^\| ((?:`[a-z]+:` ?)+) \| [^|]+ \| (`[^`|]+`|none) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    )
    told = {name: package.strip("`") for names, package in rows.items() for name in re.findall(r"`([a-z]+):`", names)}
    assert told == {scheme.name: scheme.package.partition("[")[0] or "none" for scheme in SCHEMES}


def test_the_classes_of_stores_tell_what_they_can_do() -> None:
    kinds: Sequence[type] = (ReadOnlyStore, FileStore, CreatingStore, VersionedStore, CreatingVersionedStore)
    kinds = (*kinds, CopyingStore, CopyingCreatingStore, PresigningStore, PresigningCreatingStore)
    methods = {ListsPages: "list_pages", CreatesFiles: "create", TellsVersions: "version"}
    methods |= {TellsChecksums: "checksum", CopiesFiles: "copy", PresignsReads: "presign_download"}
    can = {kind: {protocol for protocol, name in methods.items() if hasattr(kind, name)} for kind in kinds}
    assert can == {
        ReadOnlyStore: set(),
        FileStore: {ListsPages},
        CreatingStore: {ListsPages, CreatesFiles},
        VersionedStore: {ListsPages, TellsVersions, TellsChecksums},
        CreatingVersionedStore: {ListsPages, CreatesFiles, TellsVersions, TellsChecksums},
        CopyingStore: {ListsPages, TellsVersions, TellsChecksums, CopiesFiles},
        CopyingCreatingStore: {ListsPages, CreatesFiles, TellsVersions, TellsChecksums, CopiesFiles},
        PresigningStore: {ListsPages, TellsVersions, TellsChecksums, CopiesFiles, PresignsReads},
        PresigningCreatingStore: {*methods},
    }


def test_options_are_read_from_tables_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "runyard.toml").write_text('[store-fsspec.options.ftp]\nport = 2121\nencoding = "latin-1"\n')
    settings = Settings.load(environ={}, cwd=tmp_path)
    with Host(settings, plugins={"store-fsspec": plugin}, discover=False) as host:
        store: Any = host.artifact_store("ftp://127.0.0.1/runs")
    options = store._system.connections._connect.__closure__
    assert any('"port": 2121' in str(cell.cell_contents) for cell in options)


@pytest.mark.parametrize("text", ["[]", '{"gs": 1}', "no json"])
def test_options_that_are_no_tables_are_refused(open_at: Callable[..., Any], text: str) -> None:
    with pytest.raises(SettingsError, match=r"store-fsspec\.options"):
        open_at("gs://box/runs", RUNYARD_STORE_FSSPEC_OPTIONS=text)
