"""Runyard's own packages go where they are needed as they were installed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runyard as ry
from runyard.errors import InvalidState
from runyard.host import Host
from runyard.models import log_model, save_model
from runyard.models.loading import fetch_model
from runyard.models.own_packages import from_here, packages_for
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.memory.flavor import Line


@pytest.fixture
def site(tmp_path: Path, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of packages, with a core from an index."""
    folder = tmp_path / "site"
    install(folder, "runyard-core", "0.1.0", {})
    monkeypatch.setattr("sys.path", [str(folder)])
    return folder


def note_origin(site: Path, name: str, version: str, origin: Any) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    (info / "direct_url.json").write_text(json.dumps(origin), encoding="utf-8")


def test_what_came_from_an_index_is_pinned(site: Path, install: Callable[..., None]) -> None:
    install(site, "my-flavor", "2.0", {}, requires=["runyard-core", "numpy"])
    install(site, "numpy", "2.1", {})
    note_origin(site, "numpy", "2.1", {"url": "file:///numpy.whl", "archive_info": {}})
    found = from_here(["my-flavor"])
    assert found.requirements == ("runyard-core==0.1.0", "my-flavor==2.0")
    assert found.packages == (), "numpy is the model's business"


def test_what_came_from_elsewhere_comes_from_there(site: Path, install: Callable[..., None]) -> None:
    vcs = {"vcs": "git", "commit_id": "abc"}
    install(site, "one", "1", {}, requires=["runyard-core"])
    note_origin(site, "one", "1", {"url": "https://host/one.git", "vcs_info": vcs})
    install(site, "two", "1", {}, requires=["runyard-core"])
    note_origin(site, "two", "1", {"url": "https://host/two.whl", "archive_info": {}})
    expected = ("runyard-core==0.1.0", "one @ git+https://host/one.git@abc", "two @ https://host/two.whl")
    assert from_here(["one", "two"]).requirements == expected


def test_folders_are_installed_from_there_editable_where_they_are(
    site: Path, install: Callable[..., None], tmp_path: Path
) -> None:
    source = tmp_path / "a source"
    source.mkdir()
    install(site, "mine", "1", {}, requires=["runyard-core", "below"])
    install(site, "below", "1", {}, requires=["runyard-core"])
    note_origin(site, "below", "1", {"url": source.as_uri(), "dir_info": {}})
    note_origin(site, "mine", "1", {"url": source.as_uri(), "dir_info": {"editable": True}})
    mine, below = from_here(["mine"]).packages
    assert (mine.name, mine.path, mine.editable) == ("mine", str(source), True)
    assert (below.name, below.path, below.editable) == ("below", str(source), False)

    (source / "module.py").touch()
    after = from_here(["mine"]).packages
    assert after[0].digest == mine.digest, "what is edited is read where it lies"
    assert after[1].digest != below.digest
    (source / "pyproject.toml").touch()
    assert from_here(["mine"]).packages[0].digest != mine.digest, "it may need other packages"

    source.rename(tmp_path / "elsewhere")
    with pytest.raises(InvalidState, match=r"was installed from .*a source, which is no longer there"):
        from_here(["mine"])


def test_extras_are_wanted_where_what_they_need_is_here(
    site: Path, install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(site, "store", "1", {}, requires=["runyard-core", 'driver; extra == "a"', 'other; extra == "b"'])
    metadata = site / "store-1.dist-info" / "METADATA"
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(text.replace("Version: 1\n", "Version: 1\nProvides-Extra: a\nProvides-Extra: b\n", 1))
    install(site, "driver", "1", {})
    assert from_here(["store"], ["store"]).requirements[1] == "store[a]==1"
    assert from_here(["store"]).requirements[1] == "store==1"


def test_a_model_gets_its_flavor_the_server_and_the_stores_on_its_way(host: Host, tmp_path: Path) -> None:
    with ry.start_run():
        logged = log_model("pyfunc", lambda data: data, name="m", pip_requirements=["numpy"])
    far = {package.name: package for package in packages_for(fetch_model(logged.model_uri), host).packages}
    here = fetch_model(logged.model_uri, tmp_path / "here").folder
    near = {package.name for package in packages_for(fetch_model(here), host).packages}
    assert near == {"runyard-core", "runyard-flavor-python", "runyard-serve-http"}
    assert set(far) == near | {"runyard-uris", "runyard-store-sql", "runyard-store-local"}
    assert set(far["runyard-store-sql"].extras) == {"mysql", "postgres"}
    assert all(package.editable for package in far.values())


def test_a_flavor_that_is_no_package_cannot_go_elsewhere(tmp_path: Path) -> None:
    host = Host(Settings(data_dir=str(tmp_path / "data"), root=tmp_path), plugins={"memory": memory})
    save_model("line", Line(2.0, 1.0), tmp_path / "m", host=host)
    with pytest.raises(InvalidState, match="the plugin 'memory' is needed and is no installed package"):
        packages_for(fetch_model(tmp_path / "m", host=host), host)
