"""`runyard run` of a project with a `conda.yaml` runs in a Conda environment, made by the stand-in for micromamba.

The real programs cannot be had where the tests run (see standin.py); pip and the packages it gets are the real ones.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import runyard as ry
from runyard.entities import Run
from runyard.host import Host
from runyard.settings import Settings
from runyard.testing.server import clean_environment

CONDA = """
name: tiny
channels: [conda-forge, nodefaults]
dependencies: [python=3, pip, tool=1.0]
"""
PROJECT = """
conda_env: conda.yaml
entry_points:
  main:
    parameters: {factor: float}
    command: python main.py {factor}
"""
MAIN = """
import os, sys, tool
from pathlib import Path
Path(os.environ["CONDA_PREFIX"], "seen").write_text(f"{tool.VERSION} {sys.argv[1]}")
"""


def run(project: Path, folder: Path, variables: Mapping[str, str], *words: str) -> Run:
    """The run that the command leaves."""
    data, environments = str(folder / "data"), str(folder / "environments")
    places = {"RUNYARD_TRACKING_URI": data, "RUNYARD_DATA_DIR": data, "RUNYARD_ENVIRONMENTS_DIR": environments}
    done = subprocess.run(
        [sys.executable, "-m", "runyard", "run", ".", *words],
        cwd=project,
        env={**clean_environment(), **variables, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    with Host(Settings(tracking_uri=data, data_dir=data)) as host:
        (found,) = ry.Client(host=host).search_runs(["0"])
    return found


def test_a_project_runs_with_its_packages_of_conda(tmp_path: Path, conda_variables: Mapping[str, str]) -> None:
    project = tmp_path / "tiny"
    project.mkdir()
    for name, text in {"conda.yaml": CONDA, "MLproject": PROJECT, "main.py": MAIN}.items():
        (project / name).write_text(text.lstrip(), encoding="utf-8")
    found = run(project, tmp_path, conda_variables, "-P", "factor=0.5")
    assert found.info.status == "FINISHED"
    assert found.data.tags["mlflow.project.env"] == "conda"
    (seen,) = (tmp_path / "environments").glob("*/seen")
    assert seen.read_text() == "1.0 0.5"
