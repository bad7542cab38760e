"""Markers and fixtures for plugin authors, loaded by pytest through an entry point; imports stand inside of them."""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from runyard.host import Host
    from runyard.settings import Settings
    from runyard.testing.mlflow_scripts import MlflowScripts

pytest.register_assert_rewrite("runyard.testing.contracts")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers that contracts use, for projects that are strict about markers."""
    config.addinivalue_line(
        "markers", "mlflow: needs an environment with the mlflow package (RUNYARD_TEST_MLFLOW, its Python)"
    )


@pytest.fixture(scope="session")
def runyard_mlflow() -> Iterator[MlflowScripts]:
    """Runs scripts with the unmodified mlflow package, by the Python that RUNYARD_TEST_MLFLOW names."""
    import os

    from runyard.testing.mlflow_scripts import MLFLOW, MlflowScripts

    python = os.environ.get(MLFLOW)
    if not python:
        pytest.skip(f"no environment with mlflow: set {MLFLOW} to its Python")
    scripts = MlflowScripts(python)
    yield scripts
    scripts.close()


@pytest.fixture
def runyard_settings(tmp_path: Path) -> Settings:
    """Settings that know nothing of the person who runs the tests: an empty environment, a data folder of their own."""
    from runyard.settings import Settings

    return Settings(
        tracking_uri=f"memory:{tmp_path.as_posix()}",
        data_dir=str(tmp_path / "runyard-data"),
        user="tester",
        strict_plugins=True,
        environ={},
        root=tmp_path,
    )


@pytest.fixture
def runyard_host(runyard_settings: Settings) -> Iterator[Host]:
    """A host with the in-memory stores and no other plugin; what a plugin raises is raised."""
    from runyard.host import Host
    from runyard.testing.memory import plugin

    with Host(runyard_settings, plugins={"memory": plugin}, discover=False) as host:
        yield host
