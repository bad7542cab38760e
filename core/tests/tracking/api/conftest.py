"""A default host of each test's own: once in memory with two plugins, once with what is installed, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import runyard as ry
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.tracking.recorder import recorder_for


def memory_host(folder: Path) -> Host:
    settings = Settings(tracking_uri=f"memory:{folder.name}", data_dir=str(folder / "data"), root=folder, user="ann")
    return Host(settings, plugins={"memory": memory}, discover=False)


def installed_host(folder: Path) -> Host:
    # Without capture, whose artifacts would be among those that the tests look at.
    return Host(Settings(data_dir=str(folder / "data"), root=folder, user="ann", disabled_plugins=("capture",)))


def close(host: Host) -> None:
    recorder_for(host, host.tracking_uri()).close()
    host.close()


@pytest.fixture(params=[memory_host, installed_host], ids=["memory", "sqlite"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    """The default host."""
    host: Host = request.param(tmp_path)
    earlier = set_default_host(host)
    yield host
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    close(host)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Host]:
    """A host that is not the default one."""
    folder = tmp_path / "embedded"
    folder.mkdir()
    host = memory_host(folder)
    yield host
    close(host)
