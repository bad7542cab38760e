"""Which of the programs is called, and what is said where none is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from runyard.errors import EnvironmentNotBuilt
from runyard_env_conda.programs import find_program


def program(folder: Path, name: str) -> str:
    """A program that is there; it is not called."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.touch(0o755)
    return str(file)


def test_the_first_on_the_path_is_taken(tmp_path: Path) -> None:
    path = {"PATH": str(tmp_path / "bin")}
    conda = program(tmp_path / "bin", "conda")
    assert str(find_program("auto", path).path) == conda
    micromamba = program(tmp_path / "bin", "micromamba")
    assert str(find_program("auto", path).path) == micromamba
    assert find_program("conda", path).name == "conda"


def test_that_of_the_users_shell_comes_before_the_path(tmp_path: Path) -> None:
    program(tmp_path / "bin", "micromamba")
    own = program(tmp_path / "own", "mamba")
    environ = {"PATH": str(tmp_path / "bin"), "CONDA_EXE": program(tmp_path / "own", "conda"), "MAMBA_EXE": own}
    assert str(find_program("auto", environ).path) == own
    assert str(find_program("conda", environ).path) == environ["CONDA_EXE"]
    assert find_program("micromamba", environ).path.parent == tmp_path / "bin"
    assert find_program("auto", {**environ, "MAMBA_EXE": str(tmp_path / "gone" / "mamba")}).name == "conda"


def test_one_may_be_named_by_its_path(tmp_path: Path) -> None:
    own = program(tmp_path / "own", "micromamba-2.3")
    assert str(find_program(own, {"PATH": "/nowhere"}).path) == own


def test_where_there_is_none_it_is_told_how_to_get_one_and_to_do_without() -> None:
    with pytest.raises(EnvironmentNotBuilt, match=r"none of micromamba, mamba and conda is installed") as raised:
        find_program("auto", {"PATH": "/nowhere"})
    assert "--env-manager virtualenv" in str(raised.value)
    assert "\n" not in str(raised.value)
    for wanted in ("mamba", "/nowhere/micromamba"):
        with pytest.raises(EnvironmentNotBuilt, match=f"'{wanted}' of env-conda.program is not installed"):
            find_program(wanted, {"PATH": "/nowhere"})
