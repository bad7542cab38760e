"""A Python is found on the PATH and among pyenv's versions, and asked which it is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runyard.errors import InvalidInput
from runyard_env_venv.pythons import find_python

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture(autouse=True)
def _nothing_else_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))


def python(file: Path, version: str, kind: str = "CPython") -> Path:
    """A program that says that it is a Python."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho {kind} {version}\n", encoding="utf-8")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("wanted", [None, HERE, f"{HERE}.99"])
def test_the_one_that_runs_is_taken_where_it_fits(wanted: str | None) -> None:
    assert find_python(wanted).path == Path(sys.executable)


def test_one_on_the_path_is_taken(tmp_path: Path) -> None:
    file = python(tmp_path / "bin" / "python3.98", "3.98.1")
    found = find_python("3.98.7")
    assert (found.path, found.version, found.minor) == (file, "3.98.1", "3.98")


def test_of_pyenvs_versions_the_exact_one_is_taken_or_the_latest(tmp_path: Path) -> None:
    for version in ("3.98.2", "3.98.10"):
        python(tmp_path / "pyenv" / "versions" / version / "bin" / "python", version)
    assert find_python("3.98.2").version == "3.98.2"
    assert find_python("3.98.3").version == "3.98.10"


def test_one_that_uv_installed_is_taken(tmp_path: Path) -> None:
    python(tmp_path / "uv" / "cpython-3.98.4-linux" / "bin" / "python3", "3.98.4")
    assert find_python("3.98").version == "3.98.4"


def test_what_is_none_is_passed_over(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.98", "3.98.1", "PyPy")
    (tmp_path / "pyenv" / "shims").mkdir(parents=True)
    broken = tmp_path / "pyenv" / "versions" / "3.98.1" / "bin" / "python"
    broken.parent.mkdir(parents=True)
    broken.write_text("no program", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"Python 3\.98 is asked for \(3\.98\.1\)"):
        find_python("3.98.1")


def test_what_there_is_is_told(tmp_path: Path) -> None:
    python(tmp_path / "bin" / "python3.97", "3.97.0")
    with pytest.raises(InvalidInput) as raised:
        find_python("3.98")
    assert f"there are {HERE}" in str(raised.value)
    assert "3.97.0" in str(raised.value)
