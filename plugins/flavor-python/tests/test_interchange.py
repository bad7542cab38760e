"""Models that Runyard saves are loaded by MLflow where there is no Runyard, and the other way round, of every kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runyard.models import Model
from runyard.testing.mlflow_scripts import MlflowScripts

FOLDER = Path(__file__).parent / "interchange"
EXPECTED = {
    "class 0": [2.0, 4.0],
    "derived 0": [3.0, 5.0],
    "class with params 0": [3.0, 5.0],
    "class with params 1": [7.0, 9.0],
    "class with params 2": "refused",
    "class without context 0": [1.0, 2.0],
    "class with artifacts 0": ["hello", 0.5, "deep"],
    "class with hints 0": ["uu", "v"],
    "class with hints 1": ["uu"],
    "class with hints 2": "refused",
    "class with hints 3": "refused",
    "class with hints 4": "refused",
    "class of texts 0": ["A", "B"],
    "class of texts 1": ["Z"],
    "class of texts 2": "refused",
    "class in example form 0": ["list", "a", "b"],
    "class in example form 1": ["list", "z"],
    "streaming class 0": ["whole"],
    "function 0": [1.0, 2.0],
    "function with signature 0": [1.0, 2.0],
    "function with signature 1": "refused",
    "function with hints 0": ["A", "B"],
    "function with hints 1": ["Z"],
    "function with hints 2": "refused",
    "code 0": [3.0, 6.0],
    "loader module 0": ["hellohello", "hellohello"],
    "stream": ["first", "q"],
    "config": ["hello", 9, "deep"],
}


def run(script: str, library: str, folder: Path, mlflow: MlflowScripts | None = None) -> str:
    environment = {**os.environ, "RUNYARD_DATA_DIR": str(folder / "runyard-data")}
    words = [str(FOLDER / script), library, str(folder)]
    if mlflow is not None:
        done = mlflow.run(*words, environ=environment, folder=folder)
    else:
        command = [sys.executable, *words]
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def asked(folder: Path, library: str, mlflow: MlflowScripts | None = None) -> dict[str, Any]:
    answers: dict[str, Any] = json.loads(run("ask_models.py", library, folder, mlflow).splitlines()[-1])
    return answers


@pytest.fixture(scope="module")
def of_runyard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runyard")
    run("write_models.py", "runyard", folder)
    return folder


@pytest.fixture(scope="module")
def of_mlflow(runyard_mlflow: MlflowScripts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mlflow")
    run("write_models.py", "mlflow", folder, runyard_mlflow)
    return folder


def test_runyard_loads_what_runyard_saves_in_another_process(of_runyard: Path) -> None:
    assert asked(of_runyard, "runyard") == EXPECTED


@pytest.mark.mlflow
def test_mlflow_loads_what_runyard_saves(of_runyard: Path, runyard_mlflow: MlflowScripts) -> None:
    assert asked(of_runyard, "mlflow", runyard_mlflow) == EXPECTED


@pytest.mark.mlflow
def test_runyard_loads_what_mlflow_saves(of_mlflow: Path) -> None:
    assert asked(of_mlflow, "runyard") == EXPECTED


@pytest.mark.mlflow
def test_mlflow_itself_answers_so(of_mlflow: Path, runyard_mlflow: MlflowScripts) -> None:
    assert asked(of_mlflow, "mlflow", runyard_mlflow) == EXPECTED


@pytest.mark.mlflow
def test_the_flavor_s_keys_are_those_of_mlflow(of_runyard: Path, of_mlflow: Path) -> None:
    for name in sorted(path.parent.name for path in of_mlflow.glob("*/MLmodel")):
        ours, theirs = Model.load(of_runyard / name), Model.load(of_mlflow / name)
        mine, other = ours.flavors["python_function"], theirs.flavors["python_function"]
        ignored = {"code", "python_version", "cloudpickle_version", "artifacts", "model_code_path"}
        assert {key: mine.get(key) for key in mine if key not in ignored} == {
            key: other.get(key) for key in other if key not in ignored
        }, name
        assert _schemas(ours, name) == _schemas(theirs, name), name
        for flag in ("is_signature_from_type_hint", "is_type_hint_from_example"):
            assert getattr(ours.signature, flag, None) == getattr(theirs.signature, flag, None), (name, flag)


def _schemas(model: Model, name: str) -> dict[str, str | None]:
    schemas = model.signature.to_dict() if model.signature else {}
    if name == "class in example form":
        # MLflow asks this model with a table while it saves it, not with the list that it will get.
        del schemas["outputs"]
    return schemas
