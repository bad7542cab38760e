"""Real servers with a plugin of the tests' own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from runyard.testing.server import RunningServer, RunServer, running_server

HERE = Path(__file__).parent
PLUGINS = "server,store-sql,store-local,uris,probe,guests"


def install(folder: Path, name: str, module: Path) -> None:
    """Make a module a plugin that is installed in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(module, folder / module.name)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
    entry = f"[runyard.plugins.v1]\n{name} = {module.stem}\n"
    (info / "entry_points.txt").write_text(entry, encoding="utf-8")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for name in ("probe", "guests"):
        install(folder, name, HERE / f"{name}.py")
    return folder


@pytest.fixture(scope="session")
def run(site: Path) -> RunServer:
    """Runs a server with the probe and without the plugins that it does not need."""

    def start(folder: Path, *flags: str, **environment: str) -> AbstractContextManager[RunningServer]:
        path = os.pathsep.join(part for part in (str(site), environment.pop("PYTHONPATH", "")) if part)
        return running_server(folder, *flags, **{"RUNYARD_PLUGINS": PLUGINS, "PYTHONPATH": path, **environment})

    return start


@pytest.fixture(scope="session")
def shared(run: RunServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for all tests that change nothing about it."""
    folder = tmp_path_factory.mktemp("shared")
    flags = ("--allowed-hosts", "*.lab.example,named:8080", "--cors-allowed-origins", "https://ui.example")
    with run(folder, *flags, "--access-log", str(folder / "access.log")) as server:
        yield server
