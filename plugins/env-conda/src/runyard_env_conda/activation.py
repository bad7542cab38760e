"""What a process has to have in its environment to be in a Conda environment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from runyard.environments.building import first_on_path
from runyard.errors import EnvironmentNotBuilt

_ACTIVATE = """
for script in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do . "$script" >&2; done
exec "$CONDA_PREFIX/bin/python" -I -c 'import json, os; print(json.dumps(dict(os.environ)))'
"""
_OF_THE_SHELL = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
_PATIENCE = 60.0  # seconds that the scripts of all packages may take


def variables_of(folder: Path) -> dict[str, str]:
    """The variables that activate an environment, with those that its packages set by scripts and files.

    Raises:
        EnvironmentNotBuilt: a script of a package fails.
    """
    variables = {
        **_of_packages(folder),
        "CONDA_PREFIX": str(folder),
        "CONDA_DEFAULT_ENV": str(folder),
        "CONDA_SHLVL": "1",
        "PATH": first_on_path(*_programs_in(folder)),
        "PYTHONNOUSERSITE": "1",
    }
    scripts = folder / "etc" / "conda" / "activate.d"
    if os.name != "posix" or not any(scripts.glob("*.sh")):
        return variables
    return {**variables, **_set_by_scripts(folder, variables)}


def python_in(folder: Path) -> Path:
    """The interpreter of a Conda environment."""
    return folder / ("python.exe" if os.name == "nt" else "bin/python")


def _programs_in(folder: Path) -> list[Path]:
    if os.name != "nt":
        return [folder / "bin"]
    library = folder / "Library"
    return [folder, library / "mingw-w64/bin", library / "usr/bin", library / "bin", folder / "Scripts", folder / "bin"]


def _of_packages(folder: Path) -> dict[str, str]:
    """What packages say in files that is to be set."""
    found: dict[str, str] = {}
    for file in sorted((folder / "etc" / "conda" / "env_vars.d").glob("*.json")):
        found |= {str(name): str(value) for name, value in json.loads(file.read_text(encoding="utf-8")).items()}
    return found


def _set_by_scripts(folder: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """What differs once the packages' own scripts have run."""
    before = {**os.environ, **variables}
    shell = shutil.which("bash") or "/bin/sh"
    try:
        done = subprocess.run(  # noqa: S603
            [shell, "-c", _ACTIVATE],
            env=before,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise EnvironmentNotBuilt(f"the scripts that activate {folder} do not end within {_PATIENCE:.0f} s") from error
    if done.returncode or not done.stdout:
        said = " ".join(done.stderr.split()[-60:]) or "nothing"
        raise EnvironmentNotBuilt(f"the scripts that activate {folder} fail (exit code {done.returncode}): {said}")
    after: dict[str, str] = json.loads(done.stdout)
    return {name: value for name, value in after.items() if before.get(name) != value and name not in _OF_THE_SHELL}
