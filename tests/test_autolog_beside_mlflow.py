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

from runyard.testing.mlflow_scripts import MlflowScripts

SCRIPTS = Path(__file__).parent / "autolog_scripts"
NEEDED = {"sklearn": "sklearn", "xgboost": "xgboost", "pytorch": "pytorch_lightning"}


def runs(library: str, name: str, folder: Path, *options: str, mlflow: MlflowScripts | None = None) -> list[Any]:
    """What the runs of a script hold, or with the option `models`, what their models are."""
    folder.mkdir()
    (folder / "runyard.toml").touch()  # the data folder is here, whatever lies above
    own = {key: value for key, value in os.environ.items() if not key.startswith(("MLFLOW_", "RUNYARD_"))}
    words = [str(SCRIPTS / "report.py"), library, str(SCRIPTS / f"train_{name}.py"), *options]
    if mlflow is not None:
        # It loads each model in a process of its own to infer requirements; that it does so in vain changes no name.
        environ = {**own, "MLFLOW_REQUIREMENTS_INFERENCE_TIMEOUT": "1"}
        done = mlflow.run(*words, environ=environ, folder=folder, modules=[NEEDED[name]])
    else:
        environ = {**own, "RUNYARD_DISABLED_PLUGINS": "capture"}
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def require(name: str, *pythons: str) -> None:
    """Skip the test where a library is missing."""
    for each in pythons:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({NEEDED[name]!r}) is None)"
        if subprocess.run([each, "-c", code], check=False).returncode:
            pytest.skip(f"{NEEDED[name]} is not installed in {each}; see .ci/mlflow and .ci/torch")


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", NEEDED)
def test_a_training_is_logged_as_mlflow_logs_it(name: str, tmp_path: Path, runyard_mlflow: MlflowScripts) -> None:
    require(name, sys.executable, runyard_mlflow.python)
    ours = runs("runyard", name, tmp_path / "ours")
    theirs = runs("mlflow", name, tmp_path / "theirs", mlflow=runyard_mlflow)
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


# Files of a model that one side has alone: its hashes and weights without code, what MLflow notes of the registry.
OURS = {"checksums.sha256", "data/state_dict.safetensors"}
THEIRS = {"registered_model_meta"}


@pytest.mark.mlflow
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ["xgboost", "pytorch"])
def test_a_trained_model_is_logged_as_mlflow_logs_it(name: str, tmp_path: Path, runyard_mlflow: MlflowScripts) -> None:
    require(name, sys.executable, runyard_mlflow.python)
    ours = runs("runyard", name, tmp_path / "ours", "models")
    theirs = runs("mlflow", name, tmp_path / "theirs", "models", mlflow=runyard_mlflow)
    assert [len(models) for models in ours] == [len(models) for models in theirs] == [1] * len(theirs)
    for (mine,), (its,) in zip(ours, theirs, strict=True):
        for same in ("name", "step", "type", "signature", "example", "flavors"):
            assert mine[same] == its[same], same
        assert set(mine["files"]) - OURS == set(its["files"]) - THEIRS
        # Those of the call and of early stopping, which MLflow logs to the run alone, are the model's as well.
        assert its["params"].items() <= mine["params"].items()
        assert {*map(tuple, its["metrics"])} <= {*map(tuple, mine["metrics"])}
