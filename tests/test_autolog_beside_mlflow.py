"""The same training under MLflow's autologging and Runyard's leaves the same params, metrics, tags, data and files."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parent / "autolog_scripts"
NEEDED = {"sklearn": "sklearn", "xgboost": "xgboost", "pytorch": "pytorch_lightning"}


def runs(python: str, library: str, name: str, folder: Path) -> list[dict[str, Any]]:
    """What the runs of a script hold."""
    folder.mkdir()
    own = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "RUNYARD_"))}
    done = subprocess.run(
        [python, str(SCRIPTS / "report.py"), library, str(SCRIPTS / f"train_{name}.py")],
        cwd=folder,
        env={**own, "RUNYARD_DISABLED_PLUGINS": "capture", "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NEEDED)
def test_a_training_is_logged_as_mlflow_logs_it(name: str, tmp_path: Path, mlflow_python: str) -> None:
    for each in (sys.executable, mlflow_python):
        if subprocess.run([each, "-c", f"import {NEEDED[name]}"], capture_output=True, check=False).returncode:
            pytest.skip(f"{NEEDED[name]} is not installed in {each}; see .ci/mlflow and .ci/torch")
    ours = runs(sys.executable, "runyard", name, tmp_path / "ours")
    theirs = runs(mlflow_python, "mlflow", name, tmp_path / "theirs")
    assert len(ours) == len(theirs)
    for mine, its in zip(ours, theirs, strict=True):
        assert {key: value for key, value in mine.items() if key != "metrics"} == {
            key: value for key, value in its.items() if key != "metrics"
        }
        assert mine["metrics"].keys() == its["metrics"].keys()
        for key, points in mine["metrics"].items():
            assert len(points) == len(its["metrics"][key]), key
            for (step, value), (its_step, its_value) in zip(points, its["metrics"][key], strict=True):
                assert step == its_step, key
                assert math.isclose(value, its_value, rel_tol=1e-6, abs_tol=1e-9), key
