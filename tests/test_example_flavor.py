"""The example flavor, no part of the workspace, passes its tests from its own wheel, with the core's wheel alone."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from .test_wheels import ROOT, call, uv

EXAMPLE = ROOT / "examples" / "flavor-example"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the two wheels and what the example's tests need."""
    folder = tmp_path_factory.mktemp("example")
    for source in (ROOT / "core", EXAMPLE):
        copy = folder / "sources" / source.name
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        call(uv(), "build", "--wheel", "--no-sources", "--out-dir", folder / source.name, copy, cwd=folder)
    call(uv(), "venv", "--quiet", "--python", sys.executable, folder / "venv")
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    (core,) = (folder / "core").glob("*.whl")
    (example,) = (folder / EXAMPLE.name).glob("*.whl")
    wanted = f"runyard-flavor-lightgbm[test] @ {example.as_uri()}"
    call(uv(), "pip", "install", "--quiet", "--python", python, core, wanted)
    return python


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example's tests and without its source."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # its models are tiny, more threads only wait for each other
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    return tmp_path


def test_it_passes_its_tests(python: Path, tests: Path) -> None:
    printed = call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not mlflow", cwd=tests)
    assert " passed" in printed
    assert "skipped" not in printed


@pytest.mark.mlflow
@pytest.mark.usefixtures("mlflow_python")
def test_it_exchanges_models_with_mlflow(python: Path, tests: Path) -> None:
    printed = call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "mlflow", cwd=tests)
    assert "2 passed" in printed


def test_it_is_listed_and_well(python: Path, tmp_path: Path) -> None:
    assert "flavors: lightgbm" in call(python, "-m", "runyard", "plugins", "list", cwd=tmp_path)
    assert "1 plugin loaded, nothing is wrong" in call(
        python, "-m", "runyard", "plugins", "doctor", "--deep", cwd=tmp_path
    )
