"""What the tests of models share: a host with the reference flavor, packages to install, and MLflow as the judge."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

import runyard as ry
from runyard.host import Host, set_default_host
from runyard.settings import Settings
from runyard.testing.memory import plugin as memory
from runyard.testing.mlflow_scripts import MlflowScripts
from runyard.tracking.recorder import recorder_for


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """The default host: what is installed, and the reference flavor."""
    settings = Settings(data_dir=str(tmp_path / "data"), root=tmp_path, user="ann", disabled_plugins=("capture",))
    host = Host(settings, plugins={"memory": memory})
    earlier = set_default_host(host)
    yield host
    while ry.active_run():
        ry.end_run()
    set_default_host(earlier)
    recorder_for(host, host.tracking_uri()).close()
    host.close()


@pytest.fixture
def run_in_mlflow(runyard_mlflow: MlflowScripts, tmp_path: Path) -> Callable[[str], str]:
    """Runs a script in the environment that has MLflow's package, and gives what it printed."""

    def run(script: str) -> str:
        folder = tmp_path / "mlflow"
        folder.mkdir(exist_ok=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "RUNYARD_"))}
        environment |= {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'tracking.db'}"}
        done = runyard_mlflow.run("-c", textwrap.dedent(script), environ=environment, folder=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


class Install(Protocol):
    """Writes the files of a distribution and what pip notes about them."""

    def __call__(
        self,
        folder: Path,
        name: str,
        version: str,
        files: Mapping[str, str],
        requires: Iterable[str] = (),
        top_level: str | None = None,
    ) -> None: ...


@pytest.fixture
def install() -> Install:
    """Installs a package into a folder as pip leaves it there."""
    return _install


def _install(
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str],
    requires: Iterable[str] = (),
    top_level: str | None = None,
) -> None:
    notes = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    notes.mkdir(parents=True)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    head = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {line}" for line in requires)]
    (notes / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(head) + "\n\nRequires-Dist: not-this-one\n")
    if top_level is not None:
        (notes / "top_level.txt").write_text(top_level)
    (notes / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in [*files, f"{notes.name}/METADATA"]))
